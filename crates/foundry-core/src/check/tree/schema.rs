//! SCH-001, SCH-002: objects have the fields that their kind has, and a namespace only where there is one.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity};
use crate::tree::object::cluster_scoped;
use crate::tree::{Object, Schemas, World, argocd, flux};
use rayon::prelude::*;
use std::collections::BTreeSet;

pub(in crate::check) const RULES: &[Rule] = &[
    Rule {
        id: "SCH-001",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "objects have the fields of their kind",
        why: "A field that is misspelled or stands one level too deep is refused, or dropped without a word: the probe, the \
              limit or the rule does not exist. Kubernetes 1.36 and 1.35, common extensions and the CRDs of the tree are \
              known; a warning where only one of the two versions minds.",
        fix: "correct the field, or move it where it belongs",
        bad: "\
# run: tree
-- web.yaml --
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replica: 2
#          ^ error SCH-001: Deployment/web: unknown field `replica` in `spec`
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: nginx:1.27
          env:
            - name: PORT
              value: 8080
#                    ^^^^ error SCH-001: Deployment/web: `value` takes a string, found a number
",
        good: "\
# run: tree
-- web.yaml --
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: nginx:1.27
          env:
            - name: PORT
              value: '8080'
",
    },
    Rule {
        id: "SCH-002",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "an object outside namespaces has no namespace",
        why: "The namespace is ignored or refused, and whoever reads it believes that there is one object for each.",
        fix: "remove the namespace, or use the kind that lies in one",
        bad: "\
# run: tree
-- issuer.yaml --
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata:
  name: own
  namespace: shop
#            ^^^^ error SCH-002: ClusterIssuer/own lies outside namespaces
spec: {selfSigned: {}}
",
        good: "\
# run: tree
-- issuer.yaml --
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata:
  name: own
spec: {selfSigned: {}}
",
    },
];

pub(super) fn check(world: &World, out: &mut Findings) {
    let schemas = Schemas::new(world.tree.objects().map(|(_, o)| o));
    // Roots are in no unit, and have a schema all the same.
    let roots = world
        .tree
        .objects()
        .map(|(_, o)| o)
        .filter(|o| flux::is_kustomization(o) || argocd::is_application(o));
    let objects: Vec<&Object> =
        world.clusters.iter().flat_map(|c| c.objects()).map(|(_, o)| o).chain(roots).collect();
    let found: Vec<(Findings, Option<String>)> = objects.par_iter().map(|o| one(&schemas, o)).collect();
    let mut unknown: BTreeSet<String> = BTreeSet::new();
    for (findings, kind) in found {
        out.extend(findings);
        unknown.extend(kind);
    }
    for kind in unknown {
        out.not_checked("SCH-001", format!("no schema of {kind}; add its CRD to the tree"));
    }
}

fn one(schemas: &Schemas, object: &Object) -> (Findings, Option<String>) {
    let mut out = Findings::new();
    if cluster_scoped(object.group(), object.kind()) && object.get(&["metadata", "namespace"]).is_some() {
        let span = object.span(&["metadata", "namespace"]);
        // kustomize gives a namespace to kinds that it does not know; then it is not written in the object.
        let written = object.source.get("metadata").is_some_and(|m| m.get("namespace").is_some());
        if written {
            let message = format!("{} lies outside namespaces", object.title());
            out.push(Finding::error("SCH-002", &span, message).help("remove the namespace"));
        }
    }
    let Some(wrong) = schemas.check(object) else {
        return (out, Some(format!("{} {}", object.api_version(), object.kind())));
    };
    for (wrong, minor) in wrong {
        let only = minor.map(|m| format!(" (Kubernetes {m})")).unwrap_or_default();
        let severity = if minor.is_some() { Severity::Warning } else { Severity::Error };
        let message = format!("{}: {}{only}", object.title(), wrong.message);
        let mut finding = Finding::new("SCH-001", severity, Some(object.span(&wrong.path)), message);
        finding.help = wrong.help;
        out.push(finding);
    }
    (out, None)
}
