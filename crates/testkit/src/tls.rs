//! A certificate authority of one test, and a certificate for loopback.

use crate::system;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Files in PEM form, in the folder of the test.
#[derive(Debug, Clone)]
pub struct Tls {
    /// The authority's certificate.
    pub ca: PathBuf,
    /// The authority's key.
    pub ca_key: PathBuf,
    /// A certificate for `localhost`, 127.0.0.1 and 127.0.0.2.
    pub cert: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

impl Tls {
    /// Makes an authority and a server's certificate.
    #[track_caller]
    pub(crate) fn make(folder: &Path) -> Self {
        let tls = Self {
            ca: folder.join("ca.pem"),
            ca_key: folder.join("ca.key"),
            cert: folder.join("server.pem"),
            key: folder.join("server.key"),
        };
        let mut authority = curve(&tls.ca_key);
        authority.args(["-x509", "-days", "30", "-subj", "/CN=foundry test authority", "-out"]).arg(&tls.ca);
        authority.args([
            "-addext",
            "basicConstraints=critical,CA:TRUE",
            "-addext",
            "keyUsage=critical,keyCertSign,cRLSign",
        ]);
        system::text(&mut authority);
        tls.sign("/CN=localhost", "serverAuth,clientAuth", &tls.cert, &tls.key);
        tls
    }

    /// Signs a certificate for loopback with a new key.
    #[track_caller]
    pub(crate) fn sign(&self, subject: &str, usage: &str, cert: &Path, key: &Path) {
        let names = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:127.0.0.2";
        let mut request = curve(key);
        request.args(["-x509", "-days", "30", "-subj", subject, "-addext", names, "-addext"]);
        request
            .arg(format!("extendedKeyUsage={usage}"))
            .args(["-addext", "basicConstraints=critical,CA:FALSE"]);
        request.arg("-CA").arg(&self.ca).arg("-CAkey").arg(&self.ca_key).arg("-out").arg(cert);
        system::text(&mut request);
    }

    /// Signs an authority below this one, with a new key.
    #[track_caller]
    pub(crate) fn sign_authority(&self, subject: &str, cert: &Path, key: &Path) {
        let mut request = curve(key);
        request.args(["-x509", "-days", "30", "-subj", subject]);
        request.args(["-addext", "basicConstraints=critical,CA:TRUE,pathlen:0"]);
        request.args(["-addext", "keyUsage=critical,keyCertSign,cRLSign"]);
        request.arg("-CA").arg(&self.ca).arg("-CAkey").arg(&self.ca_key).arg("-out").arg(cert);
        system::text(&mut request);
    }
}

/// `openssl req` that makes a new key on the P-256 curve.
fn curve(key: &Path) -> Command {
    let mut command = Command::new("openssl");
    command
        .args(["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout"])
        .arg(key);
    command
}
