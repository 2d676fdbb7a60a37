//! Incus: a client becomes trusted with a token, and what a project made goes with it.

use std::process::Command;

fn client(incus: &testkit::Incus, args: &[&str]) -> String {
    let output = Command::new("incus").env("INCUS_CONF", incus.client()).args(args).output().expect("incus");
    assert!(output.status.success(), "incus {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[test]
fn a_trusted_client_makes_a_volume_over_https() {
    let incus = testkit::need!(testkit::incus());
    let address = format!("https://{}", incus.https());
    client(
        &incus,
        &["remote", "add", "site", &address, "--accept-certificate", "--token", &incus.trust_token()],
    );
    client(&incus, &["storage", "volume", "create", "site:default", "data", "--project", incus.project()]);
    let listed = client(
        &incus,
        &["storage", "volume", "list", "site:default", "--project", incus.project(), "-f", "csv"],
    );
    assert!(listed.contains("custom,data"), "{listed}");
}

#[test]
fn a_network_and_its_project_are_gone_at_the_end() {
    let incus = testkit::need!(testkit::incus());
    let managed = incus.query("/1.0/networks").to_string();
    assert_eq!(incus.bridges().iter().filter(|&bridge| managed.contains(bridge)).count(), 3);
    let (project, network) = (incus.project().to_owned(), format!("{}b", incus.project()));
    incus.run(&["network", "create", &network, "ipv4.address=10.78.9.1/24", "ipv6.address=none"]);
    assert!(incus.query("/1.0/networks").to_string().contains(&network));
    drop(incus);
    let after = testkit::need!(testkit::incus());
    assert!(!after.query("/1.0/networks").to_string().contains(&network));
    assert!(!after.query("/1.0/projects").to_string().contains(&format!("{project}\"")));
}

#[test]
fn a_second_site_is_another_server() {
    let first = testkit::need!(testkit::incus());
    let site = testkit::need!(testkit::incus_site());
    for (name, address, token) in [
        ("first", first.https().to_owned(), first.trust_token()),
        ("second", site.https(), site.trust_token()),
    ] {
        let address = format!("https://{address}");
        client(&first, &["remote", "add", name, &address, "--accept-certificate", "--token", &token]);
    }
    client(&first, &["network", "create", "second:br7", "ipv4.address=10.81.0.1/24", "ipv6.address=none"]);
    assert!(client(&first, &["network", "list", "second:", "-f", "csv"]).contains("br7"));
    assert!(!client(&first, &["network", "list", "first:", "-f", "csv"]).contains("br7"));
}
