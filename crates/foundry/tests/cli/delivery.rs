//! `foundry deploy` where a reconciler carries out: the tree is written, committed alone and pushed; the rest is said.

use super::git::published;
use super::shop::{cluster, reconciled_by};

const DEPLOY: [&str; 5] = ["deploy", "--all", "--env", "home", "--yes"];
const WEB: &str = "domains/web/templates/compose.yml.tmpl";

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    DEPLOY.into_iter().chain(more.iter().copied()).collect()
}

#[test]
fn the_tree_is_shown_written_committed_and_pushed_in_steps() {
    for reconciler in ["flux", "argocd"] {
        let at = published(reconciled_by(reconciler, ""));
        at.repo.edit(WEB, "example.org/web:1.0.0", "example.org/web:1.1.0").write("notes.md", "mine\n");
        let asked = at.repo.run(&["deploy", "--all", "--env", "home"]);
        assert!(
            asked.code != 0 && !at.repo.read("tenants/apps/web/base/deployment-web.yaml").contains("1.1.0")
        );
        let plain = at.repo.run(&DEPLOY).code(0);
        assert!(
            plain
                .stdout
                .contains("1 to write, 0 to remove\n  write    tenants/apps/web/base/deployment-web.yaml\n"),
            "{}",
            plain.stdout
        );
        assert!(
            plain.stderr.contains("foundry deploy --all --env home --push --wait does the rest."),
            "{}",
            plain.stderr
        );
        let done = at.repo.run(&with(&["--push"])).code(0);
        assert!(done.stdout.contains("1 files of it are not committed"), "{}", done.stdout);
        assert!(done.stderr.contains("yours to commit: 1 files of the registry"), "{}", done.stderr);
        assert_eq!(at.committed(), ["tenants/apps/web/base/deployment-web.yaml"]);
        assert_eq!(at.git(&["log", "-1", "--format=%s"]), "home: web");
        assert_eq!(at.git(&["status", "--porcelain"]), format!(" M {WEB}\n?? notes.md"));
        assert_eq!(at.remote_head(), at.git(&["rev-parse", "HEAD"]));
        let again = at.repo.run(&with(&["--push", "--json"])).code(0).json();
        assert_eq!(
            (&again["tree"]["written"], &again["git"]["commit"]),
            (&serde_json::json!([]), &serde_json::json!(null))
        );
    }
}

/// A run that was cut off between writing and committing is finished by the next one, removed files included.
#[test]
fn what_an_earlier_run_wrote_or_removed_is_committed_too() {
    let at = published(cluster(""));
    at.repo.edit(
        "config-registry/env/domains.yml",
        "  - name: board\n",
        "  - name: board\n    environments: [dev]\n",
    );
    at.git(&["commit", "-q", "-am", "board leaves"]);
    let _ = at.repo.run(&["render", "--all", "--env", "home"]).code(0);
    let _ = at.repo.run(&with(&["--commit"])).code(0);
    let committed = at.committed();
    assert!(committed.iter().any(|p| p == "clusters/home/kustomization-board-prod.yaml"), "{committed:?}");
    assert!(at.git(&["status", "--porcelain"]).is_empty(), "{}", at.git(&["status", "--porcelain"]));
}

#[test]
fn edits_of_a_person_are_never_written_over_and_other_engines_have_no_commit() {
    let at = published(cluster(""));
    at.repo.edit("tenants/apps/web/base/deployment-web.yaml", "replicas: 1", "replicas: 2");
    let refused = at.repo.run(&with(&["--push"])).code(1).all();
    assert!(refused.contains("error[TRN-006]"), "{refused}");
    assert_eq!(at.git(&["log", "--oneline"]).lines().count(), 1);
    let compose = at.repo.run(&["deploy", "--all", "--env", "dev", "--push"]).code(2).stderr;
    assert!(compose.contains("leave out --commit, --push and --wait"), "{compose}");
}
