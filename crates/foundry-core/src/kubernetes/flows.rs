//! Who may reach whom: what relations and shared networks say, service by service.

use super::services::declared;
use super::settings::Settings;
use super::unit::{Input, Unit};
use super::workload::is_init_only;
use crate::compose::Service;
use crate::model::Domain;
use std::collections::BTreeSet;

/// One domain's services of an environment, those with pods of their own.
pub(super) fn units<'a>(input: &'a Input<'a>, settings: &'a Settings, domain: &'a Domain) -> Vec<Unit<'a>> {
    let Some(project) = input.projects.get(&domain.name.value) else { return Vec::new() };
    let unit = |service| Unit { input, settings, domain, project, service };
    project.services.iter().map(unit).filter(|unit| !is_init_only(unit)).collect()
}

/// Whether the relations say that `from` reaches `to`.
pub(super) fn is_declared(from: &Domain, to: &Domain) -> bool {
    let names = |list: &[crate::diag::Spanned<String>], other: &Domain| {
        list.iter().any(|n| n.value == other.name.value)
    };
    from.name.value != to.name.value
        && (names(&from.requires, to) || names(&from.consumes, to) || names(&to.exposes_to, from))
}

/// The domains that `domain` has a declared flow with: `(others that reach it, others that it reaches)`.
pub(super) fn partners<'a>(input: &Input<'a>, domain: &Domain) -> (Vec<&'a Domain>, Vec<&'a Domain>) {
    let all = || input.registry.deployed_in(&input.environment.name);
    (
        all().filter(|other| is_declared(other, domain)).collect(),
        all().filter(|other| is_declared(domain, other)).collect(),
    )
}

/// Pairs of services, one of each list, that share a network on the host; where none do, everybody with everybody:
/// the relation is declared, and they meet over published ports in Compose.
pub(super) fn pairs<'u, 'a>(from: &'u [Unit<'a>], to: &'u [Unit<'a>]) -> Vec<(&'u Unit<'a>, &'u Unit<'a>)> {
    let every = || from.iter().flat_map(|f| to.iter().map(move |t| (f, t)));
    let open =
        |(f, t): &(&Unit<'_>, &Unit<'_>)| has_policies(f) && has_policies(t) && !declared(t).is_empty();
    let shared: Vec<_> = every().filter(|(f, t)| share_a_network(f, t)).filter(open).collect();
    if shared.is_empty() { every().filter(open).collect() } else { shared }
}

/// Whether pods of the two meet on a network, by its name on the host.
pub(super) fn share_a_network(one: &Unit<'_>, other: &Unit<'_>) -> bool {
    !networks(one).is_disjoint(&networks(other))
}

/// Whether policies apply to its pods: not on the network of the node, and not without any.
pub(super) fn has_policies(unit: &Unit<'_>) -> bool {
    !matches!(unit.text("/network_mode"), Some("host" | "none"))
}

/// Whether its pods may reach what is outside of the cluster.
pub(super) fn reaches_outside(unit: &Unit<'_>) -> bool {
    let keys = services_in_pod(unit).flat_map(|s| s.networks.iter().map(|n| &n.network));
    let named = |key: &String| unit.project.networks.get(key);
    let declared = |name: &str| unit.input.registry.networks.iter().find(|n| n.name.value == name);
    unit.text("/network_mode") == Some("bridge")
        || keys.filter_map(named).any(|n| !n.internal && !declared(&n.name).is_some_and(|d| d.internal))
}

fn networks(unit: &Unit<'_>) -> BTreeSet<String> {
    let attached = services_in_pod(unit).flat_map(|s| &s.networks);
    attached.filter_map(|n| Some(unit.project.networks.get(&n.network)?.name.clone())).collect()
}

/// The service, and those that run before it in its pods.
fn services_in_pod<'a>(unit: &Unit<'a>) -> impl Iterator<Item = &'a Service> {
    let project = unit.project;
    let before = unit.service.depends_on.iter().filter(|d| d.condition == "service_completed_successfully");
    std::iter::once(unit.service).chain(before.filter_map(|d| project.service(&d.service)))
}
