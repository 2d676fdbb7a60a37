//! OpenTofu without a network: only what is built in, and whatever a filesystem mirror holds.

use crate::{Missing, system};
use std::path::{Path, PathBuf};
use std::process::Command;

/// OpenTofu with a working folder of one test.
#[derive(Debug)]
pub struct Tofu {
    program: PathBuf,
    folder: tempfile::TempDir,
}

/// OpenTofu with an empty configuration.
///
/// # Errors
/// When it cannot be built here.
pub fn tofu() -> Result<Tofu, Missing> {
    let program = PathBuf::from(system::up("tofu")?.get("TOFU"));
    let folder = crate::folder::folder();
    std::fs::create_dir(folder.path().join("mirror")).expect("the test's folder is writable");
    let mirror = folder.path().join("mirror");
    let config = format!("provider_installation {{ filesystem_mirror {{ path = {mirror:?} }} }}\n");
    std::fs::write(folder.path().join("tofu.rc"), config).expect("the test's folder is writable");
    Ok(Tofu { program, folder })
}

impl Tofu {
    /// The folder of the configuration.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where providers are looked for, and nowhere else.
    #[must_use]
    pub fn mirror(&self) -> PathBuf {
        self.folder.path().join("mirror")
    }

    /// `tofu` in the folder; arguments are still to be added.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(self.folder.path()).env("TF_CLI_CONFIG_FILE", self.folder.path().join("tofu.rc"));
        command.env("TF_IN_AUTOMATION", "1").env("CHECKPOINT_DISABLE", "1");
        command
    }

    /// Runs `tofu ARGS…` and returns its stdout.
    ///
    /// # Panics
    /// When the command fails.
    #[track_caller]
    pub fn run(&self, args: &[&str]) -> String {
        system::text(self.command().args(args))
    }
}
