//! A cluster with its controllers: what cannot start says why, drift has an author, and everything goes and comes again.

use serde_json::Value;
use testkit::{KubeApi, KubeOptions, Repo};

fn controlled() -> Result<KubeApi, testkit::Missing> {
    testkit::kube_api_with(&KubeOptions { controllers: true, ..KubeOptions::default() })
}

/// Two domains, one of which requires the other; without pods unless `replicas` says so: no kubelet would run them.
fn pair(kubeconfig: &str, replicas: u32) -> Repo {
    let repo = Repo::new(env!("CARGO_BIN_EXE_foundry"));
    repo.write(
        "config-registry/env/domains.yml",
        "domains:\n  - {name: db, standalone: true, networks: [n], exposes_to: [web], state: [{volume: data, size: 1Mi, backup: none}]}\n  \
         - {name: web, requires: [db], networks: [n], stateless: true}\n",
    )
    .write(
        "config-registry/env/environments.yml",
        format!("environments:\n  home: {{engine: kubernetes, gitops: none, kubeconfig: {kubeconfig}, secrets: runtime-inputs}}\n"),
    );
    for (name, more, end) in
        [("db", "    volumes: [\"data:/data\"]\n", "volumes: {data: {}}\n"), ("web", "", "")]
    {
        let text = format!(
            "services:\n  {name}:\n    image: example.org/{name}:1\n    restart: always\n    mem_limit: 64m\n    expose: [\"80\"]\n    \
             deploy: {{replicas: {replicas}}}\n{more}    networks: [n]\nnetworks: {{n: {{name: n, external: true}}}}\n{end}"
        );
        repo.write(&format!("domains/{name}/templates/compose.yml.tmpl"), text);
    }
    repo
}

fn on(kube: &KubeApi, replicas: u32) -> Repo {
    pair(&kube.kubeconfig().display().to_string(), replicas)
}

/// What is in the namespace, without what counts and is dated.
fn state(kube: &KubeApi) -> String {
    let kinds = "deployments,statefulsets,services,networkpolicies,configmaps";
    kube.kubectl(&[
        "-n",
        "apps",
        "get",
        kinds,
        "-o",
        "custom-columns=K:.kind,N:.metadata.name,L:.metadata.labels,S:.spec.selector",
    ])
}

#[test]
fn what_cannot_start_says_why_and_the_rest_is_not_started() {
    let kube = testkit::need!(controlled());
    let repo = on(&kube, 1);
    let ran = repo.run(&["deploy", "--all", "--env", "home", "--yes", "--timeout", "3"]).code(5);
    assert!(ran.stderr.contains("not healthy after 3 s: 0 of 1 ready"), "{}", ran.all());
    assert!(ran.stderr.contains("pod db-0: Unschedulable"), "{}", ran.all());
    assert!(
        ran.stderr.contains("deployment apps/web was not started: it needs statefulset apps/db"),
        "{}",
        ran.all()
    );
    let status = repo.run(&["status", "--env", "home", "--json"]).code(0).json();
    assert_eq!(status["domains"][0]["state"], "starting", "{status:#}");
    let pods = repo.run(&["ps", "--env", "home", "--json"]).code(0).json();
    assert_eq!(
        (&pods[0]["service"], &pods[0]["phase"]),
        (&Value::from("db"), &Value::from("Pending")),
        "{pods:#}"
    );
    // The same command goes on from there: only what is not healthy is left.
    let plan = repo.run(&["plan", "--all", "--env", "home"]).code(0);
    let first: Vec<&str> = plan.stdout.lines().nth(1).unwrap_or_default().split_whitespace().collect();
    assert_eq!(first[1..], ["statefulset", "apps/db", "wait", "0", "of", "1", "ready"], "{}", plan.stdout);
    // One deploy at a time; one that is killed leaves nothing that keeps the next one from going on.
    let mut killed = repo.start(&["deploy", "--all", "--env", "home", "--yes"]);
    let lock = || repo.read(".foundry/lock/home");
    testkit::until("the lock is held", 30, || lock().contains("foundry deploy"));
    let second = repo.run(&["deploy", "--all", "--env", "home", "--yes"]).code(1);
    assert!(second.stderr.contains("another run works on home"), "{}", second.all());
    killed.kill().expect("it runs");
    let _ = killed.wait();
    for domain in ["db", "web"] {
        let file = format!("domains/{domain}/templates/compose.yml.tmpl");
        repo.edit(&file, "replicas: 1", "replicas: 0");
    }
    let _ = repo.run(&["deploy", "--all", "--env", "home", "--yes"]).code(0);
    let _ = repo.run(&["plan", "--all", "--env", "home", "--exit-code"]).code(0);
    let none = repo.run(&["logs", "web", "--env", "home"]).code(1);
    assert!(none.stderr.contains("no pod of web"), "{}", none.stderr);
}

#[test]
fn drift_has_an_author_and_restarts_and_stops_are_as_asked() {
    let kube = testkit::need!(controlled());
    let repo = on(&kube, 0);
    let _ = repo.run(&["deploy", "--all", "--env", "home", "--yes"]).code(0);
    let same = repo.run(&["drift", "--env", "home", "--exit-code"]).code(0);
    assert!(same.stdout.contains("No drift in home"), "{}", same.stdout);
    kube.kubectl(&["-n", "apps", "set", "image", "deployment/web", "web=example.org/web:other"]);
    kube.kubectl(&["-n", "apps", "delete", "service", "db"]);
    let drift = repo.run(&["drift", "--env", "home", "--exit-code"]).code(3).stdout;
    let field = "spec.template.spec.containers[web].image example.org/web:other, wanted example.org/web:1  (by kubectl-set, since 20";
    assert!(drift.contains(field) && drift.contains("service apps/db\n    it is not there"), "{drift}");
    assert!(drift.contains("foundry deploy db web --env home"), "{drift}");
    let _ = repo.run(&["deploy", "--all", "--env", "home", "--yes"]).code(0);
    let _ = repo.run(&["drift", "--env", "home", "--exit-code"]).code(0);

    let restarted = repo.run(&["restart", "--all", "--env", "home", "--yes"]).code(0);
    assert!(restarted.stdout.find("apps/db") < restarted.stdout.find("apps/web"), "{}", restarted.stdout);
    let at = "jsonpath={.spec.template.metadata.annotations.kubectl\\.kubernetes\\.io/restartedAt}";
    assert!(kube.kubectl(&["-n", "apps", "get", "deployment", "web", "-o", at]).starts_with("20"));
    let _ = repo.run(&["plan", "--all", "--env", "home", "--exit-code"]).code(0);
    let _ = repo.run(&["drift", "--env", "home", "--exit-code"]).code(0);

    let refused = repo.run(&["down", "db", "--env", "home", "--yes"]).code(1);
    assert!(refused.stderr.contains("1 running domain requires db: web"), "{}", refused.stderr);
    let down = repo.run(&["down", "db", "--env", "home", "--yes", "--with-dependents"]).code(0);
    assert!(
        down.stdout.find("deployment apps/web") < down.stdout.find("statefulset apps/db"),
        "{}",
        down.stdout
    );
    let status = repo.run(&["status", "--env", "home"]).code(0).stdout;
    assert_eq!(status.matches("stopped").count(), 2, "{status}");
    assert!(kube.kubectl(&["-n", "apps", "get", "pvc", "-o", "name"]).contains("db-data"));
    let _ = repo.run(&["destroy", "--all", "--env", "home", "--yes"]).code(0);
    assert_eq!(kube.kubectl(&["-n", "apps", "get", "pvc,networkpolicies", "-o", "name"]), "");
}

#[test]
fn ten_times_everything_goes_and_comes_back_the_same() {
    let kube = testkit::need!(controlled());
    let repo = on(&kube, 0);
    let mut first = String::new();
    for round in 0..10 {
        let _ = repo.run(&["deploy", "--all", "--env", "home", "--yes", "-q"]).code(0);
        let now = state(&kube);
        assert!(round == 0 || now == first, "round {round}:\n{first}\n{now}");
        first = now;
        // Each fifth time data goes too, and so does the namespace.
        let data: &[&str] = if round % 5 == 4 { &["--data"] } else { &[] };
        let gone = repo.run(&[&["teardown", "--env", "home", "--yes", "-q"], data].concat()).code(0);
        let there = kube.kubectl(&["get", "namespaces", "-o", "name"]).contains("namespace/apps\n");
        assert_eq!(there, data.is_empty(), "{}", gone.all());
        let kinds = "deployments,statefulsets,services,networkpolicies";
        assert!(!there || kube.kubectl(&["-n", "apps", "get", kinds, "-o", "name"]).is_empty());
    }
}

#[test]
fn what_is_held_or_not_ours_is_named_and_left() {
    let kube = testkit::need!(controlled());
    let repo = on(&kube, 0);
    let _ = repo.run(&["deploy", "--all", "--env", "home", "--yes"]).code(0);
    kube.kubectl(&["-n", "apps", "create", "configmap", "somebodys"]);
    kube.kubectl(&[
        "-n",
        "apps",
        "patch",
        "service",
        "web",
        "-p",
        "{\"metadata\": {\"finalizers\": [\"example.org/held\"]}}",
    ]);
    let ran = repo.run(&["teardown", "--env", "home", "--yes", "--data", "--timeout", "2"]).code(5);
    assert!(ran.stderr.contains("service apps/web is held by example.org/held"), "{}", ran.all());
    assert!(
        ran.stdout.contains("namespace apps: somebody else has configmap somebodys in it"),
        "{}",
        ran.all()
    );
    kube.kubectl(&[
        "-n",
        "apps",
        "patch",
        "service",
        "web",
        "--type=merge",
        "-p",
        "{\"metadata\": {\"finalizers\": null}}",
    ]);
    let _ = repo.run(&["teardown", "--env", "home", "--yes", "--data"]).code(0);
    assert!(kube.kubectl(&["-n", "apps", "get", "configmap", "-o", "name"]).contains("somebodys"));
    // What is there already under a wanted name is somebody's, until it is handed over.
    kube.kubectl(&[
        "-n",
        "apps",
        "create",
        "deployment",
        "web",
        "--image=example.org/theirs",
        "--replicas=0",
    ]);
    let plan = repo.run(&["plan", "--all", "--env", "home"]).code(1);
    assert!(plan.stderr.contains("deployment apps/web: is there already, and not ours"), "{}", plan.all());
    let deploy = repo.run(&["deploy", "--all", "--env", "home", "--yes"]).code(1);
    assert!(deploy.stderr.contains("nothing was changed"), "{}", deploy.all());
    assert!(
        !kube.kubectl(&["-n", "apps", "get", "statefulsets", "-o", "name"]).contains("db"),
        "nothing was changed"
    );
}

#[test]
fn a_cluster_that_does_not_answer_ends_with_four() {
    let repo = pair("kubeconfig", 0);
    let server = format!("https://127.0.0.1:{}", testkit::free_port());
    repo.write(
        "kubeconfig",
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{{name: c, context: {{cluster: c, user: u}}}}]\n\
             clusters: [{{name: c, cluster: {{server: \"{server}\"}}}}]\nusers: [{{name: u, user: {{token: made-up-t0ken}}}}]\n"
        ),
    );
    for command in [
        &["plan", "--all"][..],
        &["deploy", "--all", "--yes"],
        &["status"],
        &["drift"],
        &["teardown", "--yes"],
    ] {
        let ran = repo.run(&[command, &["--env", "home"]].concat()).code(4);
        assert!(
            ran.stderr.contains("connection refused") && ran.stderr.contains("= help: "),
            "{}",
            ran.all()
        );
        assert!(!ran.all().contains("made-up"), "{}", ran.all());
    }
}
