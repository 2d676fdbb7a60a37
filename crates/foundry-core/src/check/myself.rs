//! REG-007: no domain names itself.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity};
use crate::model::Registry;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "REG-007",
    severity: Severity::Error,
    phase: Phase::Graph,
    title: "no domain refers to itself",
    why: "A domain that requires itself can never start; the other relations to oneself mean nothing.",
    fix: "remove the name from the list",
    bad: "\
-- config-registry/env/domains.yml --
domains:
  - name: forgejo
    requires: [forgejo]
#              ^^^^^^^ error REG-007: `forgejo` requires itself
",
    good: "\
-- config-registry/env/domains.yml --
domains:
  - name: forgejo
    requires: []
",
}];

pub(super) fn check(registry: &Registry, out: &mut Findings) {
    for domain in &registry.domains {
        let lists = [
            ("requires", &domain.requires),
            ("consumes", &domain.consumes),
            ("exposes itself to", &domain.exposes_to),
        ];
        for (word, names) in lists {
            for name in names.iter().filter(|n| n.value == domain.name.value) {
                let message = format!("`{}` {word} itself", name.value);
                out.push(Finding::error("REG-007", &name.span, message).help("remove it from the list"));
            }
        }
    }
}
