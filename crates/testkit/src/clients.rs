//! Certificates for a server on loopback that asks its clients for theirs: one that it knows, and a stranger's.

use crate::tls::Tls;
use std::path::{Path, PathBuf};

/// Files in PEM form, in the folder of the test.
#[derive(Debug)]
pub struct Clients {
    server: Tls,
    known: PathBuf,
    stranger: PathBuf,
    _folder: tempfile::TempDir,
}

/// An authority, a server's certificate and two clients.
#[must_use]
pub fn clients() -> Clients {
    let folder = crate::folder::folder();
    let server = Tls::make(folder.path());
    let known = client(&server, &folder.path().join("client"));
    let other = folder.path().join("other");
    std::fs::create_dir(&other).expect("the test's folder is writable");
    let stranger = client(&Tls::make(&other), &folder.path().join("stranger"));
    // The stranger trusts the server, but is not trusted.
    std::fs::copy(&server.ca, stranger.join("ca.pem")).expect("the test's folder is writable");
    Clients { server, known, stranger, _folder: folder }
}

fn client(tls: &Tls, folder: &Path) -> PathBuf {
    std::fs::create_dir(folder).expect("the test's folder is writable");
    std::fs::copy(&tls.ca, folder.join("ca.pem")).expect("the test's folder is writable");
    tls.sign("/CN=client", "clientAuth", &folder.join("cert.pem"), &folder.join("key.pem"));
    folder.to_path_buf()
}

impl Clients {
    /// The server's files.
    #[must_use]
    pub fn server(&self) -> &Tls {
        &self.server
    }

    /// The folder with `ca.pem`, `cert.pem` and `key.pem` of a client that the authority signed.
    #[must_use]
    pub fn known(&self) -> &Path {
        &self.known
    }

    /// The same of a client that another authority signed.
    #[must_use]
    pub fn stranger(&self) -> &Path {
        &self.stranger
    }
}
