//! KUS-001: every kustomization builds.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity};
use crate::tree::World;
use crate::tree::kustomize::FaultKind;

pub(in crate::check) const RULES: &[Rule] = &[
    Rule {
        id: "KUS-001",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "every kustomization builds",
        why: "A reconciler applies nothing of a folder that does not build: one missing file or one patch without an \
              object stops everything beside it. Charts and remote bases are listed as not checked.",
        fix: "correct the entry, or run `kubectl kustomize` on the folder to see it fail",
        bad: "\
# run: tree
-- apps/kustomization.yaml --
resources:
  - web.yaml
  - missing.yaml
#   ^^^^^^^^^^^^ error KUS-001: there is no file or folder `missing.yaml`
-- apps/web.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
",
        good: "\
# run: tree
-- apps/kustomization.yaml --
resources:
  - web.yaml
-- apps/web.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
",
    },
    Rule {
        id: "KUS-002",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "every component is a folder of the repository",
        why: "A component outside the repository, or one that is misspelled, stops the build of everything that uses it.",
        fix: "correct the path of the component",
        bad: "\
# run: tree
-- apps/kustomization.yaml --
components:
  - ../components/tls
#   ^^^^^^^^^^^^^^^^^ error KUS-002: there is no component `../components/tls`
",
        good: "\
# run: tree
-- apps/kustomization.yaml --
components:
  - ../components/tls
-- components/tls/kustomization.yaml --
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
",
    },
];

pub(super) fn check(world: &World, out: &mut Findings) {
    for fault in world.units().flat_map(|u| &u.build.faults) {
        match fault.kind {
            FaultKind::Broken => out.push(Finding::error("KUS-001", &fault.span, &fault.message)),
            FaultKind::Component => out.push(Finding::error("KUS-002", &fault.span, &fault.message)),
            FaultKind::NotChecked => out.not_checked("KUS-001", format!("{}: {}", fault.span, fault.message)),
        }
    }
}
