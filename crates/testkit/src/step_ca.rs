//! step-ca: a certificate authority that speaks ACME, as a home's own Let's Encrypt.

use crate::server::Server;
use crate::tls::Tls;
use crate::{Http, Missing, free_port, system};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A running ACME authority of one test.
#[derive(Debug)]
pub struct StepCa {
    http: Http,
    http_port: u16,
    lego: PathBuf,
    root: PathBuf,
    _server: Server,
    folder: tempfile::TempDir,
}

/// An authority with an ACME provisioner called `acme`.
///
/// # Errors
/// When it cannot be built here.
pub fn step_ca() -> Result<StepCa, Missing> {
    let system = system::up("step_ca")?;
    let folder = crate::folder::folder();
    let tls = Tls::make(folder.path());
    let (cert, key) = (folder.path().join("intermediate.pem"), folder.path().join("intermediate.key"));
    tls.sign_authority("/CN=foundry test intermediate", &cert, &key);
    let (port, http_port) = (free_port(), free_port());
    let config = json!({
        "root": tls.ca, "crt": cert, "key": key,
        "address": format!("127.0.0.1:{port}"), "dnsNames": ["localhost", "127.0.0.1"],
        "logger": {"format": "text"},
        "db": {"type": "badgerv2", "dataSource": folder.path().join("db")},
        "authority": {"provisioners": [{"type": "ACME", "name": "acme"}]},
    });
    let file = folder.path().join("ca.json");
    std::fs::write(&file, config.to_string()).expect("the test's folder is writable");
    let mut command = Command::new(system.get("STEP_CA"));
    command
        .env("STEPPATH", folder.path())
        .args(["--insecure", "--acme-http-port", &http_port.to_string()])
        .arg(&file);
    let mut server = Server::start("step-ca", &mut command, folder.path());
    let http =
        Http { url: format!("https://127.0.0.1:{port}"), ca: Some(tls.ca.clone()), headers: Vec::new() };
    server.ready("step-ca", || http.text("GET", "/health", None).0 == 200);
    let lego = PathBuf::from(system.get("LEGO"));
    Ok(StepCa { http, http_port, lego, root: tls.ca, _server: server, folder })
}

impl StepCa {
    /// The authority's HTTPS server.
    #[must_use]
    pub fn http(&self) -> &Http {
        &self.http
    }

    /// The ACME directory's address.
    #[must_use]
    pub fn directory(&self) -> String {
        format!("{}/acme/acme/directory", self.http.url)
    }

    /// The root certificate, which clients must trust.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The port on which the authority looks for an answer to an HTTP challenge (in the world: 80).
    #[must_use]
    pub fn http_port(&self) -> u16 {
        self.http_port
    }

    /// Gets a certificate for a name that leads to this machine; returns the chain's file.
    ///
    /// # Panics
    /// When the authority refuses.
    #[track_caller]
    #[must_use]
    pub fn obtain(&self, name: &str) -> PathBuf {
        let folder = self.folder.path().join("lego");
        let mut command = Command::new(&self.lego);
        command.env("LEGO_CA_CERTIFICATES", &self.root).arg("--path").arg(&folder);
        command.args([
            "--server",
            &self.directory(),
            "--email",
            "admin@home.test",
            "--accept-tos",
            "--domains",
            name,
        ]);
        command.args(["--http", "--http.port", &format!("127.0.0.1:{}", self.http_port), "run"]);
        system::text(&mut command);
        folder.join("certificates").join(format!("{name}.crt"))
    }
}
