//! A registry in a Git repository with a bare one beside it, for what commits and pushes.

use std::path::{Path, PathBuf};
use std::process::Command;
use testkit::Repo;

/// A registry in Git, and what it is pushed to.
pub struct Published {
    pub repo: Repo,
    remote: tempfile::TempDir,
}

/// Runs git in `folder` and gives its output.
#[track_caller]
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().expect("git runs");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

/// Everything of `repo` rendered, committed and pushed to a bare repository.
pub fn published(repo: Repo) -> Published {
    let _ = repo.run(&["render", "--all", "--env", "home"]).code(0);
    let remote = tempfile::tempdir().expect("a folder");
    git(remote.path(), &["init", "-q", "--bare", "-b", "main", "."]);
    let root = repo.root();
    git(&root, &["init", "-q", "-b", "main", "."]);
    git(&root, &["config", "user.name", "t"]);
    git(&root, &["config", "user.email", "t@home.test"]);
    git(&root, &["add", "-A"]);
    git(&root, &["commit", "-q", "-m", "first"]);
    git(&root, &["remote", "add", "origin", &remote.path().display().to_string()]);
    git(&root, &["push", "-q", "-u", "origin", "main"]);
    Published { repo, remote }
}

impl Published {
    /// Runs git in the registry.
    #[track_caller]
    pub fn git(&self, arguments: &[&str]) -> String {
        git(&self.repo.root(), arguments)
    }

    /// The commit that the remote's branch is at.
    #[track_caller]
    pub fn remote_head(&self) -> String {
        git(self.remote.path(), &["rev-parse", "main"])
    }

    /// The remote's folder.
    pub fn remote(&self) -> PathBuf {
        self.remote.path().to_owned()
    }

    /// The files of the last commit.
    #[track_caller]
    pub fn committed(&self) -> Vec<String> {
        let listed = self.git(&["show", "--name-only", "--format=", "HEAD"]);
        listed.lines().map(str::to_owned).collect()
    }

    /// Somebody else pushes a commit.
    pub fn someone_else_pushes(&self) {
        let other = tempfile::tempdir().expect("a folder");
        git(other.path(), &["clone", "-q", &self.remote.path().display().to_string(), "."]);
        std::fs::write(other.path().join("note.md"), "theirs\n").expect("written");
        git(other.path(), &["add", "-A"]);
        git(
            other.path(),
            &["-c", "user.name=o", "-c", "user.email=o@home.test", "commit", "-q", "-m", "theirs"],
        );
        git(other.path(), &["push", "-q", "origin", "main"]);
    }
}
