//! OpenBAO with TLS on: uninitialised, sealed, unsealed, or in its development mode.

use crate::server::Server;
use crate::tls::Tls;
use crate::{Http, Missing, free_port, system};
use serde_json::json;
use std::path::Path;
use std::process::Command;

/// A running OpenBAO server of one test.
#[derive(Debug)]
pub struct OpenBao {
    http: Http,
    keys: Vec<String>,
    token: String,
    program: String,
    _server: Server,
    _folder: tempfile::TempDir,
}

/// A server that is initialised and unsealed, with its root token.
///
/// # Errors
/// When OpenBAO cannot be built here.
pub fn openbao() -> Result<OpenBao, Missing> {
    let mut bao = openbao_uninitialised()?;
    bao.initialise();
    bao.unseal();
    Ok(bao)
}

/// A server that is initialised (3 keys, 2 of which unseal) and still sealed.
///
/// # Errors
/// When OpenBAO cannot be built here.
pub fn openbao_sealed() -> Result<OpenBao, Missing> {
    let mut bao = openbao_uninitialised()?;
    bao.initialise();
    Ok(bao)
}

/// A server that nobody has initialised.
///
/// # Errors
/// When OpenBAO cannot be built here.
pub fn openbao_uninitialised() -> Result<OpenBao, Missing> {
    start(|folder, address, tls| {
        let config = json!({
            "storage": {"file": {"path": folder.join("data")}},
            "listener": [{"tcp": {"address": address, "tls_cert_file": tls.cert, "tls_key_file": tls.key}}],
            "api_addr": format!("https://{address}"),
            "disable_mlock": true,
        });
        let file = folder.join("bao.json");
        std::fs::write(&file, config.to_string()).expect("the test's folder is writable");
        vec!["server".to_owned(), format!("-config={}", file.display())]
    })
}

/// A server in development mode: in memory, unsealed, a KV v2 store at `secret/`, the root token `root`; without TLS.
///
/// # Errors
/// When OpenBAO cannot be built here.
pub fn openbao_dev() -> Result<OpenBao, Missing> {
    let mut bao = start(|_, address, _| {
        let args = ["server", "-dev", "-dev-no-store-token", "-dev-root-token-id=root"];
        args.iter().map(|&arg| arg.to_owned()).chain([format!("-dev-listen-address={address}")]).collect()
    })?;
    "root".clone_into(&mut bao.token);
    Ok(bao)
}

fn start(args: impl FnOnce(&Path, &str, &Tls) -> Vec<String>) -> Result<OpenBao, Missing> {
    let system = system::up("openbao")?;
    let folder = crate::folder::folder();
    let tls = Tls::make(folder.path());
    let address = format!("127.0.0.1:{}", free_port());
    let args = args(folder.path(), &address, &tls);
    let program = system.get("BAO").to_owned();
    let dev = args.iter().any(|arg| arg == "-dev");
    let mut server = Server::start("openbao", Command::new(&program).args(&args), folder.path());
    let http = Http {
        url: if dev { format!("http://{address}") } else { format!("https://{address}") },
        ca: (!dev).then_some(tls.ca),
        headers: Vec::new(),
    };
    server.ready("OpenBAO", || http.text("GET", "/v1/sys/seal-status", None).0 == 200);
    Ok(OpenBao { http, keys: Vec::new(), token: String::new(), program, _server: server, _folder: folder })
}

impl OpenBao {
    /// The server's address, as `BAO_ADDR` wants it.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.http.url
    }

    /// The certificate authority's file, as `BAO_CACERT` wants it; none in development mode.
    #[must_use]
    pub fn ca(&self) -> Option<&Path> {
        self.http.ca.as_deref()
    }

    /// The root token; empty before initialisation.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The unseal keys, two of which are needed; empty before initialisation.
    #[must_use]
    pub fn keys(&self) -> &[String] {
        &self.keys
    }

    /// The `bao` program, which is client and server in one.
    #[must_use]
    pub fn program(&self) -> &Path {
        Path::new(&self.program)
    }

    /// The API without a token.
    #[must_use]
    pub fn anonymous(&self) -> &Http {
        &self.http
    }

    /// The API with the root token.
    #[must_use]
    pub fn root(&self) -> Http {
        self.http.with(&format!("X-Vault-Token: {}", self.token))
    }

    /// Initialises the server and keeps its keys and token.
    ///
    /// # Panics
    /// When the server refuses, as it does the second time.
    pub fn initialise(&mut self) {
        let body = json!({"secret_shares": 3, "secret_threshold": 2});
        let (status, answer) = self.http.json("PUT", "/v1/sys/init", Some(&body));
        assert_eq!(status, 200, "{answer}");
        answer["root_token"].as_str().unwrap_or_default().clone_into(&mut self.token);
        let keys = answer["keys_base64"].as_array().into_iter().flatten();
        self.keys = keys.filter_map(|key| key.as_str()).map(str::to_owned).collect();
    }

    /// Unseals the server with two of its keys and waits until it is active.
    ///
    /// # Panics
    /// When the keys do not fit.
    pub fn unseal(&self) {
        for key in self.keys.iter().take(2) {
            let (status, answer) = self.http.json("PUT", "/v1/sys/unseal", Some(&json!({"key": key})));
            assert_eq!(status, 200, "{answer}");
        }
        crate::wait::until("an active OpenBAO", 30, || {
            self.http.text("GET", "/v1/sys/health", None).0 == 200
        });
    }

    /// Seals the server, as a restart does.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn seal(&self) {
        assert_eq!(self.root().text("PUT", "/v1/sys/seal", None).0, 204);
    }
}
