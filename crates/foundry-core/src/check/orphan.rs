//! REG-010: ports, templates and backups belong to a domain.

use super::near::Near;
use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity, Span};
use crate::model::Registry;
use std::collections::BTreeSet;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "REG-010",
    severity: Severity::Error,
    phase: Phase::Registry,
    title: "every key of ports.yml and every folder below domains/ names a domain",
    why: "Ports of a domain that does not exist are reserved for nobody, and templates of one are never rendered: \
          most often the domain was renamed. A folder is a warning; one whose name begins with `_` is left alone.",
    fix: "correct the name, or remove what belongs to no domain",
    bad: "\
-- config-registry/env/domains.yml --
domains:
  - name: forgejo
-- config-registry/env/ports.yml --
forgeo: {http: 3001}
#<^^^^ error REG-010: no domain is called `forgeo`
",
    good: "\
-- config-registry/env/domains.yml --
domains:
  - name: forgejo
-- config-registry/env/ports.yml --
forgejo: {http: 3001}
",
}];

pub(super) fn check(registry: &Registry, out: &mut Findings) {
    let mut near = Near::new(registry.domains.iter().map(|d| d.name.value.as_str()));
    for ports in registry.ports.iter().filter(|p| !p.domain.value.starts_with("x-")) {
        if registry.position(&ports.domain).is_none() {
            let message = format!("no domain is called `{}`", ports.domain.value);
            let help =
                near.help(&ports.domain, "add it to config-registry/env/domains.yml, or remove it here");
            out.push(Finding::error("REG-010", &ports.domain.span, message).help(help));
        }
    }
    let folders = registry.templates.keys().chain(registry.includes.keys()).chain(registry.metadata.keys());
    for folder in folders.collect::<BTreeSet<_>>() {
        if registry.position(folder).is_none() && !folder.starts_with(['_', '.']) {
            let message = format!("no domain is called `{folder}`; nothing in this folder is rendered");
            let help = near.help(folder, "add it to config-registry/env/domains.yml, or remove the folder");
            out.push(
                Finding::warning("REG-010", &Span::file(format!("domains/{folder}")), message).help(help),
            );
        }
    }
}
