//! REG-006: what runs elsewhere has no workload here.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity, Span};
use crate::model::{Placement, Registry, Template};

pub(super) const RULES: &[Rule] = &[Rule {
    id: "REG-006",
    severity: Severity::Error,
    phase: Phase::Registry,
    title: "an external domain has no workload",
    why: "`placement: external` and `managed_externally: true` say that somebody else runs it. A compose.yml beside \
          that is either never deployed or deployed behind the other one's back.",
    fix: "remove the workload's template, or the field that says it runs elsewhere",
    bad: "\
-- config-registry/env/domains.yml --
domains:
  - name: tunnel
#         ^^^^^^ error REG-006: `tunnel` is managed externally, and has a workload
    managed_externally: true
-- domains/tunnel/templates/compose.yml.tmpl --
services: {}
",
    good: "\
-- config-registry/env/domains.yml --
domains:
  - name: tunnel
    managed_externally: true
",
}];

/// Outputs that describe a workload.
pub(super) const WORKLOADS: [&str; 5] =
    ["compose.yml", "compose.yaml", "docker-compose.yml", "docker-compose.yaml", "incus.yml"];

pub(super) fn check(registry: &Registry, out: &mut Findings) {
    for domain in registry.domains.iter().filter(|d| !d.is_deployed_here()) {
        let own = registry.templates.get(&domain.name.value).map(Vec::as_slice).unwrap_or_default();
        let Some(workload) = own.iter().find(|t| is_workload(t)) else { continue };
        let why = match domain.placement {
            Placement::External => "is placed external",
            _ => "is managed externally",
        };
        let message = format!("`{}` {why}, and has a workload", domain.name.value);
        out.push(
            Finding::error("REG-006", &domain.name.span, message)
                .label(&Span::file(workload.path.clone()), "its workload")
                .help(format!("remove {}, or let it run here", workload.path)),
        );
    }
}

fn is_workload(template: &Template) -> bool {
    WORKLOADS.contains(&template.output.as_str())
}
