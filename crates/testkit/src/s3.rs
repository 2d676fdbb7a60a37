//! An S3 server on loopback, empty at first.

use crate::server::Server;
use crate::{Missing, free_port, system};
use std::path::Path;
use std::process::Command;

/// A running S3 server of one test; its buckets are folders.
#[derive(Debug)]
pub struct S3 {
    url: String,
    access: String,
    secret: String,
    _server: Server,
    folder: tempfile::TempDir,
}

/// An S3 server with one account and no bucket.
///
/// # Errors
/// When it cannot be built here.
pub fn s3() -> Result<S3, Missing> {
    let system = system::up("s3")?;
    let folder = crate::folder::folder();
    std::fs::create_dir(folder.path().join("buckets")).expect("the test's folder is writable");
    let address = format!("127.0.0.1:{}", free_port());
    let (access, secret) = (crate::unique(), crate::unique());
    let mut command = Command::new(system.get("S3_SERVER"));
    command.env("ROOT_ACCESS_KEY", &access).env("ROOT_SECRET_KEY", &secret);
    command.args(["--port", &address, "posix"]).arg(folder.path().join("buckets"));
    let mut server = Server::start("s3", &mut command, folder.path());
    server.listens("the S3 server", &address);
    Ok(S3 { url: format!("http://{address}"), access, secret, _server: server, folder })
}

impl S3 {
    /// The endpoint's address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The account's access key.
    #[must_use]
    pub fn access_key(&self) -> &str {
        &self.access
    }

    /// The account's secret key.
    #[must_use]
    pub fn secret_key(&self) -> &str {
        &self.secret
    }

    /// The folder that holds a folder per bucket.
    #[must_use]
    pub fn folder(&self) -> std::path::PathBuf {
        self.folder.path().join("buckets")
    }

    /// Sends a signed request (region `us-east-1`) and returns the status and the body.
    #[track_caller]
    #[must_use]
    pub fn request(&self, method: &str, path: &str, body: Option<&Path>) -> (u16, String) {
        self.request_as(&self.secret, method, path, body)
    }

    /// The same with another secret key, for what has to be refused.
    #[track_caller]
    #[must_use]
    pub fn request_as(&self, secret: &str, method: &str, path: &str, body: Option<&Path>) -> (u16, String) {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--max-time", "30", "-w", "\n%{http_code}", "--aws-sigv4", "aws:amz:us-east-1:s3"]);
        curl.args(["--user", &format!("{}:{secret}", self.access)]);
        if let Some(body) = body {
            curl.arg("--upload-file").arg(body);
        }
        // What the body is worth is said in a header that S3 wants signed; curl alone leaves it out.
        let sum = system::text(Command::new("sha256sum").arg(body.unwrap_or(Path::new("/dev/null"))));
        let sum = sum.split_whitespace().next().unwrap_or_default();
        curl.args(["-H", &format!("x-amz-content-sha256: {sum}")]);
        let output = system::run(curl.args(["-X", method]).arg(format!("{}{path}", self.url)));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (body, status) = text.rsplit_once('\n').unwrap_or(("", "0"));
        (status.parse().unwrap_or(0), body.to_owned())
    }
}
