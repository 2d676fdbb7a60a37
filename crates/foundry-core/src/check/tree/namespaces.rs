//! NSP-001, NSP-002, NSP-003: namespaces are declared, used, and declared once.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity};
use crate::tree::object::cluster_scoped;
use crate::tree::{Cluster, Object, Reconciler, World};
use std::collections::{BTreeMap, BTreeSet};

/// Namespaces that every cluster has.
const BUILT_IN: [&str; 4] = ["default", "kube-system", "kube-public", "kube-node-lease"];

pub(in crate::check) const RULES: &[Rule] = &[
    Rule {
        id: "NSP-001",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "every namespace that is used is declared",
        why: "Objects in a namespace that nobody makes are refused, and the whole Kustomization with them.",
        fix: "add a Namespace, or correct the name",
        bad: "\
# run: tree
-- kustomization.yaml --
resources: [web.yaml]
-- web.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: cart, namespace: shpo}
#                                 ^^^^ error NSP-001: nobody declares the namespace `shpo`
",
        good: "\
# run: tree
-- kustomization.yaml --
resources: [web.yaml]
-- web.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: shop}
",
    },
    Rule {
        id: "NSP-002",
        severity: Severity::Warning,
        phase: Phase::Tree,
        title: "every namespace that is declared is used",
        why: "An empty namespace is a leftover of something that was removed or renamed.",
        fix: "remove the Namespace",
        bad: "\
# run: tree
-- kustomization.yaml --
resources: [web.yaml]
-- web.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: old}
#                ^^^ warning NSP-002: nothing is in the namespace `old`
",
        good: "\
# run: tree
-- kustomization.yaml --
resources: [web.yaml]
-- web.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: shop}
",
    },
    Rule {
        id: "NSP-003",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "a namespace has one owner",
        why: "Two units that declare one namespace take its labels from each other for ever, and the one that is removed \
              first takes everything in it along.",
        fix: "declare the Namespace in one unit and let the other depend on it",
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
-- a/ns.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: shop}
-- b/ns.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: shop}
#                ^^^^ error NSP-003: the namespace `shop` is declared by two units
",
        good: "\
# run: tree
-- clusters/a.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: a, namespace: flux-system}
spec: {path: ./a}
-- a/ns.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: shop}
",
    },
];

pub(super) fn check(world: &World, out: &mut Findings) {
    for cluster in &world.clusters {
        let declared = declared(cluster);
        if !declared.is_empty() {
            used(cluster, &declared, out);
        }
        for (name, owners) in &declared {
            let [first, more @ ..] = &owners[..] else { continue };
            for second in more.iter().filter(|s| s.0 != first.0) {
                let message = format!("the namespace `{name}` is declared by two units");
                out.push(
                    Finding::error("NSP-003", &second.1.place(), message).label(&first.1.place(), "and here"),
                );
            }
        }
    }
}

/// Namespaces by name: position of the unit, and the object.
fn declared(cluster: &Cluster) -> BTreeMap<&str, Vec<(usize, &Object)>> {
    let mut all: BTreeMap<&str, Vec<(usize, &Object)>> = BTreeMap::new();
    for (unit, object) in cluster.objects().filter(|(_, o)| o.is("", "Namespace")) {
        all.entry(object.name()).or_default().push((unit, object));
    }
    all
}

/// Namespaces that something other than a Namespace makes: charts and Applications that say so.
fn made_elsewhere(cluster: &Cluster) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let applications = cluster.units.iter().filter(|u| u.reconciler == Reconciler::Argo).map(|u| &u.object);
    for application in applications {
        let options = application.list(&["spec", "syncPolicy", "syncOptions"]);
        if options.iter().any(|o| o.as_str() == Some("CreateNamespace=true")) {
            all.insert(application.text(&["spec", "destination", "namespace"]).to_owned());
        }
    }
    for (_, release) in cluster.objects().filter(|(_, o)| o.is("helm.toolkit.fluxcd.io", "HelmRelease")) {
        if release.get(&["spec", "install", "createNamespace"]).and_then(|v| v.as_bool()) == Some(true) {
            all.insert(release.text(&["spec", "targetNamespace"]).to_owned());
        }
    }
    all
}

fn used(cluster: &Cluster, declared: &BTreeMap<&str, Vec<(usize, &Object)>>, out: &mut Findings) {
    let made = made_elsewhere(cluster);
    let mut used: BTreeSet<&str> = BTreeSet::new();
    let mut reported: BTreeSet<&str> = BTreeSet::new();
    let complete = cluster.units.iter().all(|u| u.build.is_complete());
    for (_, object) in cluster.objects() {
        let destination = match object.kind() {
            "Application" => object.text(&["spec", "destination", "namespace"]),
            "HelmRelease" | "Kustomization" => object.text(&["spec", "targetNamespace"]),
            _ => "",
        };
        used.insert(destination);
        if cluster_scoped(object.group(), object.kind()) {
            continue;
        }
        let name = object.namespace();
        used.insert(name);
        let known = name.is_empty()
            || name.contains("${")
            || BUILT_IN.contains(&name)
            || name == "flux-system"
            || name == "argocd"
            || declared.contains_key(name)
            || made.contains(name);
        if !known && reported.insert(name) {
            let near = crate::load::did_you_mean(name, declared.keys().copied());
            let help = near.map_or("add a Namespace for it".to_owned(), |n| {
                format!("write `{n}`, if that is what you mean")
            });
            let message = format!("nobody declares the namespace `{name}`");
            let severity = if complete { Severity::Error } else { Severity::Warning };
            let span = object.span(&["metadata", "namespace"]);
            out.push(Finding::new("NSP-001", severity, Some(span), message).help(help));
        }
    }
    if complete {
        for (name, owners) in declared.iter().filter(|(n, _)| !used.contains(*n) && !BUILT_IN.contains(n)) {
            let message = format!("nothing is in the namespace `{name}`");
            out.push(Finding::warning("NSP-002", &owners[0].1.place(), message));
        }
    }
}
