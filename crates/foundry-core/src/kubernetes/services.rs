//! How a service is found: Services for its name and aliases, and those that publish ports.

use super::object::{Object, is_name, labels, selector};
use super::unit::Unit;
use crate::compose::Port;
use crate::diag::{Finding, Findings};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// One declared port of a container.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Declared {
    pub port: u16,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
    pub name: String,
    pub app_protocol: Option<String>,
}

/// Every port that the service declares, by `ports` and `expose`, sorted.
pub(super) fn declared(unit: &Unit<'_>) -> Vec<Declared> {
    let mut all: Vec<Declared> = Vec::new();
    let mut add = |port: u16, protocol: &str, name: Option<String>, app: Option<&str>| {
        let protocol = protocol.to_uppercase();
        if all.iter().any(|d| d.port == port && d.protocol == protocol) {
            return;
        }
        let fallback = format!("{}-{port}", protocol.to_lowercase());
        let name = name.filter(|n| is_port_name(n) && !all.iter().any(|d| d.name == *n)).unwrap_or(fallback);
        all.push(Declared { port, protocol, name, app_protocol: app.map(str::to_owned) });
    };
    let configs: Vec<&Value> = unit.items("/ports").collect();
    for (i, port) in unit.service.ports.iter().enumerate() {
        let text = |key: &str| configs.get(i).and_then(|c| c.get(key)).and_then(Value::as_str);
        let name = text("name").map(str::to_owned).or_else(|| registry_name(unit, port));
        add(port.target, &port.protocol, name, text("app_protocol"));
    }
    for line in unit.texts("/expose") {
        let (ports, protocol) = line.split_once('/').unwrap_or((line, "tcp"));
        let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
        if let (Ok(first), Ok(last)) = (first.parse::<u16>(), last.parse::<u16>()) {
            (first..=last).take(100).for_each(|p| add(p, protocol, None, None));
        }
    }
    all.sort();
    all
}

fn is_port_name(name: &str) -> bool {
    is_name(name) && name.len() <= 15 && !name.contains("--")
}

/// The name that `ports.yml` gives the published port.
fn registry_name(unit: &Unit<'_>, port: &Port) -> Option<String> {
    let (published, _) = port.published?;
    let ports = unit.input.registry.ports_of(unit.domain_name())?;
    let found = ports.ports.iter().find(|p| p.binding.is_some_and(|b| b.port == published))?;
    let twice = unit.service.ports.iter().filter(|p| p.published == port.published).count() > 1;
    Some(if twice { format!("{}-{}", found.name.value, port.protocol) } else { found.name.value.clone() })
}

/// `ports` of the container.
pub(super) fn container_ports(unit: &Unit<'_>) -> Value {
    let port = |d: &Declared| json!({"name": d.name, "containerPort": d.port, "protocol": d.protocol});
    declared(unit).iter().map(port).collect()
}

/// Whether the port is meant for others than this machine.
fn is_open(port: &Port) -> bool {
    let loopback = |ip: &str| ip.parse::<std::net::IpAddr>().is_ok_and(|a| a.is_loopback());
    port.published.is_some() && !port.host_ip.as_deref().is_some_and(loopback)
}

/// Ports that are published to the outside: with neither an ingress nor `internal: true` in the domain.
pub(super) fn published<'a>(unit: &Unit<'a>) -> Vec<&'a Port> {
    let internal = unit.domain.record.get("internal") == Some(&Value::Bool(true));
    if internal || unit.text("/network_mode") == Some("host") {
        return Vec::new();
    }
    let by_ingress = super::ingress::targets(unit);
    unit.service.ports.iter().filter(|p| is_open(p) && !by_ingress.contains(&p.target)).collect()
}

/// The Services of a service.
pub(super) fn services(unit: &Unit<'_>, out: &mut Findings) -> Vec<Object> {
    let ports = declared(unit);
    let mut all = Vec::new();
    let (domain, name) = (unit.domain_name(), &unit.service.name);
    let metadata = json!({"labels": labels(domain, name, None)});
    let headless = unit.text("/deploy/endpoint_mode") == Some("dnsrr");
    if !ports.is_empty() {
        for alias in names(unit, out) {
            let ports: Vec<Value> = ports
                .iter()
                .map(|d| json!({"name": d.name, "port": d.port, "targetPort": d.name, "protocol": d.protocol, "appProtocol": d.app_protocol}))
                .collect();
            let spec = json!({"clusterIP": headless.then_some("None"), "selector": selector(domain, name), "ports": ports});
            all.push(Object::new("v1", "Service", &alias, metadata.clone(), json!({"spec": spec})));
        }
    }
    let mut open = Vec::new();
    for port in published(unit) {
        if port.host_ip.as_deref().is_some_and(|ip| !matches!(ip, "0.0.0.0" | "::" | "")) {
            out.push(
                Finding::error(
                    "TRN-003",
                    &port.span,
                    format!("`{name}` publishes on one address of its host, and nodes have others"),
                )
                .help("publish on every address, or say `internal: true` in the domain"),
            );
        }
        let (Some((first, last)), Some(d)) = (
            port.published,
            ports.iter().find(|d| d.port == port.target && d.protocol == port.protocol.to_uppercase()),
        ) else {
            continue;
        };
        if first != last {
            out.push(
                Finding::error(
                    "TRN-003",
                    &port.span,
                    format!("`{name}` publishes one of the ports {first} to {last}"),
                )
                .help("choose one port"),
            );
        }
        open.push(json!({"name": d.name, "port": first, "targetPort": d.name, "protocol": d.protocol}));
    }
    if !open.is_empty() {
        let spec = json!({"type": "LoadBalancer", "selector": selector(domain, name), "ports": open});
        all.push(Object::new("v1", "Service", &format!("{name}-published"), metadata, json!({"spec": spec})));
    }
    all
}

/// Names by which others find the service: its own, the container's, and its aliases.
fn names(unit: &Unit<'_>, out: &mut Findings) -> BTreeSet<String> {
    let service = unit.service;
    let mut all = BTreeSet::from([service.name.clone()]);
    let mut others: Vec<String> = service.container_name.iter().map(|n| n.value.clone()).collect();
    others.extend(service.networks.iter().flat_map(|n| n.aliases.iter().cloned()));
    for other in &unit.project.services {
        let links = other.config.get("links").and_then(Value::as_array).into_iter().flatten();
        others.extend(links.filter_map(Value::as_str).filter_map(|l| {
            l.split_once(':').filter(|(name, _)| *name == service.name).map(|(_, alias)| alias.to_owned())
        }));
    }
    for other in others {
        match is_name(&other) {
            true => _ = all.insert(other),
            false => out.push(
                Finding::error("TRN-004", &service.span, format!("`{other}` cannot name a Service"))
                    .help("use lower case letters, digits and `-`, beginning with a letter"),
            ),
        }
    }
    all
}
