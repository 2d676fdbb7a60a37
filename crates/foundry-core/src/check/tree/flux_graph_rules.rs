//! FLX-001 … FLX-006: what the rules about dependencies say.

use super::{Phase, Rule};
use crate::diag::Severity;

pub(in crate::check) const RULES: &[Rule] = &[
    Rule {
        id: "FLX-001",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "every dependency of a Kustomization exists",
        why: "A Kustomization that waits for one that is not there is never applied, and says only that a \
              dependency is not ready.",
        fix: "correct the name or the namespace of the dependency",
        bad: "\
# run: tree
-- clusters/home.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: apps
  namespace: flux-system
spec:
  path: ./apps
  dependsOn:
    - name: homelab-infra
#           ^^^^^^^^^^^^^ error FLX-001: there is no Kustomization flux-system/homelab-infra
-- apps/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
",
        good: "\
# run: tree
-- clusters/home.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: apps
  namespace: flux-system
spec:
  path: ./apps
  dependsOn:
    - name: infra
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: infra
  namespace: flux-system
spec:
  path: ./infra
-- apps/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
-- infra/d.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: d, namespace: default}
",
    },
    Rule {
        id: "FLX-002",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "dependencies have no cycle",
        why: "Kustomizations that wait for each other are never applied; Flux reports no error, only that they are \
              not ready.",
        fix: "remove one of the dependencies",
        bad: "\
# run: tree
-- clusters/home.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: apps
  namespace: flux-system
spec:
  path: ./apps
  dependsOn:
# ^^^^^^^^^ error FLX-002: flux-system/apps → flux-system/infra → flux-system/apps wait for each other
    - name: infra
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: infra
  namespace: flux-system
spec:
  path: ./infra
  dependsOn:
    - name: apps
-- apps/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
-- infra/d.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: d, namespace: default}
",
        good: "\
# run: tree
-- clusters/home.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: apps
  namespace: flux-system
spec:
  path: ./apps
  dependsOn:
    - name: infra
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: infra
  namespace: flux-system
spec:
  path: ./infra
-- apps/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
-- infra/d.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: d, namespace: default}
",
    },
    Rule {
        id: "FLX-003",
        severity: Severity::Warning,
        phase: Phase::Tree,
        title: "what others wait for says when it is ready",
        why: "Without `wait`, healthChecks or a readyExpr a Kustomization is ready as soon as its objects are \
              accepted, so that waiting for it orders nothing but that.",
        fix: "set `wait: true` or healthChecks on the dependency, or `readyExpr` on the entry",
        bad: "\
# run: tree
-- clusters/home.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: apps
  namespace: flux-system
spec:
  path: ./apps
  dependsOn:
    - name: infra
#           ^^^^^ warning FLX-003: flux-system/infra is ready as soon as its objects are accepted
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: infra
  namespace: flux-system
spec:
  path: ./infra
-- apps/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
-- infra/d.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: d, namespace: default}
",
        good: "\
# run: tree
-- clusters/home.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: apps
  namespace: flux-system
spec:
  path: ./apps
  dependsOn:
    - name: infra
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: infra
  namespace: flux-system
spec:
  path: ./infra
  wait: true
-- apps/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
-- infra/d.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: d, namespace: default}
",
    },
    Rule {
        id: "FLX-004",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "a Kustomization that waits contains none that depends on it",
        why: "The parent is ready when its children are, and the child starts when the parent is ready: neither \
              ever is.",
        fix: "remove `wait: true` from the parent, or the dependency from the child",
        bad: "\
# run: tree
-- clusters/home/root.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: root
  namespace: flux-system
spec:
  path: ./clusters/home
  wait: true
-- clusters/home/apps.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: apps
  namespace: flux-system
spec:
  path: ./apps
  dependsOn:
# ^^^^^^^^^ error FLX-004: flux-system/apps waits for flux-system/root, which waits for its children
    - name: root
-- apps/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
",
        good: "\
# run: tree
-- clusters/home/root.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: root
  namespace: flux-system
spec:
  path: ./clusters/home
-- clusters/home/apps.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: apps
  namespace: flux-system
spec:
  path: ./apps
  dependsOn:
    - name: root
-- apps/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
",
    },
    Rule {
        id: "FLX-005",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "a Kustomization that waits contains none that is suspended",
        why: "A suspended child never becomes ready, so that its parent never does, nor anything that waits for \
              the parent.",
        fix: "remove `suspend: true`, or take the child out of the parent",
        bad: "\
# run: tree
-- clusters/home/root.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: root
  namespace: flux-system
spec:
  path: ./clusters/home
  wait: true
-- clusters/home/apps.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: apps
  namespace: flux-system
spec:
  path: ./apps
  suspend: true
#          ^^^^ error FLX-005: flux-system/apps is suspended, and flux-system/root waits for it
-- apps/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
",
        good: "\
# run: tree
-- clusters/home/root.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: root
  namespace: flux-system
spec:
  path: ./clusters/home
  wait: true
-- clusters/home/apps.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: apps
  namespace: flux-system
spec:
  path: ./apps
-- apps/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
",
    },
    Rule {
        id: "FLX-006",
        severity: Severity::Warning,
        phase: Phase::Tree,
        title: "healthChecks stand where they count",
        why: "With `wait: true` Flux looks at everything that it applied and ignores the list of healthChecks.",
        fix: "remove healthChecks, or `wait: true`",
        bad: "\
# run: tree
-- clusters/home.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: apps
  namespace: flux-system
spec:
  path: ./apps
  wait: true
  healthChecks:
# ^^^^^^^^^^^^ warning FLX-006: `wait: true` makes Flux ignore healthChecks
    - {apiVersion: apps/v1, kind: Deployment, name: web, namespace: default}
-- apps/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
",
        good: "\
# run: tree
-- clusters/home.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: apps
  namespace: flux-system
spec:
  path: ./apps
  wait: true
-- apps/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
",
    },
];
