//! What a new domain changes in the registry's YAML files: its record, the relations of others, networks and ports.

use super::{Change, Component, Wish, written};
use crate::model::Registry;
use serde_json::{Map, Value};

/// The changes for one new domain, by file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Addition {
    /// In `domains.yml`.
    pub domains: Vec<Change>,
    /// In `networks.yml`.
    pub networks: Vec<Change>,
    /// In `ports.yml`.
    pub ports: Vec<Change>,
}

/// What adding `name` changes. Relations are made with the domains that are there; `component_of` knows those of the
/// others, so that the order of adding does not matter.
///
/// # Errors
/// When no port is free.
pub fn addition(
    registry: &Registry,
    name: &str,
    component: &Component,
    environments: &[String],
    component_of: &dyn Fn(&str) -> Option<Component>,
) -> Result<Addition, String> {
    let mut addition = Addition::default();
    let there = |other: &str| registry.domain(other).is_some();
    let exposed: Vec<&str> = component.names("exposes_to").into_iter().filter(|other| there(other)).collect();
    let others = registry.domains.iter().map(|d| d.name.value.as_str());
    let consumed: Vec<&str> = others
        .filter(|other| component_of(other).is_some_and(|c| c.names("exposes_to").contains(&name)))
        .collect();
    let joined: Vec<String> =
        exposed.iter().copied().chain(component.names("requires")).map(|o| format!("{o}-network")).collect();
    let record = record(
        name,
        component,
        environments,
        [("exposes_to", &exposed[..]), ("consumes", &consumed[..])],
        &joined,
    );
    for (position, other) in registry.domains.iter().enumerate() {
        let at = |key: &str| Change::path(["domains", &position.to_string(), key]);
        let lacks = |list: &[crate::diag::Spanned<String>], what: &str| !list.iter().any(|n| n.value == what);
        if exposed.contains(&other.name.value.as_str()) && lacks(&other.consumes, name) {
            addition.domains.push(Change::Append(at("consumes"), name.into()));
        }
        let required = component.names("requires").contains(&other.name.value.as_str());
        if required && lacks(&other.exposes_to, name) {
            addition.domains.push(Change::Append(at("exposes_to"), name.into()));
        }
        if consumed.contains(&other.name.value.as_str()) {
            if !required && lacks(&other.exposes_to, name) {
                addition.domains.push(Change::Append(at("exposes_to"), name.into()));
            }
            if lacks(&other.networks, &format!("{name}-network")) {
                addition.domains.push(Change::Append(at("networks"), format!("{name}-network").into()));
            }
        }
    }
    addition.domains.push(Change::Append(Change::path(["domains"]), Value::Object(record)));
    let own = format!("{name}-network");
    let mut wanted = component.networks.clone();
    wanted.entry(own).or_insert_with(|| Value::Object(Map::new()));
    for (network, value) in wanted {
        if !registry.networks.iter().any(|n| n.name.value == network) {
            addition.networks.push(Change::Set(Change::path(["networks", &network]), value));
        }
    }
    addition.ports = ports(registry, name, component)?;
    Ok(addition)
}

fn record(
    name: &str,
    component: &Component,
    environments: &[String],
    relations: [(&str, &[&str]); 2],
    networks: &[String],
) -> Map<String, Value> {
    let mut record = Map::new();
    record.insert("name".to_owned(), name.into());
    let list = |names: Vec<String>| Value::Array(names.into_iter().map(Value::String).collect());
    for key in ["description", "placement", "standalone", "requires"] {
        record.extend(component.record.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    for (key, names) in relations {
        if !names.is_empty() {
            record.insert(key.to_owned(), list(names.iter().map(|n| (*n).to_owned()).collect()));
        }
    }
    if !networks.is_empty() {
        record.insert("networks".to_owned(), list(networks.to_vec()));
    }
    if !environments.is_empty() {
        record.insert("environments".to_owned(), list(environments.to_vec()));
    }
    for (key, value) in &component.record {
        if key != "exposes_to" && !record.contains_key(key) {
            record.insert(key.clone(), value.clone());
        }
    }
    record
}

fn ports(registry: &Registry, name: &str, component: &Component) -> Result<Vec<Change>, String> {
    let mut taken = registry.ports.clone();
    let mut changes = Vec::new();
    for (port, wish) in &component.ports {
        let old = registry.ports_of(name).is_some_and(|p| p.ports.iter().any(|p| p.name.value == *port));
        if old {
            continue;
        }
        let granted = Wish::parse(wish)?.grant(&taken).ok_or("no port from 3000 to 65535 is free")?;
        let span = crate::diag::Span::file(std::sync::Arc::from(""));
        let spanned = |text: &str| crate::diag::Spanned::new(text.to_owned(), span.clone());
        let held = crate::model::Port {
            name: spanned(port),
            binding: Some(granted),
            text: String::new(),
            is_integer: false,
            span: span.clone(),
        };
        taken.push(crate::model::DomainPorts { domain: spanned(name), ports: vec![held] });
        changes.push(Change::Set(Change::path([name, port]), written(&granted)));
    }
    Ok(changes)
}
