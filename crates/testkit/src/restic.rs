//! restic and a folder for one repository.

use crate::{Missing, system};
use std::path::PathBuf;
use std::process::Command;

/// A folder in which a repository can be made, removed at the end.
#[derive(Debug)]
pub struct Restic {
    program: String,
    folder: tempfile::TempDir,
    password: String,
}

/// restic with a password of this test's own and no repository yet.
///
/// # Errors
/// When restic cannot be installed here.
pub fn restic() -> Result<Restic, Missing> {
    let program = system::up("restic")?.get("RESTIC").to_owned();
    Ok(Restic { program, folder: crate::folder::folder(), password: crate::unique() })
}

impl Restic {
    /// Where the repository is to be.
    #[must_use]
    pub fn repository(&self) -> PathBuf {
        self.folder.path().join("repository")
    }

    /// Its password.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Runs restic on the repository and returns its stdout.
    ///
    /// # Panics
    /// When it fails.
    #[track_caller]
    #[must_use]
    pub fn out(&self, args: &[&str]) -> String {
        let mut command = Command::new(&self.program);
        command.env("RESTIC_PASSWORD", &self.password).env("RESTIC_REPOSITORY", self.repository());
        system::text(command.args(args))
    }
}
