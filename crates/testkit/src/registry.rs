//! An image registry on loopback, empty at first.

use crate::server::Server;
use crate::{Http, Missing, free_port, system};
use serde_json::json;
use std::process::Command;

/// A running registry of one test.
#[derive(Debug)]
pub struct Registry {
    address: String,
    _server: Server,
    _folder: tempfile::TempDir,
}

/// The registry of the distribution. Docker takes loopback registries without TLS as they are.
///
/// # Errors
/// When the package cannot be installed here.
pub fn registry() -> Result<Registry, Missing> {
    let system = system::up("registry")?;
    let folder = crate::folder::folder();
    let address = format!("127.0.0.1:{}", free_port());
    let config = json!({
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": folder.path().join("data")}, "delete": {"enabled": true}},
        "http": {"addr": address},
    });
    let file = folder.path().join("config.yml");
    std::fs::write(&file, config.to_string()).expect("the test's folder is writable");
    let mut server = Server::start(
        "registry",
        Command::new(system.get("REGISTRY")).arg("serve").arg(&file),
        folder.path(),
    );
    server.listens("the registry", &address);
    Ok(Registry { address, _server: server, _folder: folder })
}

impl Registry {
    /// `127.0.0.1:PORT`, the first part of its images' names.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The registry's HTTP API.
    #[must_use]
    pub fn http(&self) -> Http {
        Http::plain(&format!("http://{}", self.address))
    }
}
