//! REF-001, REF-002: what an object refers to by name is made by somebody.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity};
use crate::load::did_you_mean;
use crate::tree::refs::{Reference, products, references};
use crate::tree::{Cluster, Object, Reconciler, World};
use std::collections::{BTreeMap, BTreeSet};

/// ConfigMaps that the control plane puts into every namespace.
const BUILT_IN: [(&str, &str); 2] = [("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")];

pub(in crate::check) const RULES: &[Rule] = &[
    Rule {
        id: "REF-001",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "what is referred to by name exists: Secrets and ConfigMaps with the key, accounts, claims, Services",
        why: "A pod that names a Secret which nobody makes waits for ever with CreateContainerConfigError. A warning where \
              a chart in the same namespace might make it.",
        fix: "correct the name or the key, or add what makes it",
        bad: "\
# run: tree
-- kustomization.yaml --
resources: [pod.yaml]
-- pod.yaml --
apiVersion: v1
kind: Secret
metadata: {name: db-credentials}
stringData: {password: made-up}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.27
      env:
        - name: USER
          valueFrom:
            secretKeyRef:
              name: db-credentials
#                   ^^^^^^^^^^^^^^ error REF-001: the Secret `db-credentials` has no key `user`
              key: user
      envFrom:
        - configMapRef:
            name: web-setings
#                 ^^^^^^^^^^^ error REF-001: Pod/web refers to the ConfigMap `web-setings`, which nobody makes
",
        good: "\
# run: tree
-- kustomization.yaml --
resources: [pod.yaml]
-- pod.yaml --
apiVersion: v1
kind: Secret
metadata: {name: db-credentials}
stringData: {user: web}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.27
      env:
        - name: USER
          valueFrom:
            secretKeyRef:
              name: db-credentials
              key: user
",
    },
    Rule {
        id: "REF-002",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "issuers and classes that are referred to exist",
        why: "A certificate of an issuer that is not defined is never issued, and a claim of an unknown class stays \
              pending. Applied to kinds of which the tree defines at least one; a warning where a chart might.",
        fix: "correct the name, or define the issuer or class",
        bad: "\
# run: tree
-- kustomization.yaml --
resources: [web.yaml]
-- web.yaml --
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: letsencrypt-prod}
spec: {selfSigned: {}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: web, namespace: default}
spec:
  secretName: web-tls
  dnsNames: [web.example.org]
  issuerRef:
    kind: ClusterIssuer
    name: cloudflare-issuer
#         ^^^^^^^^^^^^^^^^^ error REF-002: Certificate/web refers to the ClusterIssuer `cloudflare-issuer`, which nobody makes
",
        good: "\
# run: tree
-- kustomization.yaml --
resources: [web.yaml]
-- web.yaml --
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: letsencrypt-prod}
spec: {selfSigned: {}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: web, namespace: default}
spec:
  secretName: web-tls
  dnsNames: [web.example.org]
  issuerRef:
    kind: ClusterIssuer
    name: letsencrypt-prod
",
    },
];

type Id = (String, String, String);

/// What a cluster makes: keys by kind, namespace and name.
struct Made {
    all: BTreeMap<Id, Option<BTreeSet<String>>>,
    /// Namespaces into which a chart puts things that are not in the tree.
    charts: BTreeSet<String>,
    any_chart: bool,
    complete: bool,
}

impl Made {
    fn of(cluster: &Cluster) -> Made {
        let mut made =
            Made { all: BTreeMap::new(), charts: BTreeSet::new(), any_chart: false, complete: true };
        made.complete = cluster.units.iter().all(|u| u.build.is_complete() && u.spoiled.is_empty());
        for (_, object) in cluster.objects() {
            for (kind, name, namespace, keys) in products(object) {
                let entry = made.all.entry((kind, namespace, name)).or_insert_with(|| Some(BTreeSet::new()));
                match (keys, entry.as_mut()) {
                    (Some(keys), Some(known)) => known.extend(keys),
                    _ => *entry = None,
                }
            }
            let chart = match object.kind() {
                "HelmRelease" if object.group() == "helm.toolkit.fluxcd.io" => {
                    Some(object.text(&["spec", "targetNamespace"]))
                }
                "HelmChart" if object.group() == "helm.cattle.io" => {
                    Some(object.text(&["spec", "targetNamespace"]))
                }
                _ => None,
            };
            if let Some(target) = chart {
                made.any_chart = true;
                made.charts.insert(if target.is_empty() { object.namespace() } else { target }.to_owned());
            }
        }
        for unit in cluster.units.iter().filter(|u| u.reconciler == Reconciler::Argo) {
            let outside = crate::tree::argocd::sources(&unit.object).len() > usize::from(unit.path.is_some());
            if outside {
                made.any_chart = true;
                made.charts.insert(unit.object.text(&["spec", "destination", "namespace"]).to_owned());
            }
        }
        made
    }

    /// The keys of what is referred to; the outer `None`: nobody makes it.
    fn find(&self, reference: &Reference) -> Option<&Option<BTreeSet<String>>> {
        let id = (reference.kind.to_owned(), reference.namespace.clone(), reference.name.clone());
        self.all.get(&id).or_else(|| {
            // The kinds that stand outside namespaces, wrongly given one.
            let cluster_wide = reference.namespace.is_empty();
            let same = |(id, _): &(&Id, _)| cluster_wide && id.0 == reference.kind && id.2 == reference.name;
            self.all.iter().find(same).map(|(_, keys)| keys)
        })
    }

    fn severity(&self, reference: &Reference) -> Severity {
        let chart = match reference.namespace.is_empty() {
            true => self.any_chart,
            false => self.charts.contains(&reference.namespace),
        };
        if chart || !self.complete { Severity::Warning } else { Severity::Error }
    }
}

pub(super) fn check(world: &World, out: &mut Findings) {
    for cluster in &world.clusters {
        let made = Made::of(cluster);
        for (_, object) in cluster.objects() {
            for reference in references(object) {
                judge(&reference, object, &made, out);
            }
        }
    }
}

fn judge(reference: &Reference, object: &Object, made: &Made, out: &mut Findings) {
    let (kind, name) = (reference.kind, reference.name.as_str());
    if reference.optional || BUILT_IN.contains(&(kind, name)) {
        return;
    }
    let class = matches!(kind, "ClusterIssuer" | "Issuer" | "StorageClass" | "IngressClass");
    // Classes come with the cluster; they are asked for where the tree defines some.
    if class && !made.all.keys().any(|id| id.0 == kind) && !matches!(kind, "ClusterIssuer" | "Issuer") {
        return;
    }
    let rule = if class { "REF-002" } else { "REF-001" };
    let Some(keys) = made.find(reference) else {
        let others =
            made.all.keys().filter(|id| id.0 == kind && id.1 == reference.namespace).map(|id| id.2.as_str());
        let message = format!("{} refers to the {kind} `{name}`, which nobody makes", object.title());
        let near = did_you_mean(name, others);
        let help = match (near, made.severity(reference)) {
            (Some(near), _) => format!("write `{near}`, if that is what you mean"),
            (None, Severity::Warning) => "make sure that a chart or the cluster itself makes it".to_owned(),
            (None, _) => format!("add the {kind}, or correct the name"),
        };
        let finding = Finding::new(rule, made.severity(reference), Some(reference.span.clone()), message);
        return out.push(finding.help(help));
    };
    if let (Some(key), Some(keys)) = (&reference.key, keys)
        && !keys.contains(key)
    {
        let message = format!("the {kind} `{name}` has no key `{key}`");
        let near = did_you_mean(key, keys.iter().map(String::as_str));
        let has = keys.iter().cloned().collect::<Vec<_>>().join(", ");
        let help = near.map_or(format!("use one of its keys: {has}"), |n| {
            format!("write `{n}`, if that is what you mean")
        });
        out.push(Finding::error(rule, &reference.span, message).help(help));
    }
}
