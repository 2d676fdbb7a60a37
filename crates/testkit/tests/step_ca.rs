//! step-ca: a certificate over ACME that its root vouches for.

use std::process::Command;

#[test]
fn a_certificate_is_obtained_over_acme() {
    let ca = testkit::need!(testkit::step_ca());
    let (status, directory) = ca.http().json("GET", "/acme/acme/directory", None);
    assert_eq!(status, 200, "{directory}");
    let chain = ca.obtain("localhost");
    let output = Command::new("openssl")
        .args(["verify", "-verify_hostname", "localhost", "-CAfile"])
        .arg(ca.root())
        .arg("-untrusted")
        .args([&chain, &chain])
        .output()
        .expect("openssl");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
