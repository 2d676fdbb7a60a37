//! REG-009: the tunnel can reach what is placed behind it.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity};
use crate::model::{Domain, Placement, Registry};
use std::collections::HashSet;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "REG-009",
    severity: Severity::Warning,
    phase: Phase::Graph,
    title: "a domain placed behind the tunnel shares a network with it",
    why: "The tunnel's connector reaches services by their names on a network that both are on. Without one, the \
          public name answers with an error. The tunnel is the domain with `tunnel` in its name, or else whoever \
          the domain exposes itself to.",
    fix: "add the tunnel's network to the domain's `networks`",
    bad: "\
-- config-registry/env/domains.yml --
domains:
  - name: forgejo
#         ^^^^^^^ warning REG-009: `forgejo` is placed behind the tunnel, and shares no network with `tunnel`
    placement: tunnel
    exposes_to: [tunnel]
    networks: [forgejo-network]
  - name: tunnel
    consumes: [forgejo]
",
    good: "\
-- config-registry/env/domains.yml --
domains:
  - name: forgejo
    placement: tunnel
    exposes_to: [tunnel]
    networks: [tunnel-network]
  - name: tunnel
    consumes: [forgejo]
",
}];

pub(super) fn check(registry: &Registry, out: &mut Findings) {
    let tunnels: Vec<&Domain> = registry
        .domains
        .iter()
        .filter(|d| d.name.value.split(['-', '_']).any(|word| word == "tunnel"))
        .collect();
    let reached: HashSet<String> = tunnels.iter().flat_map(|d| d.network_names()).collect();
    for domain in registry.domains.iter().filter(|d| d.placement == Placement::Tunnel) {
        let networks = domain.network_names();
        let shared = if tunnels.is_empty() {
            let guests = domain.exposes_to.iter().filter_map(|name| registry.domain(name));
            guests.flat_map(|guest| guest.network_names()).any(|n| networks.contains(&n))
        } else {
            networks.iter().any(|n| reached.contains(n))
        };
        if shared {
            continue;
        }
        let name = &domain.name.value;
        let (message, help) = match tunnels.first() {
            Some(tunnel) => (
                format!(
                    "`{name}` is placed behind the tunnel, and shares no network with `{}`",
                    tunnel.name.value
                ),
                format!("add `{}-network` to `networks` of `{name}`", tunnel.name.value),
            ),
            None => (
                format!("`{name}` is placed behind a tunnel, and shares no network with one"),
                "add the tunnel's domain to `exposes_to`, and one of its networks to `networks`".to_owned(),
            ),
        };
        out.push(Finding::warning("REG-009", &domain.name.span, message).help(help));
    }
}
