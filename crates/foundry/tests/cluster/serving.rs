//! A node on which pods really run: what is deployed serves, a new version takes over, and what fails says how.

use testkit::{Http, Repo};

#[test]
fn a_deployed_domain_serves_and_a_broken_one_says_how_it_ended() {
    let node = testkit::need!(testkit::kube_node());
    let image = node.docker().image_copy("web");
    node.load(&image);
    let kube = node.kube();
    let repo = Repo::new(env!("CARGO_BIN_EXE_foundry"));
    let kubeconfig = kube.kubeconfig().display().to_string();
    repo.write(
        "config-registry/env/environments.yml",
        format!("environments:\n  home: {{engine: kubernetes, gitops: none, kubeconfig: {kubeconfig}, secrets: runtime-inputs}}\n"),
    )
    .write("config-registry/env/domains.yml", "domains:\n  - {name: web, standalone: true, stateless: true}\n")
    .write(".env", "WEB_PASSWORD=made-up-s3cret\n")
    .write(
        "domains/web/templates/compose.yml.tmpl",
        format!(
            "services:\n  web:\n    image: \"{image}\"\n    pull_policy: never\n    restart: always\n    mem_limit: 64m\n    expose: [\"80\"]\n    \
             environment: {{PASSWORD: \"{{{{ WEB_PASSWORD }}}}\"}}\n"
        ),
    );
    let _ = repo.run(&["deploy", "--all", "--env", "home", "--yes", "--timeout", "90"]).code(0);
    let pods = repo.run(&["ps", "--env", "home", "--json"]).code(0).json();
    assert_eq!((&pods[0]["ready"], &pods[0]["phase"]), (&true.into(), &"Running".into()), "{pods:#}");
    let address = || kube.kubectl(&["-n", "apps", "get", "pods", "-o", "jsonpath={.items[0].status.podIP}"]);
    let page = Http::plain(&format!("http://{}", address()));
    testkit::until("the page", 30, || page.text("GET", "/", None) == (200, "hello\n".to_owned()));
    let status = repo.run(&["status", "--env", "home"]).code(0).stdout;
    assert!(status.contains("running") && status.contains("1 of 1"), "{status}");
    let _ = repo.run(&["plan", "--all", "--env", "home", "--exit-code"]).code(0);

    // A command that ends at once: the rollout does not go on, and the cluster's own words are shown, without the secret.
    let file = "domains/web/templates/compose.yml.tmpl";
    repo.write(
        file,
        format!("{}    command: [\"sh\", \"-c\", \"echo broken $$PASSWORD; exit 3\"]\n", repo.read(file)),
    );
    let ran = repo.run(&["deploy", "--all", "--env", "home", "--yes", "--timeout", "8"]);
    assert!(matches!(ran.code, 4 | 5), "{}", ran.all());
    assert!(ran.stderr.contains("not healthy after 8 s") && ran.stderr.contains("pod web-"), "{}", ran.all());
    assert!(!ran.all().contains("made-up"), "{}", ran.all());
    let _ = repo.run(&["teardown", "--env", "home", "--yes"]).code(0);
    let left = kube.kubectl(&[
        "get",
        "all,networkpolicies,secrets",
        "-A",
        "-l",
        "app.kubernetes.io/managed-by=foundry",
        "-o",
        "name",
    ]);
    assert_eq!(left, "");
}
