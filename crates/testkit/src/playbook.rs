//! Ansible with its community collections, as an administrator would have it.

use crate::{Missing, system};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Ansible's programs.
#[derive(Debug)]
pub struct Ansible {
    programs: PathBuf,
    home: tempfile::TempDir,
}

/// Ansible from PyPI.
///
/// # Errors
/// When it cannot be installed here.
pub fn ansible() -> Result<Ansible, Missing> {
    let programs = PathBuf::from(system::up("ansible_community")?.get("ANSIBLE_BIN"));
    Ok(Ansible { programs, home: crate::folder::folder() })
}

impl Ansible {
    /// The folder of `ansible-playbook`, `ansible-vault`, `ansible-inventory` and the others.
    #[must_use]
    pub fn programs(&self) -> &Path {
        &self.programs
    }

    /// One of the programs, with a home of its own; arguments are still to be added.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command
            .env("ANSIBLE_HOME", self.home.path())
            .env("ANSIBLE_NOCOLOR", "1")
            .env("ANSIBLE_HOST_KEY_CHECKING", "False");
        command.env("LC_ALL", "C.UTF-8").current_dir(self.home.path());
        command
    }

    /// Runs one of the programs and returns its stdout.
    ///
    /// # Panics
    /// When the command fails.
    #[track_caller]
    #[must_use]
    pub fn run(&self, program: &str, args: &[&str]) -> String {
        system::text(self.command(program).args(args))
    }
}
