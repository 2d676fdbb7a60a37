//! A cluster that Foundry itself applies to: planned, deployed, changed, pruned, and left alone while it is planned.

use crate::shop;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use testkit::{KubeApi, KubeOptions, Repo};

/// The shop for a cluster without a reconciler, and the way to `kube`.
fn shop_on(kube: &KubeApi) -> Repo {
    let repo = shop::cluster("");
    let file = "config-registry/env/environments.yml";
    let kubeconfig = kube.kubeconfig().display().to_string();
    repo.edit(
        file,
        "gitops: flux",
        &format!("gitops: none\n    secrets: runtime-inputs\n    kubeconfig: {kubeconfig}"),
    );
    let text: String =
        repo.read(file).lines().filter(|l| !l.contains("repository:")).map(|l| format!("{l}\n")).collect();
    repo.write(file, text);
    repo
}

/// Says of every workload that it is ready, as the controllers and kubelets would which this cluster does not have.
struct Nodes {
    end: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Nodes {
    fn of(kube: &KubeApi) -> Nodes {
        let (http, end) = (kube.http().clone(), Arc::new(AtomicBool::new(false)));
        let ended = end.clone();
        let thread = std::thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                for kind in ["deployments", "statefulsets"] {
                    let list = http.json("GET", &format!("/apis/apps/v1/{kind}"), None).1;
                    for item in list["items"].as_array().into_iter().flatten() {
                        let (meta, replicas) = (&item["metadata"], &item["spec"]["replicas"]);
                        if item["status"]["observedGeneration"] == meta["generation"] {
                            continue;
                        }
                        let path = format!(
                            "/apis/apps/v1/namespaces/{}/{kind}/{}/status",
                            meta["namespace"].as_str().unwrap_or_default(),
                            meta["name"].as_str().unwrap_or_default()
                        );
                        let mut whole = item.clone();
                        whole["apiVersion"] = "apps/v1".into();
                        whole["status"] = serde_json::json!({
                            "observedGeneration": meta["generation"], "replicas": replicas, "updatedReplicas": replicas,
                            "readyReplicas": replicas, "availableReplicas": replicas,
                        });
                        // It may just have been changed or deleted; the next look sees it.
                        let _ = http.json("PUT", &path, Some(&whole));
                    }
                }
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
        });
        Nodes { end, thread: Some(thread) }
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(std::thread::JoinHandle::join);
    }
}

/// An API server that writes down every request.
fn audited(folder: &Path) -> Result<KubeApi, testkit::Missing> {
    let policy = folder.join("policy.yml");
    std::fs::write(&policy, "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n")
        .expect("writable");
    testkit::kube_api_with(&KubeOptions {
        flags: vec![
            format!("--audit-policy-file={}", policy.display()),
            format!("--audit-log-path={}", folder.join("audit.log").display()),
            "--audit-log-mode=blocking".to_owned(),
        ],
        ..KubeOptions::default()
    })
}

/// What changed something since `from`, as the audit log of requests by Foundry has it; and its new length.
fn changes(log: &Path, from: usize) -> (Vec<String>, usize) {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let entries = text[from..].lines().filter_map(|l| serde_json::from_str::<serde_json::Value>(l).ok());
    let reads = ["get", "list", "watch"];
    let changing = entries.filter(|e| {
        let verb = e["verb"].as_str().unwrap_or_default();
        let uri = e["requestURI"].as_str().unwrap_or_default();
        // The server works for itself too.
        let own = e["user"]["username"].as_str().is_some_and(|u| u.starts_with("system:"));
        !own && !reads.contains(&verb) && !uri.contains("dryRun=All") && e["stage"] == "ResponseComplete"
    });
    (changing.map(|e| format!("{} {}", e["verb"], e["requestURI"])).collect(), text.len())
}

#[test]
fn a_deploy_makes_it_so_and_planning_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let kube = testkit::need!(audited(folder.path()));
    let log = folder.path().join("audit.log");
    let repo = shop_on(&kube);
    let begin = std::fs::metadata(&log).map_or(0, |m| m.len() as usize);
    let plan = repo.run(&["plan", "--all", "--env", "home"]).code(0);
    assert!(
        plan.stdout.contains("namespace apps-prod  ") && plan.stdout.contains("no object"),
        "{}",
        plan.stdout
    );
    assert!(!plan.all().contains("made-up"), "{}", plan.all());
    let order = |a: &str, b: &str| plan.stdout.find(a).expect(a) < plan.stdout.find(b).expect(b);
    assert!(order("namespace apps-prod", "statefulset apps-prod/db"), "{}", plan.stdout);
    assert!(order("secret apps-prod/db-secrets", "statefulset apps-prod/db"), "{}", plan.stdout);
    assert!(order("statefulset apps-prod/db", "deployment apps-prod/web"), "{}", plan.stdout);
    let (changed, at) = changes(&log, begin);
    assert!(at > begin && changed.is_empty(), "planning changes: {changed:#?}");

    let nodes = Nodes::of(&kube);
    let deployed = repo.run(&["deploy", "--all", "--env", "home", "--yes"]).code(0);
    assert!(!deployed.all().contains("made-up"), "{}", deployed.all());
    let password = "jsonpath={.data.DB_PASSWORD}";
    let secret = kube.kubectl(&["-n", "apps-prod", "get", "secret", "db-secrets", "-o", password]);
    assert_eq!(secret, "bWFkZS11cC1zM2NyZXQ=", "the value reaches the Secret");
    let again = repo.run(&["plan", "--all", "--env", "home", "--exit-code"]).code(0);
    assert!(again.stdout.contains("Nothing to do; 7 services unchanged."), "{}", again.stdout);
    let journal = std::fs::read_dir(repo.root().join(".foundry/journal")).expect("a journal");
    for file in journal.flatten() {
        assert!(
            !std::fs::read_to_string(file.path()).expect("text").contains("made-up"),
            "a secret in the journal"
        );
    }

    // One thing changed is one step.
    repo.edit("domains/board/templates/compose.yml.tmpl", "board:1.0.0", "board:1.1.0");
    let one = repo.run(&["plan", "board", "--env", "home", "--json", "--exit-code"]).code(3).json();
    let steps = one["steps"].as_array().expect("steps");
    assert_eq!(steps.len(), 2, "one for staging, one for prod: {steps:#?}");
    let cause = steps[0]["causes"][0].as_str().unwrap_or_default();
    assert_eq!(
        cause,
        "spec.template.spec.containers[board].image example.org/board:1.0.0 → example.org/board:1.1.0"
    );
    let _ = repo.run(&["deploy", "board", "--env", "home", "--yes"]).code(0);

    // A secret changed is the Secret, and those that read it, started anew; the value is nowhere.
    repo.write(".env", "DB_PASSWORD=made-up-0ther\n");
    let plan = repo.run(&["plan", "db", "--env", "home"]).code(0);
    assert!(plan.stdout.contains("data.DB_PASSWORD changed"), "{}", plan.stdout);
    assert!(plan.stdout.contains("what its pods are made from changed"), "{}", plan.stdout);
    let _ = repo.run(&["deploy", "--all", "--env", "home", "--yes"]).code(0);
    let _ = repo.run(&["plan", "--all", "--env", "home", "--exit-code"]).code(0);

    // Somebody's edit is seen with its author, and taken back.
    kube.kubectl(&["-n", "apps-prod", "scale", "deployment", "web", "--replicas=3"]);
    let plan = repo.run(&["plan", "web", "--env", "home"]).code(0);
    assert!(plan.stdout.contains("spec.replicas 3 → 1; kubectl owns spec.replicas"), "{}", plan.stdout);
    let _ = repo.run(&["deploy", "web", "--env", "home", "--yes"]).code(0);
    let replicas =
        kube.kubectl(&["-n", "apps-prod", "get", "deployment", "web", "-o", "jsonpath={.spec.replicas}"]);
    assert_eq!(replicas, "1");

    // What leaves the registry is pruned when that is said; claims stay.
    repo.edit("config-registry/env/domains.yml", "requires: [db]", "standalone: true").edit(
        "config-registry/env/domains.yml",
        "  - name: db\n    standalone: true\n",
        "  - name: db\n    environments: [dev]\n    standalone: true\n",
    );
    let plan = repo.run(&["plan", "--all", "--env", "home"]).code(0);
    assert!(
        plan.stdout.contains("declared nowhere") && plan.stdout.contains("  statefulset apps-prod/db\n"),
        "{}",
        plan.stdout
    );
    let _ = repo.run(&["deploy", "--all", "--env", "home", "--yes", "--prune"]).code(0);
    assert!(!kube.kubectl(&["-n", "apps-prod", "get", "statefulsets", "-o", "name"]).contains("db"));
    assert!(
        kube.kubectl(&["-n", "apps-prod", "get", "pvc", "-o", "name"]).contains("db-data"),
        "a claim is never pruned"
    );
    let last = repo.run(&["plan", "--all", "--env", "home", "--prune", "--exit-code"]).code(0);
    assert!(last.stdout.contains("persistentvolumeclaim apps-prod/db-data"), "{}", last.stdout);
    drop(nodes);
}
