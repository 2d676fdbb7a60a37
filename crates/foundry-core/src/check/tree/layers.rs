//! LYR-001, LYR-002: lower layers know nothing of higher ones.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity};
use crate::tree::object::cluster_scoped;
use crate::tree::{Cluster, Unit, World};
use std::collections::BTreeMap;

/// Names of folders that are layers, lowest first.
const LAYERS: [&[&str]; 3] = [
    &["core", "infrastructure", "infra"],
    &["platform", "platform-services", "services"],
    &["apps", "applications", "tenants", "workloads"],
];

pub(in crate::check) const RULES: &[Rule] = &[
    Rule {
        id: "LYR-001",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "a lower layer creates nothing in the namespaces of a higher one",
        why: "The namespace comes later than the object, so that the lower layer fails on a new cluster; and removing the \
              higher layer removes what the lower one wants to keep. Layers are the folders core or infrastructure, \
              platform, and apps or tenants.",
        fix: "move the object into the layer that declares the namespace",
        bad: "\
# run: tree
-- clusters/home.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: infrastructure, namespace: flux-system}
spec: {path: ./infrastructure}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps}
-- infrastructure/settings.yaml --
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: shop
#            ^^^^ error LYR-001: ConfigMap/settings of the layer infrastructure lies in the namespace `shop` of the layer apps
-- apps/shop.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: shop}
",
        good: "\
# run: tree
-- clusters/home.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: infrastructure, namespace: flux-system}
spec: {path: ./infrastructure}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps}
-- infrastructure/settings.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: kube-system}
-- apps/shop.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
",
    },
    Rule {
        id: "LYR-002",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "a unit depends on its own layer or on lower ones",
        why: "A lower layer that waits for a higher one turns the order round: the cluster comes up only by accident, and \
              comes down never.",
        fix: "move the dependency into the lower layer, or the unit into the higher one",
        bad: "\
# run: tree
-- clusters/home.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: infrastructure, namespace: flux-system}
spec:
  path: ./infrastructure
  dependsOn:
    - name: apps
#           ^^^^ error LYR-002: flux-system/infrastructure (infrastructure) waits for flux-system/apps (apps)
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps}
-- infrastructure/settings.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: kube-system}
-- apps/shop.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: shop, namespace: default}
",
        good: "\
# run: tree
-- clusters/home.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: infrastructure, namespace: flux-system}
spec: {path: ./infrastructure}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  path: ./apps
  dependsOn:
    - name: infrastructure
-- infrastructure/settings.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: kube-system}
-- apps/shop.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: shop, namespace: default}
",
    },
];

/// The layer of a unit by its folder; `None` when no folder on the way is one.
fn layer(unit: &Unit) -> Option<usize> {
    let path = unit.path.as_deref()?;
    path.split('/').find_map(|part| LAYERS.iter().position(|names| names.contains(&part)))
}

fn word(layer: usize) -> &'static str {
    ["infrastructure", "platform", "apps"][layer]
}

pub(super) fn check(world: &World, out: &mut Findings) {
    for cluster in &world.clusters {
        let layers: Vec<Option<usize>> = cluster.units.iter().map(layer).collect();
        namespaces(cluster, &layers, out);
        for (at, unit) in cluster.units.iter().enumerate() {
            for (i, before) in unit.depends_on.iter().enumerate() {
                if let (Some(mine), Some(theirs)) = (layers[at], layers[*before])
                    && theirs > mine
                {
                    let other = cluster.units[*before].title();
                    let message =
                        format!("{} ({}) waits for {other} ({})", unit.title(), word(mine), word(theirs));
                    let span = unit.object.span(&["spec", "dependsOn", &i.to_string(), "name"]);
                    out.push(Finding::error("LYR-002", &span, message));
                }
            }
        }
    }
}

fn namespaces(cluster: &Cluster, layers: &[Option<usize>], out: &mut Findings) {
    let mut owner: BTreeMap<&str, usize> = BTreeMap::new();
    for (unit, object) in cluster.objects().filter(|(_, o)| o.is("", "Namespace")) {
        if let Some(layer) = layers[unit] {
            let lowest = owner.entry(object.name()).or_insert(layer);
            *lowest = layer.min(*lowest);
        }
    }
    for (unit, object) in cluster.objects().filter(|(_, o)| !cluster_scoped(o.group(), o.kind())) {
        if let (Some(mine), Some(theirs)) = (layers[unit], owner.get(object.namespace()))
            && *theirs > mine
        {
            let message = format!(
                "{} of the layer {} lies in the namespace `{}` of the layer {}",
                object.title(),
                word(mine),
                object.namespace(),
                word(*theirs)
            );
            out.push(Finding::error("LYR-001", &object.span(&["metadata", "namespace"]), message));
        }
    }
}
