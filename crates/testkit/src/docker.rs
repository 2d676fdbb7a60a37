//! The local Docker Engine, with a name prefix per test and everything under it removed at the end.

use crate::{Missing, free_port, name, system};
use std::process::Command;

/// A Docker Engine that a test may use under its own prefix.
#[derive(Debug)]
pub struct Docker {
    host: String,
    image: String,
    prefix: String,
}

/// Docker Engine with Compose v2, started when nothing answers yet.
///
/// # Errors
/// When it cannot be installed or started here.
pub fn docker() -> Result<Docker, Missing> {
    let system = system::up("docker")?;
    let docker = Docker {
        host: system.get("DOCKER_HOST").to_owned(),
        image: system.get("BUSYBOX_IMAGE").to_owned(),
        prefix: name::unique(),
    };
    docker.remove(name::is_abandoned);
    Ok(docker)
}

impl Docker {
    /// The engine's address, as `DOCKER_HOST` wants it.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// What every name of this test begins with; also good as a Compose project's name.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// A name for a container, network, volume or image of this test.
    #[must_use]
    pub fn name(&self, of: &str) -> String {
        format!("{}-{of}", self.prefix)
    }

    /// A free port on loopback.
    #[must_use]
    pub fn free_port(&self) -> u16 {
        free_port()
    }

    /// A tiny image with a shell, `httpd`, `wget` and `sleep`; without arguments it serves `/www` on port 80.
    #[must_use]
    pub fn image_busybox(&self) -> &str {
        &self.image
    }

    /// The same image under a name of this test's own, for tests that tag, push or delete.
    #[must_use]
    pub fn image_copy(&self, of: &str) -> String {
        let copy = format!("{}:1", self.name(of));
        self.run(&["tag", &self.image, &copy]);
        copy
    }

    /// `docker` against this engine; arguments are still to be added.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new("docker");
        command.env("DOCKER_HOST", &self.host);
        command
    }

    /// Runs `docker ARGS…` and returns its stdout.
    ///
    /// # Panics
    /// When the command fails.
    #[track_caller]
    #[must_use]
    pub fn out(&self, args: &[&str]) -> String {
        system::text(self.command().args(args))
    }

    /// Runs `docker ARGS…`.
    ///
    /// # Panics
    /// When the command fails.
    #[track_caller]
    pub fn run(&self, args: &[&str]) {
        let _ = self.out(args);
    }

    /// Removes everything whose name is chosen, containers first.
    fn remove(&self, chosen: impl Fn(&str) -> bool) {
        let kinds: [(&[&str], &[&str]); 4] = [
            (&["ps", "-a", "--format", "{{.Names}}"], &["rm", "-f", "-v"]),
            (&["network", "ls", "--format", "{{.Name}}"], &["network", "rm"]),
            (&["volume", "ls", "--format", "{{.Name}}"], &["volume", "rm", "-f"]),
            (&["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"], &["image", "rm", "-f"]),
        ];
        for (list, remove) in kinds {
            let listed = system::run(self.command().args(list));
            let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
            let names: Vec<&str> = listed.lines().filter(|line| chosen(line)).collect();
            if !names.is_empty() {
                system::run(self.command().args(remove).args(names));
            }
        }
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        // The dash or its end keeps prefix x1 from meaning x10 too.
        let own = |name: &str| {
            name.strip_prefix(&self.prefix)
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        self.remove(own);
    }
}
