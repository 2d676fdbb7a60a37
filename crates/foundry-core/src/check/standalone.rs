//! REG-008: `standalone` says what `requires` says.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity};
use crate::model::Registry;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "REG-008",
    severity: Severity::Warning,
    phase: Phase::Registry,
    title: "`standalone: true` stands exactly where `requires` is empty",
    why: "The field repeats what the relations say. When the two disagree, one of them is out of date, and readers \
          believe the shorter one.",
    fix: "correct `standalone`, or remove it",
    bad: "\
-- config-registry/env/domains.yml --
domains:
  - name: postgres
    standalone: false
#               ^^^^^ warning REG-008: `postgres` is not standalone, and requires nothing
  - name: forgejo
    standalone: true
#               ^^^^ warning REG-008: `forgejo` is standalone, and requires `postgres`
    requires: [postgres]
",
    good: "\
-- config-registry/env/domains.yml --
domains:
  - name: postgres
    standalone: true
  - name: forgejo
    standalone: false
    requires: [postgres]
",
}];

pub(super) fn check(registry: &Registry, out: &mut Findings) {
    for domain in &registry.domains {
        let Some(standalone) = &domain.standalone else { continue };
        let name = &domain.name.value;
        let message = match (standalone.value, domain.requires.first()) {
            (true, Some(first)) => format!("`{name}` is standalone, and requires `{}`", first.value),
            (false, None) => format!("`{name}` is not standalone, and requires nothing"),
            _ => continue,
        };
        let help = format!("write `standalone: {}`, or remove the field", !standalone.value);
        out.push(Finding::warning("REG-008", &standalone.span, message).help(help));
    }
}
