//! REG-004: hard relations have no circle.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity, Spanned};
use crate::graph::{Graph, cycles};
use crate::model::Registry;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "REG-004",
    severity: Severity::Error,
    phase: Phase::Graph,
    title: "`requires` has no circle",
    why: "Domains are started in the order of `requires`. In a circle each waits for the next one, and none starts. \
          `consumes` and `exposes_to` may form circles.",
    fix: "turn one of the relations into `consumes`",
    bad: "\
-- config-registry/env/domains.yml --
domains:
  - name: forgejo
    requires: [postgres]
#              ^^^^^^^^ error REG-004: these require each other in a circle: forgejo → postgres → backup → forgejo
  - name: postgres
    requires: [backup]
  - name: backup
    requires: [forgejo]
",
    good: "\
-- config-registry/env/domains.yml --
domains:
  - name: forgejo
    requires: [postgres]
  - name: postgres
    requires: [backup]
  - name: backup
    consumes: [forgejo]
",
}];

/// Related places that are drawn; a longer circle is in the message.
const LABELS: usize = 10;

pub(super) fn check(registry: &Registry, graph: &Graph, out: &mut Findings) {
    for cycle in cycles(graph) {
        let path: Vec<&str> = cycle.iter().map(|i| graph.names[*i].as_str()).collect();
        let mut edges = cycle.windows(2).filter_map(|pair| relation(registry, pair[0], pair[1]));
        let Some(first) = edges.next() else { continue };
        let message = format!("these require each other in a circle: {}", path.join(" → "));
        let mut finding = Finding::error("REG-004", &first.span, message)
            .help("turn one of these relations into `consumes`");
        for edge in edges.take(LABELS) {
            finding = finding.label(&edge.span, format!("requires {}", edge.value));
        }
        out.push(finding);
    }
}

/// Where domain number `from` names number `to` under `requires`.
fn relation(registry: &Registry, from: usize, to: usize) -> Option<&Spanned<String>> {
    registry.domains[from].requires.iter().find(|name| registry.position(name) == Some(to))
}
