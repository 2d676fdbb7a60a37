//! ENV-002: a value's key is not taken by something else that templates see.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity, Span};
use crate::model::{EnvFile, Registry};
use crate::render::port_variable;
use std::collections::HashMap;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "ENV-002",
    severity: Severity::Error,
    phase: Phase::Registry,
    title: "no key of an env file is also a key that Foundry gives to templates",
    why: "Templates see values, ports and the domain's record side by side. A key that two of them set would mean \
          one thing here and another there.",
    fix: "rename the key in the env file",
    bad: "\
-- config-registry/env/domains.yml --
domains:
  - name: web
-- config-registry/env/ports.yml --
web: {http: 8080}
-- config-registry/env/base.env --
ENV=dev
#<^ error ENV-002: `ENV` is what templates call the environment
PORT_WEB_HTTP=8080
#<^^^^^^^^^^^ error ENV-002: `PORT_WEB_HTTP` is what templates call the port `web.http`
",
    good: "\
-- config-registry/env/domains.yml --
domains:
  - name: web
-- config-registry/env/ports.yml --
web: {http: 8080}
-- config-registry/env/base.env --
DOMAIN=example.org
",
}];

/// Keys of the context besides values and ports, and what they are.
const CONTEXT: [(&str, &str); 4] = [
    ("ENV", "the environment"),
    ("domain", "the domain's record"),
    ("ports", "the table of all ports"),
    ("metadata", "the domain's metadata"),
];

pub(super) fn check(registry: &Registry, out: &mut Findings) {
    let mut ports: HashMap<String, (String, &Span)> = HashMap::new();
    for list in &registry.ports {
        for port in &list.ports {
            let name = format!("{}.{}", list.domain.value, port.name.value);
            ports.entry(port_variable(&list.domain, &port.name)).or_insert((name, &port.name.span));
        }
    }
    for line in files(registry).flat_map(|file| &file.lines) {
        let key = line.key.as_str();
        let help = format!("rename `{key}` here and in the templates that mean this value");
        if let Some((_, what)) = CONTEXT.iter().find(|(name, _)| *name == key) {
            let message = format!("`{key}` is what templates call {what}");
            out.push(Finding::error("ENV-002", &line.key_span, message).help(help));
        } else if let Some((name, span)) = ports.get(key) {
            let message = format!("`{key}` is what templates call the port `{name}`");
            out.push(Finding::error("ENV-002", &line.key_span, message).label(span, "the port").help(help));
        }
    }
}

/// The env files that can be read without a password.
pub(super) fn files(registry: &Registry) -> impl Iterator<Item = &EnvFile> {
    registry.base.iter().chain(registry.overrides.values()).chain(&registry.host_env)
}
