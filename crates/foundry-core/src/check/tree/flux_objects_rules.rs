//! FLX-007 … FLX-015: what the rules about Flux's objects say.

use super::{Phase, Rule};
use crate::diag::Severity;

pub(in crate::check) const RULES: &[Rule] = &[
    Rule {
        id: "FLX-007",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "healthChecks name objects in namespaces that exist",
        why: "A health check of an object that is never made keeps the Kustomization from becoming ready until its \
              timeout, each time.",
        fix: "correct the name or the namespace of the health check",
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
  healthChecks:
    - apiVersion: apps/v1
      kind: Deployment
      name: web
      namespace: shop
#                ^^^^ error FLX-007: nothing is in the namespace `shop`
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
  healthChecks:
    - {apiVersion: v1, kind: ConfigMap, name: c, namespace: default}
-- apps/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
",
    },
    Rule {
        id: "FLX-008",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "the path of a Kustomization is a folder of the repository",
        why: "Flux reports the missing folder only after the commit, and everything that waits for it stops.",
        fix: "correct `spec.path`",
        bad: "\
# run: tree
-- clusters/home.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: apps
  namespace: flux-system
spec:
  path: ./aps
#       ^^^^^ error FLX-008: there is no folder `./aps` in the repository
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
-- apps/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
",
    },
    Rule {
        id: "FLX-009",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "the source of a Kustomization exists",
        why: "A Kustomization without its source is never applied. The source `flux-system` is made by the \
              bootstrap.",
        fix: "correct the kind, name or namespace of sourceRef",
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
  sourceRef:
    kind: GitRepository
    name: home-ops
#         ^^^^^^^^ error FLX-009: there is no GitRepository `home-ops`
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {url: 'https://git.example.org/home.git', interval: 1m}
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
  sourceRef: {kind: GitRepository, name: flux-system}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {url: 'https://git.example.org/home.git', interval: 1m}
-- apps/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
",
    },
    Rule {
        id: "FLX-010",
        severity: Severity::Warning,
        phase: Phase::Tree,
        title: "a Kustomization prunes, has a timeout and a bearable interval",
        why: "Without prune removed files stay in the cluster; without a timeout one is derived from the interval; \
              below a minute the controller does little else.",
        fix: "set `prune: true`, `timeout: 5m` and an interval of a minute or more",
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
  prune: false
#        ^^^^^ warning FLX-010: what leaves the repository stays in the cluster
  interval: 10s
#           ^^^ warning FLX-010: reconciled every 10s, more often than each minute
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
  prune: true
  timeout: 5m
  interval: 10m
-- apps/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
",
    },
    Rule {
        id: "FLX-012",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "custom resources and the chart that brings their kind are in different units",
        why: "The whole Kustomization is refused while its custom resources have no definition, the chart that \
              would bring it included.",
        fix: "move the custom resources into a Kustomization that depends on the chart's",
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
-- apps/c.yaml --
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: cert-manager, namespace: default}
spec: {interval: 1h, chart: {spec: {chart: cert-manager, version: 1.20.0, sourceRef: {kind: HelmRepository, name: charts}}}}
---
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata:
  name: own
#       ^^^ error FLX-012: ClusterIssuer/own is of a kind that the chart `cert-manager` of the same Kustomization brings
spec: {selfSigned: {}}
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
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: issuers
  namespace: flux-system
spec:
  path: ./issuers
  dependsOn: [{name: apps}]
-- apps/c.yaml --
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: cert-manager, namespace: default}
spec: {interval: 1h, chart: {spec: {chart: cert-manager, version: 1.20.0, sourceRef: {kind: HelmRepository, name: charts}}}}
-- issuers/i.yaml --
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata:
  name: own
spec: {selfSigned: {}}
",
    },
    Rule {
        id: "FLX-013",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "the version of a chart is exact",
        why: "A range installs another chart tomorrow than the one that was tried today, without a commit.",
        fix: "write the exact version",
        bad: "\
# run: tree
-- web.yaml --
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: default}
spec: {url: 'https://charts.example.org', interval: 1h}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: default}
spec:
  interval: 1h
  chart:
    spec:
      chart: web
      version: 1.x
#              ^^^ error FLX-013: `1.x` is no exact version of a chart
      sourceRef: {kind: HelmRepository, name: charts}
",
        good: "\
# run: tree
-- web.yaml --
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: default}
spec: {url: 'https://charts.example.org', interval: 1h}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: default}
spec:
  interval: 1h
  chart:
    spec:
      chart: web
      version: 1.2.3
      sourceRef: {kind: HelmRepository, name: charts}
",
    },
    Rule {
        id: "FLX-014",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "the source of a chart exists",
        why: "A HelmRelease without its repository is never installed.",
        fix: "correct the kind, name or namespace of the source",
        bad: "\
# run: tree
-- web.yaml --
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: default}
spec: {url: 'https://charts.example.org', interval: 1h}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: default}
spec:
  interval: 1h
  chart:
    spec:
      chart: web
      version: 1.2.3
      sourceRef:
        kind: HelmRepository
        name: chart
#             ^^^^^ error FLX-014: there is no HelmRepository `chart`
",
        good: "\
# run: tree
-- web.yaml --
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: default}
spec: {url: 'https://charts.example.org', interval: 1h}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: default}
spec:
  interval: 1h
  chart:
    spec:
      chart: web
      version: 1.2.3
      sourceRef:
        kind: HelmRepository
        name: charts
",
    },
    Rule {
        id: "FLX-015",
        severity: Severity::Warning,
        phase: Phase::Tree,
        title: "a HelmRelease says what happens when it fails",
        why: "Without remediation a failed installation or upgrade stays as it is until a person comes.",
        fix: "set `install.remediation.retries` and `upgrade.remediation.retries`, or a strategy",
        bad: "\
# run: tree
-- web.yaml --
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: default}
spec: {url: 'https://charts.example.org', interval: 1h}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: default}
#                ^^^ warning FLX-015: HelmRelease/web does not say what happens when it fails
spec:
  interval: 1h
  chart: {spec: {chart: web, version: 1.2.3, sourceRef: {kind: HelmRepository, name: charts}}}
",
        good: "\
# run: tree
-- web.yaml --
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: default}
spec: {url: 'https://charts.example.org', interval: 1h}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: default}
spec:
  interval: 1h
  chart: {spec: {chart: web, version: 1.2.3, sourceRef: {kind: HelmRepository, name: charts}}}
  install: {remediation: {retries: 3}}
  upgrade: {remediation: {retries: 3}}
",
    },
];
