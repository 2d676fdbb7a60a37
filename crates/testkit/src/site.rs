//! A second Incus, inside a host of the first: another site with its own pool, bridge and certificate.

use crate::{Host, Hosts, Missing};

/// A running second Incus of one test.
#[derive(Debug)]
pub struct Site {
    hosts: Hosts,
}

/// What `incus admin init` is told inside; the bridge's network is another than the first site's.
const PRESEED: &str = "config: {core.https_address: \":8443\"}
storage_pools: [{name: default, driver: dir}]
networks: [{name: br0, type: bridge, config: {ipv4.address: 10.80.0.1/24, ipv4.nat: \"true\", ipv6.address: none}}]
profiles:
- name: default
  devices: {root: {type: disk, path: /, pool: default}, eth0: {type: nic, name: eth0, network: br0}}
";

/// An Incus of its own on a host of its own.
///
/// # Errors
/// When Incus cannot be had here.
pub fn incus_site() -> Result<Site, Missing> {
    let site = Site { hosts: Hosts::launch(1, "IMAGE_INCUS")? };
    site.host().inside("systemctl start incus && incus admin waitready --timeout 60");
    site.host().inside(&format!("incus admin init --preseed <<'END'\n{PRESEED}END"));
    Ok(site)
}

impl Site {
    /// The host that the site runs on; cutting it off cuts off the site.
    ///
    /// # Panics
    /// Never: a site has exactly one host.
    #[must_use]
    pub fn host(&self) -> &Host {
        self.hosts.first().expect("one host")
    }

    /// The site's HTTPS address, `ADDRESS:8443`.
    #[must_use]
    pub fn https(&self) -> String {
        format!("{}:8443", self.host().address())
    }

    /// A token that one client may use once to make its certificate trusted.
    #[must_use]
    pub fn trust_token(&self) -> String {
        self.host().inside(&format!("incus config trust add {} -q", crate::unique()))
    }
}
