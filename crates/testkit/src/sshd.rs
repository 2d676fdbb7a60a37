//! An SSH server of this test's own on loopback, with throw-away keys and a client configuration that trusts it.

use crate::{Missing, free_port, system};
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The name under which the client configuration knows the server.
const ALIAS: &str = "foundry-test";

/// A running server; it and every connection to it end when this is dropped.
#[derive(Debug)]
pub struct Sshd {
    folder: tempfile::TempDir,
    server: Child,
    port: u16,
}

/// Starts an SSH server that lets this process' user in with a key made for this test.
///
/// # Errors
/// When OpenSSH's server cannot be installed here.
///
/// # Panics
/// When it is installed and does not start.
pub fn sshd() -> Result<Sshd, Missing> {
    let program = system::up("sshd")?.get("SSHD").to_owned();
    let folder = crate::folder::folder();
    let path = |name: &str| folder.path().join(name);
    for key in ["host", "user", "stranger"] {
        system::text(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path(key)));
    }
    fs::copy(path("user.pub"), path("authorized")).expect("a file is copied");
    let port = free_port();
    let public = fs::read_to_string(path("host.pub")).expect("ssh-keygen wrote it");
    fs::write(path("known_hosts"), format!("[127.0.0.1]:{port} {public}")).expect("a file is written");
    let lines = [
        format!("ListenAddress 127.0.0.1:{port}"),
        format!("HostKey {}", path("host").display()),
        format!("AuthorizedKeysFile {}", path("authorized").display()),
        "PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nMaxStartups 100".to_owned(),
        // Many people's login scripts say something: nothing may mistake it for a program's output.
        "ForceCommand echo Good morning.; echo Bad weather. >&2; exec sh -c \"$SSH_ORIGINAL_COMMAND\""
            .to_owned(),
        "KbdInteractiveAuthentication no\nPermitRootLogin yes\nPrintMotd no\nLogLevel ERROR".to_owned(),
    ];
    fs::write(path("sshd_config"), lines.join("\n") + "\n").expect("a file is written");
    // The server refuses to start as root without this folder, which a package makes only at boot.
    let _ = fs::create_dir_all("/run/sshd");
    let mut command = Command::new(program);
    command.args(["-D", "-e", "-f"]).arg(path("sshd_config")).stdin(Stdio::null()).stderr(Stdio::null());
    let server = command.spawn().expect("sshd starts");
    let sshd = Sshd { folder, server, port };
    sshd.write_config("config", "user", "known_hosts");
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(began.elapsed() < Duration::from_secs(20), "sshd does not listen on port {port}");
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(sshd)
}

impl Sshd {
    /// The address, good together with [`Sshd::config`].
    #[must_use]
    pub fn address(&self) -> String {
        format!("ssh://{ALIAS}")
    }

    /// A client configuration (`ssh -F`) with which the login works.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    /// A client configuration whose key the server does not accept.
    #[must_use]
    pub fn config_of_a_stranger(&self) -> PathBuf {
        self.write_config("config-stranger", "stranger", "known_hosts")
    }

    /// A client configuration that knows no host key.
    #[must_use]
    pub fn config_without_host_key(&self) -> PathBuf {
        fs::write(self.folder.path().join("known_nobody"), "").expect("a file is written");
        self.write_config("config-nobody", "user", "known_nobody")
    }

    /// A client configuration that knows another host key for this server.
    #[must_use]
    pub fn config_with_another_host_key(&self) -> PathBuf {
        let stranger =
            fs::read_to_string(self.folder.path().join("stranger.pub")).expect("ssh-keygen wrote it");
        let known = format!("[127.0.0.1]:{} {stranger}", self.port);
        fs::write(self.folder.path().join("known_other"), known).expect("a file is written");
        self.write_config("config-other", "user", "known_other")
    }

    /// Ends the server and every connection to it, as if the machine had lost its power.
    pub fn cut(&mut self) {
        let own = self.server.id().to_string();
        let children = fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| {
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            // `pid (name) state parent …`; the name may have spaces.
            let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.to_owned();
            (parent == own).then(|| entry.file_name().to_string_lossy().into_owned())
        });
        let children: Vec<String> = children.collect();
        if !children.is_empty() {
            system::run(Command::new("kill").arg("-9").args(children));
        }
        let _ = self.server.kill();
        let _ = self.server.wait();
    }

    fn write_config(&self, name: &str, key: &str, known: &str) -> PathBuf {
        let path = |name: &str| self.folder.path().join(name);
        let shown = |path: &Path| path.display().to_string();
        let lines = [
            format!("Host {ALIAS}\n  HostName 127.0.0.1\n  Port {}", self.port),
            format!("  IdentityFile {}\n  IdentitiesOnly yes\n  IdentityAgent none", shown(&path(key))),
            format!("  UserKnownHostsFile {}\n  GlobalKnownHostsFile /dev/null", shown(&path(known))),
            "  StrictHostKeyChecking yes\n  UpdateHostKeys no".to_owned(),
        ];
        fs::write(path(name), lines.join("\n") + "\n").expect("a file is written");
        path(name)
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.cut();
    }
}
