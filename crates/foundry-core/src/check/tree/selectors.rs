//! REF-003, REF-004: Services and network policies select pods that exist.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity};
use crate::tree::object::at;
use crate::tree::{Cluster, Object, Reconciler, World, refs};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

pub(in crate::check) const RULES: &[Rule] = &[
    Rule {
        id: "REF-003",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "a Service selects the pods of some workload",
        why: "A Service whose selector fits no pod answers with nothing, and nothing says why. A warning where a chart in \
              the same namespace might bring the pods.",
        fix: "write the labels of the pod template into the selector",
        bad: "\
# run: tree
-- kustomization.yaml --
resources: [web.yaml]
-- web.yaml --
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'nginx:1.27'}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector:
# ^^^^^^^^ error REF-003: Service/web selects app=wep, which no pod has
    app: wep
  ports: [{port: 80}]
",
        good: "\
# run: tree
-- kustomization.yaml --
resources: [web.yaml]
-- web.yaml --
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'nginx:1.27'}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector:
    app: web
  ports: [{port: 80}]
",
    },
    Rule {
        id: "REF-004",
        severity: Severity::Warning,
        phase: Phase::Tree,
        title: "a network policy selects pods that exist",
        why: "A policy for labels that no pod has protects nothing, and looks as if it did.",
        fix: "write the labels of the pod template into the selector",
        bad: "\
# run: tree
-- kustomization.yaml --
resources: [web.yaml]
-- web.yaml --
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec:
  podSelector:
    matchLabels:
#   ^^^^^^^^^^^ warning REF-004: NetworkPolicy/web selects app=web, which no pod has
      app: web
",
        good: "\
# run: tree
-- kustomization.yaml --
resources: [web.yaml]
-- web.yaml --
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec:
  podSelector: {}
",
    },
];

pub(super) fn check(world: &World, out: &mut Findings) {
    for cluster in &world.clusters {
        let pods = pods(cluster);
        let charts = charts(cluster);
        for (_, object) in cluster.objects() {
            let (rule, path): (_, &[&str]) = match (object.group(), object.kind()) {
                ("", "Service") => ("REF-003", &["spec", "selector"]),
                ("networking.k8s.io", "NetworkPolicy") => {
                    ("REF-004", &["spec", "podSelector", "matchLabels"])
                }
                _ => continue,
            };
            let Some(wanted) = object.get(path).and_then(Value::as_object).filter(|m| !m.is_empty()) else {
                no_selector(cluster, object, rule, out);
                continue;
            };
            let fits = |(namespace, labels): &(String, Map<String, Value>)| {
                // Controllers give pods such labels by themselves.
                let given = |k: &str| {
                    k.starts_with("statefulset.kubernetes.io/") || k.starts_with("apps.kubernetes.io/")
                };
                namespace == object.namespace()
                    && wanted.iter().all(|(k, v)| given(k) || labels.get(k) == Some(v))
            };
            if pods.iter().any(fits) || wanted.values().any(|v| v.as_str().is_some_and(|v| v.contains("${")))
            {
                continue;
            }
            let chart = charts.contains(object.namespace()) || object.namespace() == "kube-system";
            let severity = if chart || rule == "REF-004" { Severity::Warning } else { Severity::Error };
            let labels: Vec<String> =
                wanted.iter().map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or_default())).collect();
            let message = format!("{} selects {}, which no pod has", object.title(), labels.join(","));
            let finding = Finding::new(rule, severity, Some(object.span(path)), message);
            out.push(finding.help("write the labels of a pod template of the same namespace"));
        }
    }
}

fn no_selector(cluster: &Cluster, object: &Object, rule: &'static str, out: &mut Findings) {
    if rule != "REF-003"
        || object.text(&["spec", "type"]) == "ExternalName"
        || object.get(&["spec"]).is_none()
    {
        return;
    }
    let endpoints = |o: &Object| {
        let named = o.name() == object.name() && o.kind() == "Endpoints";
        named || (o.kind() == "EndpointSlice" && o.label("kubernetes.io/service-name") == Some(object.name()))
    };
    if !cluster.objects().any(|(_, o)| o.namespace() == object.namespace() && endpoints(o)) {
        let message = format!("{} has no selector and no endpoints of its own", object.title());
        out.push(
            Finding::error(rule, &object.place(), message).help("add `spec.selector`, or an EndpointSlice"),
        );
    }
}

/// Namespace and labels of every pod template.
fn pods(cluster: &Cluster) -> Vec<(String, Map<String, Value>)> {
    let mut all = Vec::new();
    for (_, object) in cluster.objects() {
        let labels = match (object.group(), object.kind()) {
            ("", "Pod") => object.get(&["metadata", "labels"]),
            ("postgresql.cnpg.io", "Cluster") => None,
            _ if refs::pod_path(object.kind()).is_some() => {
                let template: &[&str] = if object.kind() == "CronJob" {
                    &["spec", "jobTemplate", "spec", "template", "metadata", "labels"]
                } else {
                    &["spec", "template", "metadata", "labels"]
                };
                at(&object.value, template)
            }
            _ => None,
        };
        if let Some(Value::Object(labels)) = labels {
            all.push((object.namespace().to_owned(), labels.clone()));
        }
    }
    all
}

/// Namespaces in which pods come from elsewhere: charts and operators.
fn charts(cluster: &Cluster) -> BTreeSet<String> {
    let from = |object: &Object| match object.kind() {
        "HelmRelease" | "HelmChart" => match object.text(&["spec", "targetNamespace"]) {
            "" => Some(object.namespace().to_owned()),
            target => Some(target.to_owned()),
        },
        // Operators make pods of their own objects.
        _ if object.group().contains('.')
            && !object.group().ends_with("k8s.io")
            && !object.group().ends_with("fluxcd.io") =>
        {
            Some(object.namespace().to_owned())
        }
        _ => None,
    };
    let mut all: BTreeSet<String> = cluster.objects().filter_map(|(_, o)| from(o)).collect();
    for unit in cluster.units.iter().filter(|u| u.reconciler == Reconciler::Argo) {
        if crate::tree::argocd::sources(&unit.object).len() > usize::from(unit.path.is_some()) {
            all.insert(unit.object.text(&["spec", "destination", "namespace"]).to_owned());
        }
    }
    all
}
