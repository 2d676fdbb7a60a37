//! The Incus daemon as an engine under test: a project per test, its socket, and HTTPS with a certificate it trusts.

use crate::{Missing, name, system};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A project of its own on the testbed's Incus daemon, deleted with everything in it at the end.
#[derive(Debug)]
pub struct Incus {
    socket: PathBuf,
    https: String,
    bridges: Vec<String>,
    conf: String,
    project: String,
    client: tempfile::TempDir,
}

/// An Incus project with a default profile (btrfs pool, first bridge) and no instance.
///
/// # Errors
/// When Incus cannot be installed or started here.
pub fn incus() -> Result<Incus, Missing> {
    let incus = Incus::in_project(&system::up("incus")?);
    incus.sweep();
    incus.run(&["project", "create", &incus.project, "-c", "features.images=false"]);
    incus.run_in(&["profile", "device", "add", "default", "root", "disk", "path=/", "pool=default"]);
    incus.run_in(&["profile", "device", "add", "default", "eth0", "nic", "network=fdtbr0"]);
    Ok(incus)
}

impl Incus {
    fn in_project(system: &system::System) -> Self {
        Self {
            socket: PathBuf::from(system.get("INCUS_SOCKET")),
            https: system.get("INCUS_HTTPS").to_owned(),
            bridges: system.get("INCUS_BRIDGES").split(',').map(str::to_owned).collect(),
            conf: system.get("INCUS_CONF").to_owned(),
            project: name::unique(),
            client: crate::folder::folder(),
        }
    }

    /// The daemon's unix socket.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// The daemon's HTTPS address, `127.0.0.1:PORT`.
    #[must_use]
    pub fn https(&self) -> &str {
        &self.https
    }

    /// Three bridges with networks of their own, shared by all tests: use them, do not change them.
    #[must_use]
    pub fn bridges(&self) -> &[String] {
        &self.bridges
    }

    /// The test's project; networks, which Incus keeps outside of projects, should begin with it.
    #[must_use]
    pub fn project(&self) -> &str {
        &self.project
    }

    /// A token that one client may use once to make its certificate trusted.
    #[must_use]
    pub fn trust_token(&self) -> String {
        self.out(&["config", "trust", "add", &self.project, "-q"])
    }

    /// The folder of a client's own configuration, for `INCUS_CONF`; empty at first, removed at the end.
    #[must_use]
    pub fn client(&self) -> &Path {
        self.client.path()
    }

    /// `incus` on the local daemon; arguments are still to be added.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new("incus");
        command.env("INCUS_CONF", &self.conf);
        command
    }

    /// Runs `incus ARGS…` outside of any project and returns its stdout.
    ///
    /// # Panics
    /// When the command fails.
    #[track_caller]
    #[must_use]
    pub fn out(&self, args: &[&str]) -> String {
        system::text(self.command().args(args))
    }

    /// Runs `incus ARGS…` outside of any project.
    ///
    /// # Panics
    /// When the command fails.
    #[track_caller]
    pub fn run(&self, args: &[&str]) {
        let _ = self.out(args);
    }

    /// Runs `incus --project PROJECT ARGS…`.
    ///
    /// # Panics
    /// When the command fails.
    #[track_caller]
    pub fn run_in(&self, args: &[&str]) {
        let _ = self.out_in(args);
    }

    /// Runs `incus --project PROJECT ARGS…` and returns its stdout.
    ///
    /// # Panics
    /// When the command fails.
    #[track_caller]
    #[must_use]
    pub fn out_in(&self, args: &[&str]) -> String {
        system::text(self.command().args(["--project", &self.project]).args(args))
    }

    /// Removes what test processes left that ended without cleaning up.
    fn sweep(&self) {
        let listed = system::run(self.command().args(["project", "list", "-f", "csv", "-c", "n"]));
        for project in String::from_utf8_lossy(&listed.stdout).lines().filter(|name| name::is_abandoned(name))
        {
            self.remove(project);
        }
    }

    /// What the REST API answers to a GET.
    ///
    /// # Panics
    /// When the daemon refuses or answers no JSON.
    #[track_caller]
    #[must_use]
    pub fn query(&self, path: &str) -> serde_json::Value {
        serde_json::from_str(&self.out(&["query", path])).expect("Incus answers JSON")
    }

    /// Deletes a project, then the networks and certificates that have its name.
    fn remove(&self, project: &str) {
        let path = format!("/1.0/projects/{project}?force=1");
        system::run(self.command().args(["query", "-X", "DELETE", &path]));
        for network in strings(&self.query("/1.0/networks?recursion=1"), "name") {
            if network
                .strip_prefix(project)
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
            {
                system::run(self.command().args(["network", "delete", &network]));
            }
        }
        let certificates = self.query("/1.0/certificates?recursion=1");
        for certificate in certificates.as_array().into_iter().flatten().filter(|one| one["name"] == project)
        {
            let fingerprint = certificate["fingerprint"].as_str().unwrap_or_default();
            system::run(self.command().args(["config", "trust", "remove", fingerprint]));
        }
    }
}

/// One field of every object in a list.
fn strings(list: &serde_json::Value, field: &str) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|one| one[field].as_str()).map(str::to_owned).collect()
}

impl Drop for Incus {
    fn drop(&mut self) {
        self.remove(&self.project.clone());
    }
}
