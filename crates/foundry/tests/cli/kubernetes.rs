//! `foundry render` for Kubernetes: a stable tree beside hand-written files, in which edits are noticed.

use super::shop::cluster;
use std::collections::BTreeMap;
use std::path::Path;

const DEPLOYMENT: &str = "tenants/apps/web/base/deployment-web.yaml";

/// Folders of the tree and how many files each has.
fn folders(root: &Path, below: &[&str]) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    let mut open: Vec<_> = below.iter().map(|b| root.join(b)).collect();
    while let Some(folder) = open.pop() {
        let mut count = 0;
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            count += 1;
            if entry.path().is_dir() {
                open.push(entry.path());
            }
        }
        all.insert(folder.strip_prefix(root).unwrap().display().to_string(), count);
    }
    all
}

#[test]
fn the_tree_has_layers_bases_and_overlays_and_no_secret() {
    let repo = cluster("");
    let _ = repo.run(&["render", "--all", "--env", "home"]).code(0);
    let all = folders(&repo.root(), &["clusters", "infrastructure", "platform-services", "tenants"]);
    for path in
        ["tenants/apps/web/overlays/staging", "tenants/apps/dev-tools/board/prod", "platform-services/proxy"]
    {
        assert!(all.contains_key(path), "{path} is not in {all:#?}");
    }
    for (path, count) in &all {
        assert!(path.split('/').count() <= 5, "{path} is deeper than five folders");
        let holds_folders = repo.root().join(path).read_dir().unwrap().flatten().all(|e| e.path().is_dir());
        assert!(*count > 1 || holds_folders, "{path} has one file");
    }
    let list = repo.read("tenants/apps/web/overlays/prod/kustomization.yaml");
    assert!(list.contains("namespace: apps-prod\n") && list.contains("- ../../base\n"), "{list}");
    let ingress = repo.read("tenants/apps/web/overlays/staging/ingress-web.yaml");
    assert!(ingress.contains("host: web.staging.example.org"), "{ingress}");
    assert!(ingress.contains("cert-manager.io/cluster-issuer: letsencrypt-staging"), "{ingress}");
    let platform = repo.read("platform-services/proxy/ingress-proxy.yaml");
    assert!(platform.contains("cluster-issuer: ${CERT_ISSUER}"), "{platform}");
    assert!(
        repo.read("platform-services/proxy/deployment-proxy.yaml").contains("$${NOT_OURS}"),
        "escaped for Flux"
    );
    for base in all.keys().filter(|p| p.ends_with("/base")) {
        for file in repo.root().join(base).read_dir().unwrap().flatten() {
            let text = std::fs::read_to_string(file.path()).unwrap();
            assert!(!text.contains("staging") && !text.contains("prod"), "{base} is not neutral: {text}");
        }
    }
    let grep =
        std::process::Command::new("grep").args(["-rl", "made-up-s3cret"]).arg(repo.root()).output().unwrap();
    let found = String::from_utf8_lossy(&grep.stdout).into_owned();
    assert_eq!(found.trim(), repo.root().join(".env").display().to_string(), "a secret value is in the tree");
}

#[test]
fn the_folders_of_another_layout_are_those_that_it_names() {
    let layout = "    layout: {clusters: k3s/clusters, infrastructure: k3s/core, platform: k3s/platform, apps: k3s/apps}\n";
    let repo = cluster(layout);
    let _ = repo.run(&["render", "--all", "--env", "home"]).code(0);
    let all = folders(&repo.root(), &["k3s"]);
    for path in [
        "k3s/core/namespaces",
        "k3s/platform/proxy",
        "k3s/apps/dev-tools/board/base",
        "k3s/clusters/home/flux-system",
    ] {
        assert!(all.contains_key(path), "{path} is not in {all:#?}");
    }
    assert!(all.keys().all(|p| p.split('/').count() <= 5), "{all:#?}");
    assert!(repo.read("k3s/clusters/home/kustomization-proxy.yaml").contains("path: ./k3s/platform/proxy\n"));
}

#[test]
fn a_second_run_writes_nothing_and_edits_are_noticed() {
    let repo = cluster("");
    let _ = repo.run(&["render", "--all", "--env", "home"]).code(0);
    let modified = || std::fs::metadata(repo.root().join(DEPLOYMENT)).unwrap().modified().unwrap();
    let before = modified();
    repo.write("tenants/apps/web/base/notes.yaml", "kind: Mine\n");
    let second = repo.run(&["render", "--all", "--env", "home", "--json"]).code(0).json();
    assert_eq!((&second["written"], &second["removed"]), (&serde_json::json!([]), &serde_json::json!([])));
    assert_eq!(modified(), before);

    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 2");
    let edited = repo.read(DEPLOYMENT);
    repo.edit("config-registry/env/ports.yml", "8080", "8081");
    let refused = repo.run(&["render", "--all", "--env", "home"]).code(1);
    assert!(
        refused.all().contains("error[TRN-006]") && refused.all().contains(DEPLOYMENT),
        "{}",
        refused.all()
    );
    assert_eq!(repo.read(DEPLOYMENT), edited, "nothing is written over it");
    let _ = repo.run(&["render", "--all", "--env", "home", "--overwrite"]).code(0);
    assert!(repo.read(DEPLOYMENT).contains("replicas: 1"));
    assert_eq!(repo.read("tenants/apps/web/base/notes.yaml"), "kind: Mine\n");
}

#[test]
fn what_is_not_wanted_any_more_goes_and_what_was_never_ours_stays() {
    let repo = cluster("");
    let _ = repo.run(&["render", "--all", "--env", "home"]).code(0);
    repo.write("tenants/apps/board.yaml", "kind: Mine\n").edit(
        "config-registry/env/domains.yml",
        "category: dev-tools\n",
        "category: tools\n",
    );
    let _ = repo.run(&["render", "--all", "--env", "home"]).code(0);
    assert!(!repo.root().join("tenants/apps/dev-tools").exists(), "empty folders go too");
    assert!(repo.root().join("tenants/apps/tools/board/base/deployment-board.yaml").exists());
    assert_eq!(repo.read("tenants/apps/board.yaml"), "kind: Mine\n");

    std::fs::remove_file(repo.root().join(DEPLOYMENT)).unwrap();
    repo.write(DEPLOYMENT, "kind: Mine\n");
    let refused = repo.run(&["render", "--all", "--env", "home"]).code(1);
    assert!(
        refused.all().contains("TRN-006") && refused.all().contains("not generated"),
        "{}",
        refused.all()
    );
}

#[test]
fn a_link_leads_nothing_out_of_the_registry() {
    let repo = cluster("");
    let outside = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(outside.path(), repo.root().join("tenants")).unwrap();
    let refused = repo.run(&["render", "--all", "--env", "home"]).code(1);
    assert!(refused.all().contains("leads through a link"), "{}", refused.all());
    assert_eq!(outside.path().read_dir().unwrap().count(), 0);
}

#[test]
fn one_domain_is_rendered_alone_and_a_diff_writes_nothing() {
    let repo = cluster("");
    let shown = repo.run(&["render", "--all", "--env", "home", "--diff"]).code(0);
    assert!(shown.stdout.contains("+kind: Deployment") && !repo.root().join("tenants").exists());
    let _ = repo.run(&["render", "web", "--env", "home"]).code(0);
    assert!(repo.root().join(DEPLOYMENT).exists() && !repo.root().join("tenants/apps/db").exists());
}

#[test]
fn without_a_way_to_the_cluster_it_is_said_where_to_name_one() {
    let repo = cluster("");
    let ran = repo.run(&["restart", "web", "--env", "home", "--yes"]);
    assert!(ran.code != 0 && ran.stderr.contains("set KUBECONFIG"), "{}", ran.all());
}
