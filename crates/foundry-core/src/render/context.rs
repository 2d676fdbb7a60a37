//! What templates can use: the environment's values, the ports and the domain's own record.

use super::metadata;
use super::template::Context;
use crate::load::env::ResolvedEnv;
use crate::model::{Domain, Registry};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use std::sync::Arc;

/// The names that Foundry itself sets; an env key of the same name is ENV-002.
pub const RESERVED: [&str; 5] = ["ENV", "domain", "domains", "ports", "metadata"];

/// The variable of a port: `PORT_<DOMAIN>_<NAME>`, upper case, `-` as `_`.
pub fn port_variable(domain: &str, name: &str) -> String {
    format!("PORT_{domain}_{name}").to_uppercase().replace('-', "_")
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
    context.set("domains", all_domains(registry, environment));
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
pub(super) fn of_domain(registry: &Registry, domain: &Domain, shared: &Arc<Context>) -> Context {
    let mut context = Context::over(shared.clone());
    context.set("domain", domain.record.clone());
    context.set("metadata", metadata::generate(registry, domain).value);
    context
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
