//! A rendered tree on a real API server, applied by the real kustomize-controller of Flux.

mod direct;
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

/// There is no kubelet here: every workload is said to be ready, and Flux is asked not to wait for its next round.
fn push_on(kube: &testkit::KubeApi) {
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
