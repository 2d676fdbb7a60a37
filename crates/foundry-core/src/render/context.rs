//! What templates can use: the environment's values, the ports and the domain's own record.

use super::metadata;
use super::template::Context;
use crate::load::env::ResolvedEnv;
use crate::model::{Domain, Registry, Template};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use std::sync::Arc;

/// The names that Foundry itself sets; an env key of the same name is ENV-002.
pub const RESERVED: [&str; 5] = ["ENV", "domain", "domains", "ports", "metadata"];

/// The variable of a port: `PORT_<DOMAIN>_<NAME>`, upper case, `-` as `_`.
pub fn port_variable(domain: &str, name: &str) -> String {
    let mut out = String::with_capacity(domain.len() + name.len() + 6);
    out.push_str("PORT_");
    for c in domain.chars().chain(['_']).chain(name.chars()) {
        match c {
            '-' => out.push('_'),
            c if c.is_ascii() => out.push(c.to_ascii_uppercase()),
            c => out.extend(c.to_uppercase()),
        }
    }
    out
}

/// What all domains of an environment share: env values, `ENV`, `domains`, `ports`, `PORT_…`.
pub(super) fn shared(registry: &Registry, environment: &str, env: &ResolvedEnv) -> Arc<Context> {
    let mut context = Context::new();
    for (key, value) in &env.values {
        match value.secret && !value.value.expose_secret().is_empty() {
            true => context.set_secret(key.clone(), value.value.clone()),
            false => context.set(key.clone(), value.value.expose_secret()),
        }
    }
    context.set("ENV", environment);
    context.set("ports", all_ports(registry));
    // Large, and few templates ask for it; what none names, none can look up.
    let asked = names_in(registry.templates.values().chain(registry.includes.values()).flatten(), "domains")
        || names_in(&registry.machine_templates, "domains");
    let domains = if asked { all_domains(registry, environment) } else { Value::Null };
    context.set("domains", domains);
    for domain in &registry.ports {
        for port in &domain.ports {
            if let Some(binding) = &port.binding {
                context.set(port_variable(&domain.domain, &port.name), binding.port);
            }
        }
    }
    Arc::new(context)
}

/// The names of one domain over the shared ones: `domain` and `metadata`.
pub(super) fn of_domain<'t>(
    registry: &Registry,
    domain: &Domain,
    shared: &Arc<Context>,
    templates: impl IntoIterator<Item = &'t Template>,
) -> Context {
    let mut context = Context::over(shared.clone());
    context.set("domain", domain.record.clone());
    let asked = names_in(templates, "metadata");
    let metadata = if asked { metadata::generate(registry, domain).value } else { Value::Null };
    context.set("metadata", metadata);
    context
}

/// Whether one of the texts has the word, as a name or otherwise.
fn names_in<'t>(templates: impl IntoIterator<Item = &'t Template>, word: &str) -> bool {
    templates.into_iter().any(|t| t.text.contains(word))
}

/// `ports.yml` as it is written, integers as integers.
fn all_ports(registry: &Registry) -> Value {
    let domain = |p: &crate::model::DomainPorts| {
        (p.domain.value.clone(), Value::Object(metadata::ports(registry, &p.domain.value)))
    };
    Value::Object(registry.ports.iter().map(domain).collect::<Map<String, Value>>())
}

/// The records of everything deployed in the environment, in file order, each with its `ports`: what scrape targets
/// and a tunnel's ways in are derived from.
fn all_domains(registry: &Registry, environment: &str) -> Value {
    let record = |domain: &Domain| {
        let mut record = domain.record.as_object().cloned().unwrap_or_default();
        record.insert("ports".to_owned(), Value::Object(metadata::ports(registry, &domain.name.value)));
        Value::Object(record)
    };
    registry.deployed_in(environment).map(record).collect()
}

/// One name that templates can use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextKey {
    /// The name.
    pub name: String,
    /// `text`, `secret`, `integer`, `list` or `mapping`.
    pub kind: &'static str,
    /// Where it comes from: a place in a file, or what Foundry derives it from.
    pub origin: String,
}

/// Every name that templates of `domain` can use, with its origin, sorted by name.
pub fn context_keys(
    registry: &Registry,
    domain: &str,
    environment: &str,
    env: &ResolvedEnv,
) -> Vec<ContextKey> {
    let key = |name: &str, kind, origin: String| ContextKey { name: name.to_owned(), kind, origin };
    let mut keys: Vec<ContextKey> = env
        .values
        .iter()
        .map(|(name, v)| key(name, if v.secret { "secret" } else { "text" }, v.layers[0].span.to_string()))
        .collect();
    keys.push(key("ENV", "text", format!("the environment: {environment}")));
    keys.push(key("ports", "mapping", "config-registry/env/ports.yml".to_owned()));
    keys.push(key("domains", "list", format!("what is deployed in {environment}, with its ports")));
    let place = registry.domain(domain).map(|d| d.span.to_string()).unwrap_or_default();
    keys.push(key("domain", "mapping", place.clone()));
    keys.push(key("metadata", "mapping", format!("generated from {place}")));
    for ports in &registry.ports {
        for port in ports.ports.iter().filter(|p| p.binding.is_some()) {
            keys.push(key(&port_variable(&ports.domain, &port.name), "integer", port.span.to_string()));
        }
    }
    keys.sort_by(|a, b| a.name.cmp(&b.name));
    keys
}
