//! REF-005, ARG-001 … ARG-003: what the rules about Applications say.

use super::{Phase, Rule};
use crate::diag::Severity;

pub(in crate::check) const PATHS: &[Rule] = &[Rule {
    id: "REF-005",
    severity: Severity::Error,
    phase: Phase::Tree,
    title: "the path of an Application is a folder of the repository, and its values files exist",
    why: "Argo CD reports it only after the commit, as a comparison error.",
    fix: "correct the path",
    bad: "\
# run: tree
-- root.yaml --
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: root
  namespace: argocd
spec:
  project: default
  source: {repoURL: 'https://git.example.org/home.git', path: apps, targetRevision: v1.0.0}
  destination: {name: in-cluster, namespace: default}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: cfg
  namespace: argocd
spec:
  project: default
  source: {repoURL: 'https://git.example.org/home.git', path: config/infisical, targetRevision: v1.0.0}
#                                                             ^^^^^^^^^^^^^^^^ error REF-005: there is no folder `config/infisical` in the repository
  destination: {name: in-cluster, namespace: default}
-- apps/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
",
    good: "\
# run: tree
-- root.yaml --
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: root
  namespace: argocd
spec:
  project: default
  source: {repoURL: 'https://git.example.org/home.git', path: apps, targetRevision: v1.0.0}
  destination: {name: in-cluster, namespace: default}
-- apps/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
",
}];

pub(in crate::check) const RULES: &[Rule] = &[
    Rule {
        id: "ARG-001",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "an Application comes after what it refers to",
        why: "Waves are the only order that Argo CD keeps. An object that refers to one of a later wave fails on a \
              new cluster, or waits in the first sync for ever.",
        fix: "give the Application a later wave than the one that it needs",
        bad: "\
# run: tree
-- apps/a.yaml --
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: core
  namespace: argocd
  annotations: {argocd.argoproj.io/sync-wave: \"5\"}
spec:
  project: default
  source: {repoURL: 'https://git.example.org/home.git', path: core, targetRevision: v1.0.0}
  destination: {name: in-cluster, namespace: default}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: issuers
  namespace: argocd
  annotations: {argocd.argoproj.io/sync-wave: \"11\"}
spec:
  project: default
  source: {repoURL: 'https://git.example.org/home.git', path: issuers, targetRevision: v1.0.0}
  destination: {name: in-cluster, namespace: default}
-- core/web.yaml --
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: default
  annotations:
    cert-manager.io/cluster-issuer: own
#                                   ^^^ error ARG-001: Ingress/web comes in wave 5, the ClusterIssuer `own` that it needs in wave 11
spec: {}
-- issuers/i.yaml --
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata:
  name: own
spec: {selfSigned: {}}
",
        good: "\
# run: tree
-- apps/a.yaml --
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: core
  namespace: argocd
  annotations: {argocd.argoproj.io/sync-wave: \"12\"}
spec:
  project: default
  source: {repoURL: 'https://git.example.org/home.git', path: core, targetRevision: v1.0.0}
  destination: {name: in-cluster, namespace: default}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: issuers
  namespace: argocd
  annotations: {argocd.argoproj.io/sync-wave: \"11\"}
spec:
  project: default
  source: {repoURL: 'https://git.example.org/home.git', path: issuers, targetRevision: v1.0.0}
  destination: {name: in-cluster, namespace: default}
-- core/web.yaml --
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: default
  annotations:
    cert-manager.io/cluster-issuer: own
spec: {}
-- issuers/i.yaml --
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata:
  name: own
spec: {selfSigned: {}}
",
    },
    Rule {
        id: "ARG-002",
        severity: Severity::Warning,
        phase: Phase::Tree,
        title: "waves of Applications wait for health",
        why: "Since Argo CD 1.8 an Application has no health of its own for its parent, so that all waves start at \
              once; a customization in argocd-cm brings it back.",
        fix: "add `resource.customizations.health.argoproj.io_Application` to the ConfigMap argocd-cm",
        bad: "\
# run: tree
-- root.yaml --
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: root
#       ^^^^ warning ARG-002: the 2 waves below `root` do not wait for each other
  namespace: argocd
spec:
  project: default
  source: {repoURL: 'https://git.example.org/home.git', path: apps, targetRevision: v1.0.0}
  destination: {name: in-cluster, namespace: default}
-- apps/a.yaml --
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: one
  namespace: argocd
  annotations: {argocd.argoproj.io/sync-wave: \"1\"}
spec:
  project: default
  source: {repoURL: 'https://git.example.org/home.git', path: one, targetRevision: v1.0.0}
  destination: {name: in-cluster, namespace: default}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: two
  namespace: argocd
  annotations: {argocd.argoproj.io/sync-wave: \"2\"}
spec:
  project: default
  source: {repoURL: 'https://git.example.org/home.git', path: two, targetRevision: v1.0.0}
  destination: {name: in-cluster, namespace: default}
-- one/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
-- two/d.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: d, namespace: default}
",
        good: "\
# run: tree
-- root.yaml --
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: root
  namespace: argocd
spec:
  project: default
  source: {repoURL: 'https://git.example.org/home.git', path: apps, targetRevision: v1.0.0}
  destination: {name: in-cluster, namespace: default}
-- apps/a.yaml --
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: one
  namespace: argocd
  annotations: {argocd.argoproj.io/sync-wave: \"1\"}
spec:
  project: default
  source: {repoURL: 'https://git.example.org/home.git', path: one, targetRevision: v1.0.0}
  destination: {name: in-cluster, namespace: default}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: two
  namespace: argocd
  annotations: {argocd.argoproj.io/sync-wave: \"2\"}
spec:
  project: default
  source: {repoURL: 'https://git.example.org/home.git', path: two, targetRevision: v1.0.0}
  destination: {name: in-cluster, namespace: default}
-- one/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm, namespace: argocd}
data:
  resource.customizations.health.argoproj.io_Application: |
    hs = {}
    return hs
-- two/d.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: d, namespace: default}
",
    },
    Rule {
        id: "ARG-003",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "the revision of a chart is exact",
        why: "A range or `*` installs another chart tomorrow than the one that was tried today. A warning for \
              `HEAD` and branches of Git sources.",
        fix: "write the exact version, a tag or a commit",
        bad: "\
# run: tree
-- web.yaml --
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: web
  namespace: argocd
spec:
  project: default
  source:
    repoURL: https://charts.example.org
    chart: web
    targetRevision: 1.*
#                   ^^^ error ARG-003: `1.*` is no exact version of the chart `web`
  destination: {name: in-cluster, namespace: default}
",
        good: "\
# run: tree
-- web.yaml --
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: web
  namespace: argocd
spec:
  project: default
  source: {repoURL: 'https://charts.example.org', chart: web, targetRevision: 1.2.3}
  destination: {name: in-cluster, namespace: default}
",
    },
];
