//! Host ports: what a service wants, what a container holds, and whether both can be had.

use super::{Container, ContainerState, ObservedPort};
use crate::compose::Service;
use std::collections::BTreeSet;

/// A port on the host; the address `*` is every address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HostPort {
    pub container: u16,
    pub protocol: String,
    pub address: String,
    pub host: u16,
}

impl HostPort {
    /// Whether both cannot be published at once.
    pub fn clashes(&self, other: &HostPort) -> bool {
        let any = |p: &HostPort| p.address == "*";
        let address = any(self) || any(other) || self.address == other.address;
        self.host != 0 && self.host == other.host && self.protocol == other.protocol && address
    }
}

impl std::fmt::Display for HostPort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.address.as_str() {
            "*" => {}
            address if address.contains(':') => write!(f, "[{address}]:")?,
            address => write!(f, "{address}:")?,
        }
        write!(f, "{}", self.host)?;
        if self.protocol == "tcp" { Ok(()) } else { write!(f, "/{}", self.protocol) }
    }
}

fn address(text: &str) -> String {
    if matches!(text, "" | "0.0.0.0" | "::") { "*" } else { text }.to_owned()
}

/// The ports that `service` publishes; `None` when the engine chooses one of them.
pub(super) fn wanted(service: &Service) -> Option<BTreeSet<HostPort>> {
    service
        .ports
        .iter()
        .map(|port| match port.published {
            Some((first, last)) if first == last => Some(HostPort {
                container: port.target,
                protocol: port.protocol.clone(),
                address: address(port.host_ip.as_deref().unwrap_or("")),
                host: first,
            }),
            _ => None,
        })
        .collect()
}

/// The ports that `container` is configured to publish.
pub(super) fn configured(container: &Container) -> BTreeSet<HostPort> {
    let port = |p: &ObservedPort| HostPort {
        container: p.container,
        protocol: p.protocol.clone(),
        address: address(&p.address),
        host: p.host,
    };
    container.ports.iter().map(port).collect()
}

/// The ports that `container` holds now.
pub(super) fn held(container: &Container) -> BTreeSet<HostPort> {
    match container.state {
        ContainerState::Running | ContainerState::Paused | ContainerState::Restarting => {
            configured(container)
        }
        _ => BTreeSet::new(),
    }
}

/// How the ports changed, as causes: `port 3001 → 3100`, `port 53/udp added`.
pub(super) fn changes(old: &BTreeSet<HostPort>, new: &BTreeSet<HostPort>) -> Vec<String> {
    let mut added: Vec<&HostPort> = new.difference(old).collect();
    let mut out = Vec::new();
    for gone in old.difference(new) {
        let same = |p: &&HostPort| p.container == gone.container && p.protocol == gone.protocol;
        match added.iter().position(same) {
            Some(at) => out.push(format!("port {gone} → {}", added.remove(at))),
            None => out.push(format!("port {gone} removed")),
        }
    }
    out.extend(added.into_iter().map(|p| format!("port {p} added")));
    out
}
