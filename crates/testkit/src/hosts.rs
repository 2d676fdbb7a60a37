//! Real Debian hosts with systemd and sshd, and the ways in which hosts fail.

use crate::wait::until;
use crate::{Incus, Missing, incus, system};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

/// Hosts of one test, in an Incus project that goes with them.
#[derive(Debug)]
pub struct Hosts {
    hosts: Vec<Host>,
    incus: Incus,
}

/// One Debian 12 host: `root` and `deploy` (with sudo and no password) log in with the testbed's key.
#[derive(Debug, Clone)]
pub struct Host {
    name: String,
    address: String,
    key: PathBuf,
    interface: String,
    instance: Instance,
}

/// How the hypervisor calls a host.
#[derive(Debug, Clone)]
struct Instance {
    conf: String,
    project: String,
    name: String,
}

/// Debian hosts that answer on SSH.
///
/// # Errors
/// When Incus cannot be had here.
pub fn hosts(count: usize) -> Result<Hosts, Missing> {
    Hosts::launch(count, "IMAGE")
}

/// Debian hosts with Docker Engine and Compose v2 inside.
///
/// # Errors
/// When Incus cannot be had here.
pub fn hosts_with_docker(count: usize) -> Result<Hosts, Missing> {
    Hosts::launch(count, "IMAGE_DOCKER")
}

impl Hosts {
    pub(crate) fn launch(count: usize, image: &str) -> Result<Self, Missing> {
        let system = match image {
            "IMAGE_DOCKER" => system::up("hosts-docker")?,
            "IMAGE_INCUS" => system::up("incus_site")?,
            _ => system::up("hosts")?,
        };
        let incus = incus()?;
        let key = PathBuf::from(system.get("SSH_KEY"));
        let public = std::fs::read_to_string(key.with_extension("pub")).expect("the key has a public half");
        incus.run_in(&[
            "profile",
            "set",
            "default",
            &format!("cloud-init.user-data={}", user_data(public.trim())),
        ]);
        incus.run_in(&["profile", "set", "default", "security.nesting=true"]);
        let conf = system.get("INCUS_CONF").to_owned();
        let image = system.get(image);
        let hosts = thread::scope(|scope| {
            let started: Vec<_> = (1..=count)
                .map(|number| {
                    let name = format!("{}-h{number}", incus.project());
                    let instance = Instance { conf: conf.clone(), project: incus.project().to_owned(), name };
                    let key = key.clone();
                    scope.spawn(move || Host::launch(instance, image, key))
                })
                .collect();
            started.into_iter().map(|host| host.join().expect("the host starts")).collect()
        });
        Ok(Self { hosts, incus })
    }

    /// The project that the hosts are in.
    #[must_use]
    pub fn incus(&self) -> &Incus {
        &self.incus
    }
}

impl std::ops::Deref for Hosts {
    type Target = [Host];

    fn deref(&self) -> &[Host] {
        &self.hosts
    }
}

impl std::ops::DerefMut for Hosts {
    fn deref_mut(&mut self) -> &mut [Host] {
        &mut self.hosts
    }
}

fn user_data(key: &str) -> String {
    format!(
        "#cloud-config\ndisable_root: false\nssh_authorized_keys: [\"{key}\"]\nusers:\n  - name: deploy\n    \
         shell: /bin/bash\n    sudo: \"ALL=(ALL) NOPASSWD:ALL\"\n    ssh_authorized_keys: [\"{key}\"]\n"
    )
}

impl Host {
    fn launch(instance: Instance, image: &str, key: PathBuf) -> Self {
        let name = instance.name.clone();
        system::text(instance.incus().args(["launch", image, &name]));
        let mut host = Self { name, address: String::new(), key, interface: String::new(), instance };
        host.wait();
        host
    }

    /// The host's name; other hosts on the bridge resolve it as `NAME.incus`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The host's IPv4 address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The private key that `root` and `deploy` accept.
    #[must_use]
    pub fn key(&self) -> &Path {
        &self.key
    }

    /// The host's line for a `known_hosts` file.
    #[must_use]
    pub fn known_hosts(&self) -> String {
        let key = self.inside("cat /etc/ssh/ssh_host_ed25519_key.pub");
        let mut words = key.split_whitespace();
        format!("{} {} {}", self.address, words.next().unwrap_or_default(), words.next().unwrap_or_default())
    }

    /// `ssh USER@HOST` with the key and no other configuration; the remote command is still to be added.
    #[must_use]
    pub fn ssh_command(&self, user: &str) -> Command {
        let mut command = Command::new("ssh");
        command.args([
            "-F",
            "/dev/null",
            "-o",
            "BatchMode=yes",
            "-o",
            "ConnectTimeout=3",
            "-o",
            "LogLevel=ERROR",
        ]);
        command.args(["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-i"]);
        command.arg(&self.key).arg(format!("{user}@{}", self.address));
        command
    }

    /// Runs a shell line over SSH and returns its stdout.
    ///
    /// # Panics
    /// When it cannot connect or the line fails.
    #[track_caller]
    #[must_use]
    pub fn ssh(&self, user: &str, line: &str) -> String {
        system::text(self.ssh_command(user).arg(line))
    }

    /// Runs a shell line over SSH, whatever its end.
    #[track_caller]
    #[must_use]
    pub fn try_ssh(&self, user: &str, line: &str) -> Output {
        system::run(self.ssh_command(user).arg(line))
    }

    /// Runs a shell line as root past the network, for looking at a host that is cut off.
    ///
    /// # Panics
    /// When the line fails.
    #[track_caller]
    pub fn inside(&self, line: &str) -> String {
        system::text(self.instance.incus().args(["exec", &self.name, "--", "sh", "-c", line]))
    }

    /// Takes the network away, without a word to the host: packets are dropped, connections hang.
    pub fn cut_off(&self) {
        link(&["link", "set", &self.interface, "down"]);
    }

    /// Gives the network back.
    ///
    /// # Panics
    /// When SSH does not answer again.
    pub fn reconnect(&self) {
        link(&["link", "set", &self.interface, "up"]);
        until("ssh after reconnecting", 30, || self.answers());
    }

    /// Limits what reaches the host to a number of kilobits per second. (Delay needs netem, which not every kernel has.)
    pub fn slow_down(&self, kilobits: u32) {
        let rate = format!("{kilobits}kbit");
        let interface = self.interface.as_str();
        let args = [
            "qdisc", "replace", "dev", interface, "root", "tbf", "rate", &rate, "burst", "4kb", "latency",
            "2s",
        ];
        system::text(Command::new("tc").args(args));
    }

    /// How many packets had to wait for the limit so far; 0 without one.
    ///
    /// # Panics
    /// When `tc` answers no JSON.
    #[must_use]
    pub fn held_back(&self) -> u64 {
        let shown = system::text(Command::new("tc").args([
            "-s",
            "-j",
            "qdisc",
            "show",
            "dev",
            &self.interface,
            "root",
        ]));
        let shown: serde_json::Value = serde_json::from_str(&shown).expect("tc answers JSON");
        shown[0]["overlimits"].as_u64().unwrap_or(0)
    }

    /// Takes the limit away.
    pub fn full_speed(&self) {
        system::run(Command::new("tc").args(["qdisc", "del", "dev", &self.interface, "root"]));
    }

    /// Fills a folder: what it holds stays readable, and nothing more can be written ("No space left on device").
    pub fn fill(&self, folder: &str) {
        self.inside(&format!(
            "set -e; mkdir -p {folder}; mkdir -p /run/keep; cp -a {folder}/. /run/keep; \
             size=$(( $(du -sk /run/keep | cut -f1) + 256 )); mount -t tmpfs -o size=${{size}}k tmpfs {folder}; \
             cp -a /run/keep/. {folder}; rm -rf /run/keep; dd if=/dev/zero of={folder}/.filler bs=4k 2>/dev/null || true"
        ));
    }

    /// Undoes [`Host::fill`]; what was written in between is gone.
    pub fn empty(&self, folder: &str) {
        self.inside(&format!("umount {folder}"));
    }

    /// Reboots the host the way an administrator does, and waits for it.
    ///
    /// # Panics
    /// When it does not come back.
    pub fn reboot(&mut self) {
        let before = self.inside("cat /proc/sys/kernel/random/boot_id; stat -c %Y.%Z /proc/1");
        system::run(self.ssh_command("root").arg("systemctl reboot"));
        until("the reboot", 60, || {
            let args = [
                "exec",
                &self.name,
                "--",
                "sh",
                "-c",
                "cat /proc/sys/kernel/random/boot_id; stat -c %Y.%Z /proc/1",
            ];
            let now = system::run(self.instance.incus().args(args));
            now.status.success() && String::from_utf8_lossy(&now.stdout).trim() != before.trim()
        });
        self.wait();
    }

    /// Pulls the plug.
    pub fn stop(&self) {
        system::text(self.instance.incus().args(["stop", "--force", &self.name]));
    }

    /// Switches a stopped host on and waits for it.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start(&mut self) {
        system::text(self.instance.incus().args(["start", &self.name]));
        self.wait();
    }

    /// Whether something listens on the host's SSH port.
    #[must_use]
    pub fn answers(&self) -> bool {
        let address: Option<SocketAddr> = format!("{}:22", self.address).parse().ok();
        address
            .is_some_and(|address| TcpStream::connect_timeout(&address, Duration::from_millis(500)).is_ok())
    }

    /// Waits for systemd, an address and sshd; the interface's name on this side changes with every start.
    fn wait(&mut self) {
        until("systemd", 90, || {
            let args = ["exec", &self.name, "--", "systemctl", "is-system-running"];
            let state = system::run(self.instance.incus().args(args));
            matches!(String::from_utf8_lossy(&state.stdout).trim(), "running" | "degraded")
        });
        until("an address", 30, || {
            let network = self.instance.state()["network"]["eth0"].clone();
            network["host_name"].as_str().unwrap_or_default().clone_into(&mut self.interface);
            let addresses = network["addresses"].as_array().cloned().unwrap_or_default();
            let address = addresses.iter().find(|one| one["family"] == "inet");
            address.and_then(|one| one["address"].as_str()).unwrap_or_default().clone_into(&mut self.address);
            !self.address.is_empty() && !self.interface.is_empty()
        });
        until("ssh", 30, || self.answers());
    }
}

impl Instance {
    fn incus(&self) -> Command {
        let mut command = Command::new("incus");
        command.env("INCUS_CONF", &self.conf).args(["--project", &self.project]);
        command
    }

    fn state(&self) -> serde_json::Value {
        let path = format!("/1.0/instances/{}/state?project={}", self.name, self.project);
        serde_json::from_str(&system::text(
            Command::new("incus").env("INCUS_CONF", &self.conf).args(["query", &path]),
        ))
        .expect("Incus answers JSON")
    }
}

/// Runs `ip ARGS…` on this machine.
#[track_caller]
fn link(args: &[&str]) {
    system::text(Command::new("ip").args(args));
}
