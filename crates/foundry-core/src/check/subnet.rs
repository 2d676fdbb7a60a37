//! NET-001 and NET-005: subnets are private and do not overlap.

use super::{Phase, Rendered, Rule};
use crate::compose::Project;
use crate::diag::{Finding, Findings, Severity, Span, Spanned};
use crate::model::Registry;
use ipnet::IpNet;
use std::collections::HashSet;
use std::net::IpAddr;

pub(super) const PRIVATE: &[Rule] = &[Rule {
    id: "NET-001",
    severity: Severity::Error,
    phase: Phase::Rendered,
    title: "a subnet is private",
    why: "A network of containers with public addresses hides the part of the internet that really has them. \
              Private are 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10 (carrier-grade NAT) and fc00::/7. \
              What the registry declares is checked in the registry phase, what a rendered file defines after \
              rendering.",
    fix: "choose a subnet of one of the private ranges",
    bad: "\
-- config-registry/env/domains.yml --
domains: []
-- config-registry/env/networks.yml --
networks:
  adblocker: {subnet: 172.81.0.0/24}
#                     ^^^^^^^^^^^^^ error NET-001: 172.81.0.0/24 is not private
  lab: {subnet: 10.0.0.300/24}
#               ^^^^^^^^^^^^^ error NET-001: `10.0.0.300/24` is no subnet
",
    good: "\
-- config-registry/env/domains.yml --
domains: []
-- config-registry/env/networks.yml --
networks:
  adblocker: {subnet: 172.30.53.0/24, gateway: 172.30.53.1}
",
}];

pub(super) const OVERLAP: &[Rule] = &[
    Rule {
        id: "NET-005",
        severity: Severity::Error,
        phase: Phase::Rendered,
        title: "subnets do not overlap",
        why: "Docker refuses a second network with overlapping addresses, and its own default bridge already has \
              172.17.0.0/16. What the registry declares is checked in the registry phase, what rendered files define \
              after rendering.",
        fix: "give one of the two another subnet",
        bad: "\
-- config-registry/env/domains.yml --
domains: []
-- config-registry/env/networks.yml --
networks:
  front: {subnet: 10.20.0.0/16}
  back: {subnet: 10.20.1.0/24}
#                ^^^^^^^^^^^^ error NET-005: 10.20.1.0/24 of `back` overlaps 10.20.0.0/16 of `front`
  lab: {subnet: 172.17.4.0/24}
#               ^^^^^^^^^^^^^ error NET-005: 172.17.4.0/24 of `lab` overlaps 172.17.0.0/16 of Docker's default bridge
",
        good: "\
-- config-registry/env/domains.yml --
domains: []
-- config-registry/env/networks.yml --
networks:
  front: {subnet: 10.20.0.0/24}
  back: {subnet: 10.20.1.0/24}
",
    },
];

/// Private ranges: RFC 1918, RFC 6598 and RFC 4193.
const PRIVATE_RANGES: [&str; 5] =
    ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"];

/// What Docker's default bridge has unless its daemon is told otherwise.
const DEFAULT_BRIDGE: &str = "172.17.0.0/16";

/// A subnet that somebody wants.
pub(super) struct Claim {
    /// Name of the network on the host.
    pub(super) network: String,
    /// The subnet.
    pub(super) net: IpNet,
    /// Where it is written; `None` for the default bridge.
    pub(super) span: Option<Span>,
}

pub(super) fn declared(registry: &Registry, out: &mut Findings) {
    let claims = claims_of(registry, out);
    overlaps(claims, out);
}

fn claims_of(registry: &Registry, out: &mut Findings) -> Vec<Claim> {
    let mut claims = Vec::new();
    for network in &registry.networks {
        let Some(subnet) = &network.subnet else { continue };
        let Some(claim) = read(&network.name, subnet, out) else { continue };
        if let Some(gateway) = &network.gateway {
            match gateway.parse::<IpAddr>() {
                Ok(address) if claim.net.contains(&address) => {}
                _ => out.push(
                    Finding::error(
                        "NET-001",
                        &gateway.span,
                        format!("`{}` is no address in {}", gateway.value, claim.net),
                    )
                    .label(&subnet.span, "the subnet")
                    .help("write an address of the subnet, or remove the gateway"),
                ),
            }
        }
        claims.push(claim);
    }
    claims
}

/// The subnet, when it is one; NET-001 where it is none, or not private.
pub(super) fn read(network: &str, subnet: &Spanned<String>, out: &mut Findings) -> Option<Claim> {
    if subnet.value.contains("${") {
        return None;
    }
    let Ok(net) = subnet.value.parse::<IpNet>() else {
        let finding = Finding::error("NET-001", &subnet.span, format!("`{}` is no subnet", subnet.value));
        out.push(finding.help("write it as 10.20.1.0/24"));
        return None;
    };
    let private = PRIVATE_RANGES.iter().filter_map(|p| p.parse::<IpNet>().ok());
    if !private.into_iter().any(|range| range.contains(&net)) {
        let finding = Finding::error("NET-001", &subnet.span, format!("{net} is not private"));
        out.push(
            finding
                .help("choose one of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10 or fc00::/7"),
        );
    }
    Some(Claim { network: network.to_owned(), net, span: Some(subnet.span.clone()) })
}

/// NET-005 for each claim that overlaps an earlier address range: sorted by address, so that a sweep finds all.
pub(super) fn overlaps(mut claims: Vec<Claim>, out: &mut Findings) {
    if let Ok(net) = DEFAULT_BRIDGE.parse() {
        claims.push(Claim { network: "Docker's default bridge".to_owned(), net, span: None });
    }
    // Of two that begin together the wider one, then Docker's, then the one written first is the owner.
    claims.sort_by_key(|c| (c.net.network(), c.net.prefix_len(), c.span.clone()));
    let mut widest: Option<&Claim> = None;
    for claim in &claims {
        match widest {
            Some(owner) if owner.net.contains(&claim.net) && owner.network != claim.network => {
                report(owner, claim, out);
            }
            Some(owner) if owner.net.contains(&claim.net) => {}
            _ => widest = Some(claim),
        }
    }
}

fn report(owner: &Claim, claim: &Claim, out: &mut Findings) {
    let later = match (&owner.span, &claim.span) {
        (Some(a), Some(b)) if a > b => (claim, owner),
        (_, None) => (claim, owner),
        _ => (owner, claim),
    };
    let (first, second) = later;
    let Some(span) = &second.span else { return };
    let quoted = |c: &Claim| if c.span.is_some() { format!("`{}`", c.network) } else { c.network.clone() };
    let message = format!("{} of {} overlaps {} of {}", second.net, quoted(second), first.net, quoted(first));
    let mut finding = Finding::error("NET-005", span, message).help("give one of the two another subnet");
    if let Some(first_span) = &first.span {
        finding = finding.label(first_span, quoted(first));
    }
    out.push(finding);
}

/// NET-001 and NET-005 for the networks that rendered files define, beside the declared ones.
pub(super) fn rendered(input: &Rendered<'_>, out: &mut Findings) {
    let mut claims = claims_of(input.registry, &mut Findings::new());
    for project in input.projects.values() {
        for (key, network) in project.networks.iter().filter(|(_, n)| !n.external) {
            for subnet in &network.subnets {
                let written = Spanned::new(subnet.value.clone(), place(project, key, subnet));
                claims.extend(read(&network.name, &written, out));
            }
        }
    }
    let mut found = Findings::new();
    overlaps(claims, &mut found);
    // Two declared ones are a finding of the registry phase.
    let of_files: HashSet<&str> = input.projects.values().map(|p| p.file.as_ref()).collect();
    found.retain(|f| f.span.as_ref().is_some_and(|s| of_files.contains(s.file.as_ref())));
    out.extend(found);
}

/// Where a network's subnet is written, else where the network is.
fn place(project: &Project, network: &str, subnet: &Spanned<String>) -> Span {
    let config = project.node.get("networks").and_then(|n| n.get(network)).and_then(|n| n.get("ipam"));
    let pools = config.and_then(|n| n.get("config")).map(|n| n.items()).unwrap_or_default();
    let written = pools.iter().filter_map(|pool| pool.get("subnet"));
    let same = written.into_iter().find(|node| node.text() == Some(subnet.value.as_str()));
    same.map_or_else(|| subnet.span.clone(), |node| node.span.clone())
}
