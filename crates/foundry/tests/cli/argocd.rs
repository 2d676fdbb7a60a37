//! `foundry render` for Argo CD: Applications in waves, projects that keep layers apart, and no variable of Flux.

use super::shop::{cluster, reconciled_by};
use std::collections::BTreeMap;
use std::path::Path;
use testkit::Repo;

const ENVIRONMENTS: &str = "config-registry/env/environments.yml";

fn rendered(layout: &str) -> Repo {
    let repo = reconciled_by("argocd", layout);
    let _ = repo.run(&["render", "--all", "--env", "home"]).code(0);
    repo
}

/// Every file of the tree by path.
fn files(repo: &Repo) -> BTreeMap<String, String> {
    let (root, mut all, mut open) = (repo.root(), BTreeMap::new(), Vec::new());
    open.extend(["clusters", "infrastructure", "platform-services", "tenants"].map(|f| root.join(f)));
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            if entry.path().is_dir() {
                open.push(entry.path());
                continue;
            }
            let path = entry.path().strip_prefix(&root).expect("inside").display().to_string();
            all.insert(path, std::fs::read_to_string(entry.path()).expect("text"));
        }
    }
    all
}

fn wave(repo: &Repo, application: &str) -> i64 {
    let text = repo.read(&format!("clusters/home/application-{application}.yaml"));
    let line = text.lines().find_map(|l| l.trim().strip_prefix("argocd.argoproj.io/sync-wave: "));
    line.expect("a wave").trim_matches('\'').parse().expect("a number")
}

#[test]
fn waves_follow_the_layers_and_the_apis_that_are_needed() {
    let repo = reconciled_by("argocd", "");
    repo.edit(
        "config-registry/env/domains.yml",
        "    category: dev-tools\n",
        "    category: dev-tools\n    needs_api: [web]\n",
    )
    .edit(
        "config-registry/env/domains.yml",
        "  - name: proxy\n",
        "  - name: issuers\n    layer: infrastructure\n    standalone: true\n    stateless: true\n    internal: true\n  \
         - name: proxy\n",
    )
    .write(
        "domains/issuers/templates/compose.yml.tmpl",
        "services:\n  issuers:\n    image: example.org/issuers:1.0.0\n    restart: always\n",
    );
    let _ = repo.run(&["render", "--all", "--env", "home"]).code(0);
    let waves = ["namespaces", "issuers", "proxy", "db-prod", "web-staging", "web-prod", "board-prod"];
    assert_eq!(waves.map(|name| wave(&repo, name)), [0, 1, 10, 20, 20, 20, 21]);
    let health = repo.read("clusters/home/argocd/configmap-argocd-cm.yaml");
    assert!(health.contains("resource.customizations.health.argoproj.io_Application: |"), "{health}");
    let board = repo.read("clusters/home/application-board-prod.yaml");
    for line in [
        "  - resources-finalizer.argocd.argoproj.io\n",
        "  project: apps\n",
        "    path: tenants/apps/dev-tools/board/prod\n",
        "    namespace: dev-tools-prod\n",
        "    - CreateNamespace=false\n",
        "    - ServerSideApply=true\n",
    ] {
        assert!(board.contains(line), "no {line:?} in {board}");
    }
    assert!(!board.contains("Replace=true"));
}

#[test]
fn projects_keep_the_layers_apart() {
    let repo = rendered("");
    let project = |name: &str| repo.read(&format!("clusters/home/argocd/appproject-{name}.yaml"));
    let apps = project("apps");
    assert!(apps.contains("  clusterResourceBlacklist:\n  - group: '*'\n    kind: '*'\n"), "{apps}");
    assert!(apps.contains("kind: ResourceQuota") && !apps.contains("namespace: platform\n"), "{apps}");
    let namespaces = apps.lines().filter_map(|l| l.strip_prefix("    namespace: ")).collect::<Vec<_>>();
    assert_eq!(namespaces, ["apps-prod", "apps-staging", "dev-tools-prod", "dev-tools-staging"]);
    let platform = project("platform");
    assert!(platform.contains("clusterResourceWhitelist: []\n"), "{platform}");
    assert!(project("namespaces").contains("    kind: Namespace\n"));
    assert!(repo.read("clusters/home/application-proxy.yaml").contains("  project: platform\n"));
    assert!(repo.read("clusters/home/bootstrap/application-root.yaml").contains("    path: clusters/home\n"));
}

#[test]
fn values_stand_in_the_objects_and_what_only_looks_like_a_variable_stays() {
    let repo = rendered("");
    let ingress = repo.read("platform-services/proxy/ingress-proxy.yaml");
    assert!(ingress.contains("cert-manager.io/cluster-issuer: letsencrypt-staging\n"), "{ingress}");
    let deployment = repo.read("platform-services/proxy/deployment-proxy.yaml");
    assert!(deployment.contains("value: ${NOT_OURS}\n"), "the program's own text: {deployment}");
    for (path, text) in files(&repo) {
        let text = text.replace("${NOT_OURS}", "").replace("cost $${DOMAIN}", "");
        assert!(!text.contains("${"), "{path} has a variable that nobody substitutes:\n{text}");
        assert!(!text.contains("made-up-s3cret"), "{path} has a secret");
    }
}

#[test]
fn the_reconciler_is_changed_in_one_word_and_the_other_ones_files_go() {
    let repo = cluster("");
    let _ = repo.run(&["render", "--all", "--env", "home"]).code(0);
    let flux = files(&repo);
    repo.edit(ENVIRONMENTS, "gitops: flux", "gitops: argocd");
    let _ = repo.run(&["render", "--all", "--env", "home"]).code(0);
    let argocd = files(&repo);
    assert_eq!(argocd, files(&rendered("")), "as if it had never been Flux");
    assert!(argocd.values().all(|text| !text.contains("fluxcd.io/v1")), "an object of Flux is left");
    let again = repo.run(&["render", "--all", "--env", "home", "--json"]).code(0).json();
    assert_eq!((&again["written"], &again["removed"]), (&serde_json::json!([]), &serde_json::json!([])));
    repo.edit(ENVIRONMENTS, "gitops: argocd", "gitops: flux");
    let _ = repo.run(&["render", "--all", "--env", "home"]).code(0);
    assert_eq!(files(&repo), flux);
    assert!(!Path::new(&repo.root().join("clusters/home/argocd")).exists());
}

#[test]
fn what_argo_cd_cannot_do_is_refused_with_a_way_out() {
    let repo = reconciled_by("argocd", "    secrets: runtime-inputs\n");
    let refused = repo.run(&["render", "--all", "--env", "home"]).code(1).all();
    assert!(refused.contains("error[TRN-005]") && refused.contains("gitops: flux"), "{refused}");
    let repo = reconciled_by("argocd", "");
    repo.edit(
        ENVIRONMENTS,
        "    repository: {url: \"https://git.test/flux-system.git\", branch: main}\n",
        "",
    );
    let refused = repo.run(&["render", "--all", "--env", "home"]).code(1).all();
    assert!(refused.contains("error[TRN-002]") && refused.contains("Argo CD"), "{refused}");
    let repo = reconciled_by("argocd", "");
    repo.edit("config-registry/env/domains.yml", "  - name: proxy", "  - name: root").write(
        "domains/root/templates/compose.yml.tmpl",
        repo.read("domains/proxy/templates/compose.yml.tmpl"),
    );
    let refused = repo.run(&["render", "--all", "--env", "home"]).code(1).all();
    assert!(refused.contains("error[TRN-004]: `root`"), "{refused}");
    let repo = reconciled_by("argocd", "");
    repo.edit(ENVIRONMENTS, "      prod: {issuer", "      b-prod: {}\n      prod: {issuer")
        .edit("config-registry/env/domains.yml", "  - name: board", "  - name: db-b")
        .write(
            "domains/db-b/templates/compose.yml.tmpl",
            repo.read("domains/board/templates/compose.yml.tmpl"),
        );
    let refused = repo.run(&["render", "--all", "--env", "home"]).code(1).all();
    assert!(refused.contains("would both be reconciled as `db-b-prod`"), "{refused}");
}

#[test]
fn the_linter_finds_nothing_in_either_layout_under_either_reconciler() {
    let other = "    layout: {clusters: k3s/clusters, infrastructure: k3s/core, platform: k3s/platform, apps: k3s/apps}\n";
    for reconciler in ["flux", "argocd"] {
        for layout in ["", other] {
            let repo = reconciled_by(reconciler, layout);
            let _ = repo.run(&["render", "--all", "--env", "home"]).code(0);
            let found = repo.run(&["validate", "--tree", ".", "--json"]).json();
            // No domain of the shop makes issuers, and files of the registry are no manifests.
            let known = |f: &&serde_json::Value| {
                let message = f["message"].as_str().unwrap_or_default();
                message.contains("refers to the ClusterIssuer") || f["rule"] == "DIR-002"
            };
            let all = found["findings"].as_array().expect("findings");
            let more: Vec<_> = all.iter().filter(|f| !known(f)).collect();
            assert!(more.is_empty(), "{reconciler}{layout}: {more:#?}");
            assert_eq!(all.iter().filter(|f| f["rule"] == "REF-002").count(), 3, "followed to the end");
        }
    }
}
