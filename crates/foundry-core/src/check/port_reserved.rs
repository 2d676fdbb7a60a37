//! PORT-007: a port that the host itself is likely to use.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity};
use crate::model::{Placement, Registry};

pub(super) const RULES: &[Rule] = &[Rule {
    id: "PORT-007",
    severity: Severity::Warning,
    phase: Phase::Registry,
    title: "a port is none that the host uses itself",
    why: "Linux takes ports 32768 to 60999 for outgoing connections, so binding one of them fails now and then. 22 \
          belongs to the host's SSH server. 53 on every address fails on hosts whose resolver listens on a loopback \
          address (this one is only a note: a DNS server has to be there).",
    fix: "choose a port below 32768 that nothing on the host uses",
    bad: "\
-- config-registry/env/domains.yml --
domains:
  - name: forgejo
-- config-registry/env/ports.yml --
forgejo: {ssh: 22, http: 40000}
#              ^^ warning PORT-007: port 22 belongs to the host's SSH server
#                        ^^^^^ warning PORT-007: port 40000 is one that Linux gives to outgoing connections
",
    good: "\
-- config-registry/env/domains.yml --
domains:
  - name: forgejo
-- config-registry/env/ports.yml --
forgejo: {ssh: 2222, http: 3001}
",
}];

/// First and last of Linux's default range, from `net.ipv4.ip_local_port_range`.
const EPHEMERAL: std::ops::RangeInclusive<u16> = 32768..=60999;

pub(super) fn check(registry: &Registry, out: &mut Findings) {
    for ports in &registry.ports {
        if registry.domain(&ports.domain).is_some_and(|d| d.placement == Placement::External) {
            continue;
        }
        for port in &ports.ports {
            let Some(binding) = port.binding else { continue };
            let number = binding.port;
            let everywhere = binding.address.is_none_or(|a| a.is_unspecified());
            let (severity, message, help) = match number {
                22 if everywhere => (
                    Severity::Warning,
                    "port 22 belongs to the host's SSH server".to_owned(),
                    "choose another port, such as 2222, or bind an address that SSH leaves free",
                ),
                53 if everywhere => (
                    Severity::Info,
                    "port 53 on every address is taken where the host's resolver listens on loopback"
                        .to_owned(),
                    "bind the host's own address (\"192.0.2.10:53/tcp+udp\"), or switch the host's stub resolver off",
                ),
                n if EPHEMERAL.contains(&n) => (
                    Severity::Warning,
                    format!("port {n} is one that Linux gives to outgoing connections"),
                    "choose a port below 32768",
                ),
                _ => continue,
            };
            out.push(Finding::new("PORT-007", severity, Some(port.span.clone()), message).help(help));
        }
    }
}
