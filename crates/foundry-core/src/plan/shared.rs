//! Networks and volumes: who makes each, how it has to be, and what is in the way.

use super::desired::{Desired, Domain};
use super::{AddressPool, NetworkSpec, Observed, VolumeSpec};
use crate::compose::{Network, Volume};
use crate::diag::{Finding, Findings, Span};
use serde_json::Value;
use std::collections::BTreeMap;

const PROJECT: &str = "com.docker.compose.project";

/// The one that makes the network called `name`: a project that defines it, or the registry.
pub(super) fn spec<'d>(desired: &'d Desired, name: &str) -> Option<(Option<&'d str>, NetworkSpec)> {
    let shared = desired.networks.get(name);
    let owner = shared.and_then(|_| desired.owner(name));
    let definition = definition(desired, name, owner);
    let domain = definition.map(|(domain, ..)| domain.name.as_str()).or(owner);
    let mut spec = match (definition, shared) {
        (None, None) => return None,
        (Some((domain, key, network)), _) => from_project(domain.project_name(), key, network),
        (None, Some(_)) => NetworkSpec { driver: "bridge".to_owned(), ..NetworkSpec::default() },
    };
    spec.name = name.to_owned();
    if let Some(shared) = shared {
        spec.internal |= shared.internal;
        if spec.pools.is_empty() {
            let pool =
                |subnet: &String| AddressPool { subnet: Some(subnet.clone()), ..AddressPool::default() };
            spec.pools = shared.subnet.iter().map(pool).collect();
        }
    }
    let mut marks = desired.marks(domain.unwrap_or_default()).labels();
    marks.retain(|key, _| domain.is_some() || key != "foundry.domain");
    spec.labels.extend(marks);
    Some((domain, spec))
}

/// The project that defines the network itself: the owner's if it does, else the first in order.
fn definition<'d>(
    desired: &'d Desired,
    name: &str,
    owner: Option<&str>,
) -> Option<(&'d Domain, &'d str, &'d Network)> {
    let mut found: Vec<(&Domain, &str, &Network)> = Vec::new();
    for domain in desired.in_order() {
        let Some(project) = &domain.project else { continue };
        let own = project.used_networks().filter(|(_, n)| !n.external && n.name == name);
        found.extend(own.map(|(key, network)| (domain, key.as_str(), network)));
    }
    let owners = found.iter().position(|(domain, ..)| Some(domain.name.as_str()) == owner);
    found.get(owners.unwrap_or(0)).copied()
}

fn from_project(project: &str, key: &str, network: &Network) -> NetworkSpec {
    let config = &network.config;
    let flag = |key: &str| config.get(key) == Some(&Value::Bool(true));
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let pools = config.get("ipam").and_then(|i| i.get("config")).and_then(Value::as_array);
    let pool = |pool: &Value| AddressPool {
        subnet: text(pool, "subnet"),
        gateway: text(pool, "gateway"),
        ip_range: text(pool, "ip_range"),
    };
    let mut labels = pairs(config.get("labels"));
    labels.insert(PROJECT.to_owned(), project.to_owned());
    labels.insert("com.docker.compose.network".to_owned(), key.to_owned());
    NetworkSpec {
        name: network.name.clone(),
        driver: network.driver.clone().unwrap_or_else(|| "bridge".to_owned()),
        options: pairs(config.get("driver_opts")),
        internal: network.internal,
        attachable: flag("attachable"),
        ipv6: flag("enable_ipv6"),
        pools: pools.into_iter().flatten().map(pool).collect(),
        labels,
    }
}

/// How a project's named volume has to be.
pub(super) fn volume_spec(desired: &Desired, domain: &Domain, key: &str, volume: &Volume) -> VolumeSpec {
    let mut labels = pairs(volume.config.get("labels"));
    labels.insert(PROJECT.to_owned(), domain.project_name().to_owned());
    labels.insert("com.docker.compose.volume".to_owned(), key.to_owned());
    labels.extend(desired.marks(&domain.name).labels());
    VolumeSpec {
        name: volume.name.clone(),
        driver: volume.driver.clone().unwrap_or_else(|| "local".to_owned()),
        options: pairs(volume.config.get("driver_opts")),
        labels,
    }
}

fn pairs(value: Option<&Value>) -> BTreeMap<String, String> {
    let entries = value.and_then(Value::as_object).into_iter().flatten();
    entries.filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect()
}

/// Whether the network that is there is the one that is wanted; what differs cannot be changed in place.
pub(super) fn check_network(
    desired: &Desired,
    observed: &Observed,
    spec: &NetworkSpec,
    span: &Span,
    findings: &mut Findings,
) {
    let Some(seen) = observed.networks.iter().find(|n| n.name == spec.name) else { return };
    if desired.ours(&seen.labels) == Some(false) {
        let whose = whose(&seen.labels);
        let message = format!("network {} belongs to {whose}", spec.name);
        findings.push(
            Finding::error("OPS-003", span, message)
                .help("give one of the two another name, or make it `external: true` here"),
        );
        return;
    }
    let mut differs = Vec::new();
    if seen.internal != spec.internal {
        let word = |internal: bool| if internal { "internal" } else { "open" };
        differs.push(format!("is {}, declared {}", word(seen.internal), word(spec.internal)));
    }
    if seen.driver != spec.driver {
        differs.push(format!("has driver {}, declared {}", seen.driver, spec.driver));
    }
    for subnet in spec.pools.iter().filter_map(|p| p.subnet.as_ref()) {
        if !seen.subnets.contains(subnet) {
            differs.push(format!("has subnet {}, declared {subnet}", seen.subnets.join(", ")));
        }
    }
    if !differs.is_empty() {
        let message = format!("network {} {}", spec.name, differs.join("; "));
        let users = users(desired, &spec.name);
        findings.push(
            Finding::warning("OPS-004", span, message)
                .help(format!("run foundry down {users} --with-dependents, then foundry deploy --all")),
        );
    }
}

/// The domains whose services join the network, in order.
fn users(desired: &Desired, network: &str) -> String {
    let joins = |d: &&Domain| d.project.iter().any(|p| p.used_networks().any(|(_, n)| n.name == network));
    let names: Vec<&str> = desired.in_order().into_iter().filter(joins).map(|d| d.name.as_str()).collect();
    names.join(" ")
}

/// `registry home, environment dev`, from the labels of something that is not ours.
pub(super) fn whose(labels: &BTreeMap<String, String>) -> String {
    let label = |key: &str| labels.get(key).map_or("", String::as_str);
    match label("foundry.registry") {
        "" => format!("the Compose project {}", label(PROJECT)),
        registry => format!("registry {registry}, environment {}", label("foundry.environment")),
    }
}
