//! `foundry manifest` and `foundry rollback` on a real Docker Engine and in real Git repositories.

#[path = "../docker/world.rs"]
#[allow(dead_code)]
mod world;

mod record;
mod rollback;
mod rotate;
mod without_engine;

use testkit::Repo;

/// Runs Git in the registry.
#[track_caller]
fn git(repo: &Repo, arguments: &[&str]) -> String {
    let mut command = std::process::Command::new("git");
    command.current_dir(repo.root()).env("HOME", repo.root()).env("GIT_CONFIG_NOSYSTEM", "1");
    command.args(["-c", "user.name=test", "-c", "user.email=test@example.org"]).args(arguments);
    let output = command.output().expect("git runs");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Commits everything and gives the commit's id.
#[track_caller]
fn commit(repo: &Repo, message: &str) -> String {
    git(repo, &["add", "-A"]);
    git(repo, &["commit", "-q", "--no-gpg-sign", "-m", message]);
    git(repo, &["rev-parse", "HEAD"]).trim().to_owned()
}
