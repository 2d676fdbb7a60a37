//! A node: a pod of a locally built image runs, is reached, and leaves nothing behind.

use std::process::Command;

#[test]
fn a_pod_of_a_local_image_really_runs() {
    let node = testkit::need!(testkit::kube_node());
    let image = node.docker().image_copy("web");
    node.load(&image);
    let kube = node.kube();
    let deployment = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: default}}\nspec:\n  \
         selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: web}}}}\n    spec:\n      \
         containers: [{{name: web, image: '{image}', imagePullPolicy: Never}}]\n"
    );
    kube.apply(&deployment);
    kube.kubectl(&["rollout", "status", "deployment/web", "--timeout=60s"]);
    let address = kube.kubectl(&["get", "pod", "-l", "app=web", "-o", "jsonpath={.items[0].status.podIP}"]);
    let page = testkit::Http::plain(&format!("http://{address}"));
    testkit::until("the page", 30, || page.text("GET", "/", None) == (200, "hello\n".to_owned()));
    let folder = kube.folder().display().to_string();
    drop(node);
    let mounts = std::fs::read_to_string("/proc/mounts").expect("mounts");
    assert!(!mounts.contains(&folder), "mounts stay in {folder}");
    let processes = Command::new("ps").args(["-eo", "args"]).output().expect("ps");
    assert!(!String::from_utf8_lossy(&processes.stdout).contains(&folder), "processes stay in {folder}");
}
