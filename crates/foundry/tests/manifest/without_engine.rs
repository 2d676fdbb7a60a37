//! What stands in the way of a rollback before any engine is asked.

use super::{commit, git};
use testkit::Repo;

fn repo() -> Repo {
    let repo = Repo::new(env!("CARGO_BIN_EXE_foundry"));
    repo.write("config-registry/env/domains.yml", "domains: [{name: web, standalone: true}]\n")
        .write(
            "domains/web/templates/compose.yml.tmpl",
            "services: {web: {image: 'example/web:{{ VERSION }}'}}\n",
        )
        .write("config-registry/env/base.env", "VERSION=1.0.0\n");
    repo
}

#[track_caller]
fn refused(repo: &Repo, arguments: &[&str], code: i32, words: &str) {
    let ran = repo.run(&[&["rollback", "--yes"], arguments].concat()).code(code);
    assert!(ran.stderr.contains(words) && ran.stderr.contains("= help: "), "{words}:\n{}", ran.stderr);
}

#[test]
fn without_git_without_a_record_without_such_a_revision() {
    let repo = repo();
    refused(&repo, &[], 1, "in no Git repository, or nothing is committed yet");
    refused(&repo, &["--to", "HEAD"], 1, "in no Git repository");
    git(&repo, &["init", "-q"]);
    refused(&repo, &["--to", "HEAD"], 1, "nothing is committed yet");
    commit(&repo, "first");
    refused(&repo, &["--to", "nowhere"], 2, "Git knows no revision `nowhere`");
    refused(&repo, &["--to=--all"], 2, "Git knows no revision `--all`");
    refused(&repo, &["--to", "HEAD"], 1, "no manifest records dev as ");
    refused(&repo, &[], 1, "no earlier manifest of dev is recorded");
    // A manifest that records something else is none of this revision.
    repo.write("MANIFEST.md", "# Manifest\n\n## Environment dev\n\n- registry: home\n- engine: compose\n- commit: none\n- uncommitted: none\n");
    commit(&repo, "another manifest");
    refused(&repo, &["--to", "HEAD~1"], 1, "no manifest records dev as ");
}

#[test]
fn a_revision_that_cannot_be_read_or_opened() {
    let repo = repo();
    git(&repo, &["init", "-q"]);
    repo.write("README.md", "before the registry\n");
    git(&repo, &["add", "README.md"]);
    git(&repo, &["commit", "-q", "--no-gpg-sign", "-m", "readme"]);
    repo.edit("domains/web/templates/compose.yml.tmpl", "}}\n", "}}\n# {{ nothing_sets_this }}\n");
    commit(&repo, "broken");
    repo.edit("domains/web/templates/compose.yml.tmpl", "# {{ nothing_sets_this }}\n", "");
    repo.write(".vault_pass", "correct horse\n")
        .write("config-registry/env/secrets.env.vault", "TOKEN=abcdefgh\n");
    let _ = repo.run(&["vault", "encrypt"]).code(0);
    commit(&repo, "vault");
    refused(&repo, &["--to", "HEAD~2"], 1, "has no config-registry/env/domains.yml");
    let ran = repo.run(&["rollback", "--yes", "--to", "HEAD~1"]).code(1);
    assert!(
        ran.stderr.contains("nothing_sets_this") && ran.stderr.contains("cannot be rendered"),
        "{}",
        ran.stderr
    );
    std::fs::remove_file(repo.root().join(".vault_pass")).expect("removed");
    let ran = repo.run(&["rollback", "--yes", "--to", "HEAD"]).code(1);
    assert!(ran.stderr.contains("rendering ") && ran.stderr.contains("secrets.env.vault"), "{}", ran.stderr);
}

#[test]
fn a_record_that_was_committed_with_newer_files_leads_to_what_it_records() {
    let repo = repo();
    git(&repo, &["init", "-q"]);
    let _ = repo.run(&["metadata", "commit"]).code(0);
    let recorded = commit(&repo, "recorded");
    let metadata = repo.read("domains/web/metadata.yml");
    let hash = |key: &str| {
        let line = metadata.lines().find_map(|line| line.trim().strip_prefix(key)).expect("a hash");
        line.trim_start_matches(": ").to_owned()
    };
    let (source, templates) = (hash("source_hash"), hash("template_hash"));
    repo.write("MANIFEST.md", format!("# Manifest\n\n## Environment dev\n\n- registry: home\n- engine: compose\n- commit: {recorded}\n- uncommitted: none\n\n### web\n\n- source: {source}\n- templates: {templates}\n"));
    repo.edit("domains/web/templates/compose.yml.tmpl", "services:", "# newer\nservices:");
    commit(&repo, "newer files and the record of before");
    // The files of the record are found; what is missing is only the engine.
    let mut command = repo.command(&["rollback", "--yes"]);
    let output = command.env("DOCKER_HOST", "tcp://127.0.0.1:9").output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{said}");
    refused(&repo, &["--to", "HEAD"], 1, "no manifest records dev as ");
}
