//! A rendered tree on a real API server, applied by the real kustomize-controller of Flux.

mod away;
mod direct;
mod reconciled;
mod serving;
#[path = "../shop/mod.rs"]
mod shop;

use std::process::Command;
use testkit::Repo;

fn commit(repo: &Repo) {
    let _ = repo.run(&["render", "--all", "--env", "home"]).code(0);
    let script = "git init -q -b main . && git add -A && git -c user.name=t -c user.email=t@home.test commit -q -m change";
    let output = Command::new("sh").args(["-c", script]).current_dir(repo.root()).output().expect("git");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// There is no kubelet here: every workload is said to be ready.
fn ready(kube: &testkit::KubeApi) {
    let workloads = kube.kubectl(&["get", "deployments,statefulsets", "-A", "-o", "json"]);
    let workloads: serde_json::Value = serde_json::from_str(&workloads).expect("JSON");
    for workload in workloads["items"].as_array().expect("a list") {
        let (kind, meta) = (workload["kind"].as_str().unwrap_or_default(), &workload["metadata"]);
        if workload["status"]["observedGeneration"] == meta["generation"] {
            continue;
        }
        let status = serde_json::json!({"status": {
            "observedGeneration": meta["generation"], "replicas": 1, "currentReplicas": 1, "updatedReplicas": 1,
            "readyReplicas": 1, "availableReplicas": 1,
            "conditions": [
                {"type": "Available", "status": "True"},
                {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
            ],
        }});
        let (namespace, name) =
            (meta["namespace"].as_str().unwrap_or_default(), meta["name"].as_str().unwrap_or_default());
        let args = [
            "-n",
            namespace,
            "patch",
            kind,
            name,
            "--subresource=status",
            "--type=merge",
            "-p",
            &status.to_string(),
        ];
        // It may just have been pruned.
        let _ = kube.command().args(args).output();
    }
}

/// The same, and Flux is asked not to wait for its next round.
fn push_on(kube: &testkit::KubeApi) {
    ready(kube);
    let requested = format!("reconcile.fluxcd.io/requestedAt={}", testkit::unique());
    // Not those that others wait for: a new round of theirs would put the others off.
    let others = "--field-selector=metadata.name!=namespaces,metadata.name!=flux-system";
    let annotate = ["-n", "flux-system", "annotate", "kustomizations", others, "--overwrite", &requested];
    // Flux may be writing one of them just now; the next look asks again.
    let _ = kube.command().args(annotate).output();
}

#[test]
fn flux_brings_the_tree_to_the_cluster_and_prunes_what_left_it() {
    let flux = testkit::need!(testkit::flux());
    let kube = flux.kube();
    let repo = shop::cluster("");
    commit(&repo);
    let system = repo.root().join("clusters/home/flux-system");
    kube.apply(&kube.kubectl(&["kustomize", &system.display().to_string()]));
    let revision = flux.publish("flux-system", &repo.root(), "main");
    flux.wait_for("flux-system", &revision);
    flux.wait_for("namespaces", &revision);
    let objects = |kind: &str, namespace: &str| kube.kubectl(&["-n", namespace, "get", kind, "-o", "name"]);
    let is_there = |kind: &str, namespace: &str, name: &str| {
        objects(kind, namespace).lines().any(|line| line.ends_with(&format!("/{name}")))
    };
    testkit::until("the apps and the platform", 90, || {
        push_on(kube);
        ["apps-staging", "apps-prod"].iter().all(|ns| {
            is_there("deployment", ns, "web")
                && is_there("statefulset", ns, "db")
                && is_there("externalsecret", ns, "db-secrets")
        }) && is_there("deployment", "dev-tools-prod", "board")
            && is_there("ingress", "platform", "proxy")
    });
    let get = |args: &[&str]| kube.kubectl(args);
    let issuer = "jsonpath={.metadata.annotations.cert-manager\\.io/cluster-issuer}";
    assert_eq!(get(&["-n", "platform", "get", "ingress", "proxy", "-o", issuer]), "letsencrypt-staging");
    assert_eq!(get(&["-n", "apps-prod", "get", "ingress", "web", "-o", issuer]), "letsencrypt-prod");
    let template = "jsonpath={.spec.template.spec.containers[0].env[0].value}";
    assert_eq!(get(&["-n", "platform", "get", "deployment", "proxy", "-o", template]), "${NOT_OURS}");
    let name = get(&["-n", "dev-tools-prod", "get", "service", "web", "-o", "jsonpath={.spec.externalName}"]);
    assert_eq!(name, "web.apps-prod.svc.cluster.local", "another namespace's service under its own name");

    // The platform's issuer is switched by one line in Git.
    repo.edit(
        "config-registry/env/environments.yml",
        "cert_issuer: letsencrypt-staging",
        "cert_issuer: letsencrypt-prod",
    );
    // A domain that leaves the registry leaves the cluster, and its data stays.
    repo.edit("config-registry/env/domains.yml", "requires: [db]", "standalone: true").edit(
        "config-registry/env/domains.yml",
        "  - name: db\n    standalone: true\n",
        "  - name: db\n    environments: [dev]\n    standalone: true\n",
    );
    commit(&repo);
    assert!(!repo.root().join("tenants/apps/db").exists());
    let revision = flux.publish("flux-system", &repo.root(), "main");
    flux.wait_for("flux-system", &revision);
    testkit::until("the change", 90, || {
        push_on(kube);
        let switched =
            get(&["-n", "platform", "get", "ingress", "proxy", "-o", issuer]) == "letsencrypt-prod";
        switched && !is_there("statefulset", "apps-prod", "db")
    });
    assert!(is_there("pvc", "apps-prod", "db-data"), "a claim is never pruned");
}

/// Applies what each of these folders builds, one after the other.
fn apply_folders<'a>(kube: &testkit::KubeApi, repo: &Repo, folders: impl IntoIterator<Item = &'a str>) {
    for folder in folders {
        let path = repo.root().join(folder).display().to_string();
        kube.apply(&kube.kubectl(&["kustomize", &path]));
    }
}

#[test]
fn the_server_takes_every_object_of_both_layouts_for_argo_cd() {
    let kube = testkit::need!(testkit::kube_api());
    kube.kubectl(&["create", "namespace", "argocd"]);
    let other = "    layout: {clusters: k3s/clusters, infrastructure: k3s/core, platform: k3s/platform, apps: k3s/apps}\n";
    for (layout, clusters) in [("", "clusters"), (other, "k3s/clusters")] {
        let repo = shop::reconciled_by("argocd", layout);
        let _ = repo.run(&["render", "--all", "--env", "home"]).code(0);
        let home = format!("{clusters}/home");
        apply_folders(&kube, &repo, [format!("{home}/bootstrap").as_str(), home.as_str()]);
        let applications = kube.kubectl(&["-n", "argocd", "get", "applications", "-o", "json"]);
        let applications: serde_json::Value = serde_json::from_str(&applications).expect("JSON");
        let mut folders: Vec<(i64, &str)> = applications["items"]
            .as_array()
            .expect("a list")
            .iter()
            .filter(|a| a["metadata"]["name"] != "root")
            .map(|a| {
                let wave = a["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"].as_str();
                (
                    wave.expect("a wave").parse().expect("a number"),
                    a["spec"]["source"]["path"].as_str().expect("a path"),
                )
            })
            .collect();
        folders.sort_unstable();
        assert_eq!((folders.len(), folders[0].0), (8, 0), "{folders:?}");
        apply_folders(&kube, &repo, folders.iter().map(|(_, path)| *path));
    }
    let all =
        kube.kubectl(&["get", "deployments,statefulsets,ingresses,networkpolicies", "-A", "-o", "name"]);
    assert!(all.lines().count() > 20, "{all}");
}

/// Runs git in the registry.
#[track_caller]
fn git(repo: &Repo, arguments: &[&str]) -> String {
    let output = Command::new("git").arg("-C").arg(repo.root()).args(arguments).output().expect("git");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The registry in Git, pushed to a bare repository in a folder of the cluster's, which the program speaks to.
fn published(repo: &mut Repo, kube: &testkit::KubeApi) {
    commit(repo);
    let remote = kube.folder().join("remote.git").display().to_string();
    git(repo, &["init", "-q", "--bare", "-b", "main", &remote]);
    git(repo, &["remote", "add", "origin", &remote]);
    git(repo, &["config", "user.name", "t"]);
    git(repo, &["config", "user.email", "t@home.test"]);
    repo.variable("KUBECONFIG", &kube.kubeconfig().display().to_string());
}

/// Deploys and waits, while what is pushed reaches Flux.
fn deploy(flux: &testkit::Flux, repo: &Repo) -> testkit::Ran {
    let arguments = ["deploy", "--all", "--env", "home", "--yes", "--wait", "--wait-timeout", "240"];
    let mut child = repo.start(&arguments);
    let mut at = String::new();
    while child.try_wait().expect("a child").is_none() {
        let pushed = git(repo, &["ls-remote", "origin", "refs/heads/main"]);
        if !pushed.is_empty() && pushed != at {
            flux.publish("flux-system", &repo.root(), "main");
            at = pushed;
        }
        ready(flux.kube());
        std::thread::sleep(std::time::Duration::from_millis(300));
    }
    child.wait_with_output().expect("its output").into()
}

#[test]
fn a_deploy_waits_until_flux_has_brought_its_commit_and_says_what_blocks_whom() {
    let flux = testkit::need!(testkit::flux());
    let kube = flux.kube();
    let mut repo = shop::cluster("");
    repo.edit(
        "config-registry/env/domains.yml",
        "    category: dev-tools\n",
        "    category: dev-tools\n    needs_api: [web]\n",
    );
    published(&mut repo, kube);
    let unknown = repo.run(&["deploy", "--all", "--env", "home", "--yes", "--wait"]).code(1).stderr;
    assert!(unknown.contains("kubectl apply -k clusters/home/flux-system"), "{unknown}");
    let system = repo.root().join("clusters/home/flux-system");
    kube.apply(&kube.kubectl(&["kustomize", &system.display().to_string()]));
    let done = deploy(&flux, &repo).code(0);
    assert!(
        done.stderr.contains("all 9 reconciled") && done.stderr.contains("✓ board-prod"),
        "{}",
        done.stderr
    );
    let image = "jsonpath={.spec.template.spec.containers[0].image}";
    let get = |what: &str| kube.kubectl(&["-n", "apps-prod", "get", "deployment", "web", "-o", what]);
    assert_eq!(get(image), "example.org/web:1.0.0");

    // A host that the API server refuses: what needs it waits, the rest goes on.
    repo.edit("config-registry/env/domains.yml", "host: \"web.${DOMAIN}\"", "host: \"-web-.${DOMAIN}\"")
        .edit("domains/board/templates/compose.yml.tmpl", "board:1.0.0", "board:1.1.0");
    let stuck = deploy(&flux, &repo).code(5);
    assert!(stuck.stderr.contains("✗ web-prod  ") && stuck.stderr.contains("Invalid"), "{}", stuck.stderr);
    assert!(stuck.stderr.contains("- board-prod  waits for web-prod"), "{}", stuck.stderr);
    assert!(stuck.stderr.contains("5 of 9 reconciled"), "{}", stuck.stderr);
    assert_eq!(git(&repo, &["log", "-1", "--format=%s"]), "home: board, web");
}

/// Argo CD itself cannot be had here: its controller's answers are written in its place.
#[test]
fn a_deploy_asks_argo_cd_and_waits_for_every_application() {
    let kube = testkit::need!(testkit::kube_api());
    kube.kubectl(&["create", "namespace", "argocd"]);
    let mut repo = shop::reconciled_by("argocd", "");
    published(&mut repo, &kube);
    let wait = ["deploy", "--all", "--env", "home", "--yes", "--wait", "--wait-timeout", "120"];
    let none = [&wait[..7], &["1"]].concat();
    let missing = repo.run(&none).code(4).stderr;
    assert!(missing.contains("kubectl apply --server-side -k clusters/home/bootstrap"), "{missing}");
    apply_folders(&kube, &repo, ["clusters/home/bootstrap", "clusters/home"]);
    let commit = git(&repo, &["rev-parse", "HEAD"]);
    let list = || -> Vec<serde_json::Value> {
        let all = kube.kubectl(&["-n", "argocd", "get", "applications", "-o", "json"]);
        serde_json::from_str::<serde_json::Value>(&all).expect("JSON")["items"]
            .as_array()
            .expect("a list")
            .clone()
    };
    let answer = |healths: &dyn Fn(&str) -> &'static str| {
        for application in list() {
            let name = application["metadata"]["name"].as_str().expect("a name").to_owned();
            let asked = application["metadata"]["annotations"]["argocd.argoproj.io/refresh"] == "normal";
            if asked && application["status"]["sync"]["revision"] != commit.as_str() {
                let status = serde_json::json!({"metadata": {"annotations": {"argocd.argoproj.io/refresh": null}}, "status": {
                    "sync": {"status": "Synced", "revision": commit, "comparedTo": {"source": {"repoURL": "x"}, "destination": {}}},
                    "health": {"status": healths(&name)},
                }});
                kube.kubectl(&[
                    "-n",
                    "argocd",
                    "patch",
                    "application",
                    &name,
                    "--type=merge",
                    "-p",
                    &status.to_string(),
                ]);
            }
        }
    };
    let watched = |healths: &dyn Fn(&str) -> &'static str| -> testkit::Ran {
        let mut child = repo.start(&wait);
        while child.try_wait().expect("a child").is_none() {
            answer(healths);
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        child.wait_with_output().expect("its output").into()
    };
    let degraded = watched(&|name| if name == "proxy" { "Degraded" } else { "Healthy" }).code(5).stderr;
    assert!(
        degraded.contains("✗ proxy  Degraded") && degraded.contains("- web-prod  waits for proxy"),
        "{degraded}"
    );
    kube.kubectl(&[
        "-n",
        "argocd",
        "patch",
        "application",
        "proxy",
        "--type=merge",
        "-p",
        "{\"status\":{\"health\":{\"status\":\"Healthy\"}}}",
    ]);
    let done = watched(&|_| "Healthy").code(0).stderr;
    assert!(done.contains("all 9 reconciled"), "{done}");
}

#[test]
fn runtime_inputs_reach_the_secrets_that_ask_for_them() {
    let flux = testkit::need!(testkit::flux());
    let kube = flux.kube();
    let mut repo = shop::cluster("    secrets: runtime-inputs\n");
    // Without quotes YAML would read something else.
    let value = "12: 34-made-up";
    repo.write(".env", format!("DB_PASSWORD={value}\n"))
        .write("domains/web/templates/web.conf.tmpl", "plain\n");
    published(&mut repo, kube);
    let mut said = String::new();
    let mut sync = || {
        let ran = repo.run(&["runtime-inputs", "sync", "--env", "home", "--yes"]).code(0);
        said.push_str(&ran.all());
        ran.stdout
    };
    assert!(sync().ends_with("  create  DB_PASSWORD\n"));
    assert!(sync().contains("platform-runtime-inputs is as it should be: 1 keys."));
    let extra = "apiVersion: v1\nkind: Secret\nmetadata: {name: extra}\nstringData: {key: \"${API_KEY}\"}\n";
    repo.write("tenants/extra.yaml", extra)
        .write(".env", format!("DB_PASSWORD={value}\nAPI_KEY=made-up-too\n"));
    assert!(sync().ends_with("  create  API_KEY\n"));
    std::fs::remove_file(repo.root().join("tenants/extra.yaml")).expect("removed");
    assert!(sync().ends_with("  remove  API_KEY\n"));
    assert!(!said.contains("made-up"), "{said}");
    let system = ["-n", "flux-system", "get", "secret", "platform-runtime-inputs", "-o", "jsonpath={.data}"];
    assert!(!kube.kubectl(&system).contains("API_KEY"));

    let folder = repo.root().join("clusters/home/flux-system");
    kube.apply(&kube.kubectl(&["kustomize", &folder.display().to_string()]));
    flux.publish("flux-system", &repo.root(), "main");
    let get = [
        "-n",
        "apps-prod",
        "get",
        "secret",
        "db-secrets",
        "-o",
        "go-template={{.data.DB_PASSWORD | base64decode}}",
    ];
    let arrived =
        || kube.command().args(get).output().map(|o| String::from_utf8_lossy(&o.stdout).into_owned());
    testkit::until("the secret", 90, || {
        push_on(kube);
        arrived().is_ok_and(|text| text == value)
    });
    let found = Command::new("grep").args(["-rlE", "made-up"]).arg(repo.root()).output().expect("grep");
    let found = String::from_utf8_lossy(&found.stdout).into_owned();
    assert_eq!(found.trim(), repo.root().join(".env").display().to_string(), "a value is in a file");
}
