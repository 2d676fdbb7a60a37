//! REG-003: every name that refers to something refers to something that is there.

use super::near::Near;
use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity, Spanned};
use crate::model::{Domain, Registry};
use serde_json::Value;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "REG-003",
    severity: Severity::Error,
    phase: Phase::Registry,
    title: "every name in `requires`, `consumes`, `exposes_to`, `needs_api`, `environments` and `owner` resolves",
    why: "A relation to a name that does not exist orders nothing and protects nothing, and looks as if it did. \
          Networks are the exception: naming one under `networks` declares it.",
    fix: "correct the name, or declare what it means",
    bad: "\
-- config-registry/env/domains.yml --
domains:
  - name: postgres
  - name: forgejo
    requires: [postgress]
#              ^^^^^^^^^ error REG-003: no domain is called `postgress`
    environments: [prdo]
#                  ^^^^ error REG-003: no environment is called `prdo`
-- config-registry/env/networks.yml --
networks:
  back: {owner: postgre}
#               ^^^^^^^ error REG-003: no domain is called `postgre`
-- config-registry/env/overrides/prod.env --
",
    good: "\
-- config-registry/env/domains.yml --
domains:
  - name: postgres
  - name: forgejo
    requires: [postgres]
    networks: [back]
    environments: [prod]
-- config-registry/env/overrides/prod.env --
",
}];

pub(super) fn check(registry: &Registry, out: &mut Findings) {
    let mut domains = Near::new(registry.domains.iter().map(|d| d.name.value.as_str()));
    let mut environments = Near::new(registry.environments.iter().map(|e| e.name.as_str()));
    for domain in &registry.domains {
        for name in domain.requires.iter().chain(&domain.consumes).chain(&domain.exposes_to) {
            domain_named(registry, name, &mut domains, out);
        }
        for name in needs_api(domain) {
            domain_named(registry, &name, &mut domains, out);
        }
        for name in domain.environments.iter().flatten() {
            if registry.environment(name).is_none() {
                let message = format!("no environment is called `{}`", name.value);
                let file = format!("add config-registry/env/overrides/{}.env to declare it", name.value);
                let help = environments.help(name, file);
                out.push(Finding::error("REG-003", &name.span, message).help(help));
            }
        }
    }
    for owner in registry.networks.iter().filter_map(|n| n.owner.as_ref()) {
        domain_named(registry, owner, &mut domains, out);
    }
}

fn domain_named(registry: &Registry, name: &Spanned<String>, near: &mut Near<'_>, out: &mut Findings) {
    if registry.position(name).is_none() {
        let message = format!("no domain is called `{}`", name.value);
        let help = near.help(name, "add it to config-registry/env/domains.yml, or remove the name here");
        out.push(Finding::error("REG-003", &name.span, message).help(help));
    }
}

/// The names under `needs_api`; their place is the domain's.
fn needs_api(domain: &Domain) -> impl Iterator<Item = Spanned<String>> + '_ {
    let list = domain.record.get("needs_api").and_then(Value::as_array);
    let names = list.into_iter().flatten().filter_map(Value::as_str);
    names.map(|name| Spanned::new(name.to_owned(), domain.name.span.clone()))
}
