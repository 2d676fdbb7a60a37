//! REG-011: what is to be checked or deployed is not nothing.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity, Span};
use crate::load::MARKER;
use crate::model::Registry;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "REG-011",
    severity: Severity::Warning,
    phase: Phase::Registry,
    title: "an environment has at least one domain",
    why: "An operation on all domains that selects none does nothing and looks like success. That is never what was \
          meant: such an operation is refused, and an environment without a domain is a warning here.",
    fix: "add a domain, or correct `environments` of one",
    bad: "\
# run: env=prod
-- config-registry/env/domains.yml --
domains:
  - name: forgejo
    environments: [dev]
-- config-registry/env/overrides/dev.env --
-- config-registry/env/overrides/prod.env --
#! warning REG-011: no domain is deployed in prod
",
    good: "\
# run: env=prod
-- config-registry/env/domains.yml --
domains:
  - name: forgejo
-- config-registry/env/overrides/prod.env --
",
}];

pub(super) fn check(registry: &Registry, environment: Option<&str>, out: &mut Findings) {
    if registry.domains.is_empty() {
        // A new registry is not wrong; whatever would select all domains of it is refused.
        let mut finding = Finding::warning("REG-011", &Span::file(MARKER), "the registry has no domain yet");
        finding.severity = Severity::Info;
        out.push(finding.help("foundry domain add NAME"));
        return;
    }
    let Some(environment) = environment.and_then(|name| registry.environment(name)) else { return };
    if registry.deployed_in(&environment.name).next().is_none() {
        let message = format!("no domain is deployed in {}", environment.name);
        let help = format!("add `{}` to `environments` of a domain", environment.name);
        out.push(Finding::warning("REG-011", &environment.span, message).help(help));
    }
}
