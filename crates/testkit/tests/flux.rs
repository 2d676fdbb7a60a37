//! Flux: what a commit says is applied, what the next commit leaves out is pruned, and nonsense is reported.

use std::path::Path;
use std::process::Command;

fn commit(repository: &Path, file: &str, text: &str) {
    std::fs::create_dir_all(repository.join("apps")).expect("made");
    std::fs::write(repository.join("apps").join(file), text).expect("written");
    let script = "git init -q -b main . && git add -A && git -c user.name=t -c user.email=t@home.test commit -q -m change";
    let output = Command::new("sh").args(["-c", script]).current_dir(repository).output().expect("git");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_commit_is_applied_and_pruned() {
    let flux = testkit::need!(testkit::flux());
    let folder = tempfile::tempdir().expect("a folder");
    let map = |name: &str, value: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: default}}\ndata: {{value: {value}}}\n"
        )
    };
    commit(folder.path(), "map.yml", &map("first", "one"));
    let revision = flux.publish("home", folder.path(), "main");
    flux.kube().apply(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, namespace: flux-system}\n\
         spec: {interval: 1m, path: ./apps, prune: true, sourceRef: {kind: GitRepository, name: home}}\n",
    );
    flux.wait_for("apps", &revision);
    let value = |name: &str| {
        flux.kube().http().json("GET", &format!("/api/v1/namespaces/default/configmaps/{name}"), None)
    };
    assert_eq!(value("first").1["data"]["value"], "one");

    commit(folder.path(), "map.yml", &map("second", "two"));
    let revision = flux.publish("home", folder.path(), "main");
    flux.wait_for("apps", &revision);
    assert_eq!(value("second").1["data"]["value"], "two");
    assert_eq!(value("first").0, 404, "what left the commit is pruned");
}
