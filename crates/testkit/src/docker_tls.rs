//! A Docker Engine of one test that listens on loopback with TLS and asks for a client's certificate.

use crate::server::Server;
use crate::tls::Tls;
use crate::{Missing, free_port};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A running engine. It has no bridge and no images: it is there to be asked.
#[derive(Debug)]
pub struct DockerOverTls {
    address: String,
    certificates: PathBuf,
    stranger: PathBuf,
    _server: Server,
    folder: tempfile::TempDir,
}

/// An engine of its own beside the machine's.
///
/// # Errors
/// When Docker cannot be had here.
pub fn docker_over_tls() -> Result<DockerOverTls, Missing> {
    crate::docker()?;
    let folder = crate::folder::folder();
    let tls = Tls::make(folder.path());
    let address = format!("127.0.0.1:{}", free_port());
    let at = |name: &str| folder.path().join(name);
    let mut command = Command::new("dockerd");
    for (option, value) in [
        ("--data-root", at("data")),
        ("--exec-root", at("exec")),
        ("--pidfile", at("dockerd.pid")),
        ("--config-file", at("daemon.json")),
        ("--tlscacert", tls.ca.clone()),
        ("--tlscert", tls.cert.clone()),
        ("--tlskey", tls.key.clone()),
    ] {
        command.arg(option).arg(value);
    }
    std::fs::write(at("daemon.json"), "{}").expect("the test's folder is writable");
    command.args(["--tlsverify", "--bridge=none", "--iptables=false", "--host", &format!("tcp://{address}")]);
    let mut server = Server::start("dockerd", &mut command, folder.path());
    server.listens("the engine", &address);
    let certificates = client(&tls, &at("client"));
    let other = at("other");
    std::fs::create_dir(&other).expect("the test's folder is writable");
    let stranger = client(&Tls::make(&other), &at("stranger"));
    // The stranger trusts the engine, but is not trusted.
    std::fs::copy(&tls.ca, stranger.join("ca.pem")).expect("the test's folder is writable");
    Ok(DockerOverTls { address, certificates, stranger, _server: server, folder })
}

fn client(tls: &Tls, folder: &Path) -> PathBuf {
    std::fs::create_dir(folder).expect("the test's folder is writable");
    std::fs::copy(&tls.ca, folder.join("ca.pem")).expect("the test's folder is writable");
    tls.sign("/CN=client", "clientAuth", &folder.join("cert.pem"), &folder.join("key.pem"));
    folder.to_path_buf()
}

impl Drop for DockerOverTls {
    /// Asked to end, it takes its own containerd and mounts with it.
    fn drop(&mut self) {
        let file = self.folder.path().join("dockerd.pid");
        let Ok(pid) = std::fs::read_to_string(&file) else { return };
        let _ = Command::new("kill").args(["-TERM", pid.trim()]).status();
        for _ in 0..100 {
            if !file.exists() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
    }
}

impl DockerOverTls {
    /// `127.0.0.1:PORT`
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The folder with `ca.pem`, `cert.pem` and `key.pem` of a client that the engine knows.
    #[must_use]
    pub fn certificates(&self) -> &Path {
        &self.certificates
    }

    /// The same of a client that another authority signed.
    #[must_use]
    pub fn certificates_of_a_stranger(&self) -> &Path {
        &self.stranger
    }
}
