//! OWN-001, OWN-002: every object has one owner, and no unit owns itself.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity};
use crate::tree::object::cluster_scoped;
use crate::tree::{Object, Reconciler, World};
use std::collections::HashMap;
use std::sync::Arc;

pub(in crate::check) const RULES: &[Rule] = &[
    Rule {
        id: "OWN-001",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "every object is applied by one unit",
        why: "Two Kustomizations or Applications with one object overwrite each other for ever, and removing one of them \
              removes the object of the other.",
        fix: "keep the object in one of the two",
        bad: "\
# run: tree
-- clusters/a.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: a, namespace: flux-system}
spec: {path: ./a}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: b, namespace: flux-system}
spec: {path: ./b}
-- a/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
-- b/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
#                ^ error OWN-001: ConfigMap/c is applied by flux-system/a and by flux-system/b
",
        good: "\
# run: tree
-- clusters/a.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: a, namespace: flux-system}
spec: {path: ./a}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: b, namespace: flux-system}
spec: {path: ./b}
-- a/c.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: default}
-- b/d.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: d, namespace: default}
",
    },
    Rule {
        id: "OWN-002",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "no Application owns itself",
        why: "An Application that is among the objects that it applies can delete itself while it prunes. Flux's own root \
              Kustomization is made for that; Argo CD's is not.",
        fix: "move the Application's file out of the folder that it applies",
        bad: "\
# run: tree
-- apps/root.yaml --
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: root, namespace: argocd}
#                ^^^^ error OWN-002: the Application `root` applies itself
spec:
  project: default
  source: {repoURL: https://git.example.org/home.git, path: apps, targetRevision: v1.0.0}
  destination: {name: in-cluster, namespace: argocd}
",
        good: "\
# run: tree
-- root.yaml --
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: root, namespace: argocd}
spec:
  project: default
  source: {repoURL: https://git.example.org/home.git, path: apps, targetRevision: v1.0.0}
  destination: {name: in-cluster, namespace: argocd}
-- apps/web.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
",
    },
];

pub(super) fn check(world: &World, out: &mut Findings) {
    for cluster in &world.clusters {
        let mut owners: HashMap<(&str, &str, &str, &str), (usize, &Object)> = HashMap::new();
        for (unit, object) in cluster.objects() {
            let namespace =
                if cluster_scoped(object.group(), object.kind()) { "" } else { object.namespace() };
            let id = (object.group(), object.kind(), namespace, object.name());
            // Namespaces have a rule of their own.
            if object.name().is_empty() || object.is("", "Namespace") {
                continue;
            }
            match owners.get(&id) {
                Some((other, first)) if *other != unit => {
                    let titles = (cluster.units[*other].title(), cluster.units[unit].title());
                    let message =
                        format!("{} is applied by {} and by {}", object.title(), titles.0, titles.1);
                    out.push(
                        Finding::error("OWN-001", &object.place(), message).label(&first.place(), "and here"),
                    );
                }
                _ => drop(owners.insert(id, (unit, object))),
            }
        }
        for unit in cluster.units.iter().filter(|u| u.reconciler == Reconciler::Argo) {
            if unit.objects.iter().any(|o| Arc::ptr_eq(&o.source, &unit.object.source)) {
                let message = format!("the Application `{}` applies itself", unit.object.name());
                out.push(Finding::error("OWN-002", &unit.place(), message));
            }
        }
    }
}
