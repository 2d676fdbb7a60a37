//! ARG-004 … ARG-009: Applications sync without known traps.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity};
use crate::tree::{Object, Reconciler, Unit, World};
use serde_json::Value;

/// The finalizer that deletes what an Application made.
const CASCADE: &str = "resources-finalizer.argocd.argoproj.io";

pub(in crate::check) const RULES: &[Rule] = &[
    Rule {
        id: "ARG-004",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "an Application does not both replace and apply on the server's side",
        why: "`Replace=true` wins over `ServerSideApply=true` and recreates objects at each sync.",
        fix: "remove one of the two options",
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
  source: {repoURL: 'https://charts.example.org', chart: web, targetRevision: 1.2.3}
  destination: {name: in-cluster, namespace: default}
  syncPolicy:
    syncOptions:
      - ServerSideApply=true
      - Replace=true
#       ^^^^^^^^^^^^ error ARG-004: `Replace=true` wins over `ServerSideApply=true`
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
  syncPolicy:
    syncOptions:
      - ServerSideApply=true
",
    },
    Rule {
        id: "ARG-005",
        severity: Severity::Warning,
        phase: Phase::Tree,
        title: "differences are ignored for one object, not for all",
        why: "Ignoring the data of every Secret or ConfigMap hides real drift with the harmless one.",
        fix: "name the object whose data somebody else writes",
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
  source: {repoURL: 'https://charts.example.org', chart: web, targetRevision: 1.2.3}
  destination: {name: in-cluster, namespace: default}
  ignoreDifferences:
    - kind: Secret
#           ^^^^^^ warning ARG-005: the data of every Secret is ignored
      jsonPointers: [/data]
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
  ignoreDifferences:
    - kind: Secret
      name: webhook-ca
      jsonPointers: [/data]
",
    },
    Rule {
        id: "ARG-006",
        severity: Severity::Warning,
        phase: Phase::Tree,
        title: "what holds data is not pruned by accident",
        why: "An Application that prunes deletes a claim or a namespace as soon as its file is gone, and the data \
              with it.",
        fix: "annotate the object with `argocd.argoproj.io/sync-options: Prune=false`",
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
  source: {repoURL: 'https://git.example.org/home.git', path: web, targetRevision: v1.0.0}
  destination: {name: in-cluster, namespace: default}
  syncPolicy:
    automated: {prune: true}
-- web/c.yaml --
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: data
#       ^^^^ warning ARG-006: PersistentVolumeClaim/data goes as soon as its file does
  namespace: default
spec: {}
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
  source: {repoURL: 'https://git.example.org/home.git', path: web, targetRevision: v1.0.0}
  destination: {name: in-cluster, namespace: default}
  syncPolicy:
    automated: {prune: true}
-- web/c.yaml --
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: data
  namespace: default
  annotations: {argocd.argoproj.io/sync-options: Prune=false}
spec: {}
",
    },
    Rule {
        id: "ARG-007",
        severity: Severity::Info,
        phase: Phase::Tree,
        title: "an Application is synced automatically",
        why: "What is synced by hand differs from Git until somebody remembers it.",
        fix: "set `syncPolicy.automated`",
        bad: "\
# run: tree
-- web.yaml --
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: web
#       ^^^ info ARG-007: `web` is synced by hand only
  namespace: argocd
spec:
  project: default
  source: {repoURL: 'https://charts.example.org', chart: web, targetRevision: 1.2.3}
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
  syncPolicy:
    automated: {selfHeal: true}
",
    },
    Rule {
        id: "ARG-008",
        severity: Severity::Warning,
        phase: Phase::Tree,
        title: "an object says nothing that the server fills in",
        why: "The server adds or removes such fields, so that Argo CD sees a difference after each sync and syncs \
              for ever.",
        fix: "remove the field",
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
  source: {repoURL: 'https://git.example.org/home.git', path: web, targetRevision: v1.0.0}
  destination: {name: in-cluster, namespace: default}
-- web/c.yaml --
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: db
  namespace: default
spec:
  volumeClaimTemplates:
    - apiVersion: v1
      kind: PersistentVolumeClaim
#           ^^^^^^^^^^^^^^^^^^^^^ warning ARG-008: the server leaves apiVersion and kind out of claim templates
      metadata: {name: data}
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
  source: {repoURL: 'https://git.example.org/home.git', path: web, targetRevision: v1.0.0}
  destination: {name: in-cluster, namespace: default}
-- web/c.yaml --
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: db
  namespace: default
spec:
  volumeClaimTemplates:
    - metadata: {name: data}
",
    },
    Rule {
        id: "ARG-009",
        severity: Severity::Warning,
        phase: Phase::Tree,
        title: "deleting an Application deletes its objects",
        why: "Without the finalizer the objects of a deleted Application stay in the cluster and belong to nobody.",
        fix: "add the finalizer `resources-finalizer.argocd.argoproj.io`",
        bad: "\
# run: tree
-- web.yaml --
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: web
#       ^^^ warning ARG-009: deleting `web` leaves its objects behind
  namespace: argocd
spec:
  project: default
  source: {repoURL: 'https://charts.example.org', chart: web, targetRevision: 1.2.3}
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
  finalizers: [resources-finalizer.argocd.argoproj.io]
spec:
  project: default
  source: {repoURL: 'https://charts.example.org', chart: web, targetRevision: 1.2.3}
  destination: {name: in-cluster, namespace: default}
",
    },
];

pub(super) fn check(world: &World, out: &mut Findings) {
    for unit in world.units().filter(|u| u.reconciler == Reconciler::Argo) {
        let object = &unit.object;
        let options: Vec<&str> =
            object.list(&["spec", "syncPolicy", "syncOptions"]).iter().filter_map(Value::as_str).collect();
        if let Some(at) = options.iter().position(|o| *o == "Replace=true")
            && options.contains(&"ServerSideApply=true")
        {
            let span = object.span(&["spec", "syncPolicy", "syncOptions", &at.to_string()]);
            out.push(Finding::error("ARG-004", &span, "`Replace=true` wins over `ServerSideApply=true`"));
        }
        ignored(object, out);
        if object.get(&["spec", "syncPolicy", "automated", "prune"]).and_then(Value::as_bool) == Some(true) {
            pruned(unit, out);
        }
        if object.get(&["spec", "syncPolicy", "automated"]).is_none() {
            let span = object.place();
            let message = format!("`{}` is synced by hand only", object.name());
            out.push(Finding::new("ARG-007", Severity::Info, Some(span), message));
        }
        let finalizers = object.list(&["metadata", "finalizers"]);
        if !finalizers.iter().any(|f| f.as_str().is_some_and(|f| f.starts_with(CASCADE))) {
            let message = format!("deleting `{}` leaves its objects behind", object.name());
            out.push(
                Finding::warning("ARG-009", &object.place(), message)
                    .help(format!("add the finalizer `{CASCADE}`")),
            );
        }
        unit.objects.iter().for_each(|o| defaulted(o, out));
    }
}

fn ignored(object: &Object, out: &mut Findings) {
    for (i, entry) in object.list(&["spec", "ignoreDifferences"]).iter().enumerate() {
        let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
        let data = entry.to_string().contains("/data") || entry.to_string().contains(".data");
        if matches!(text("kind"), "Secret" | "ConfigMap") && matches!(text("name"), "" | "*") && data {
            let span = object.span(&["spec", "ignoreDifferences", &i.to_string(), "kind"]);
            let message = format!("the data of every {} is ignored", text("kind"));
            out.push(
                Finding::warning("ARG-005", &span, message).help("say the `name` of the one that differs"),
            );
        }
    }
}

fn pruned(unit: &Unit, out: &mut Findings) {
    let holds_data = |o: &&Object| o.is("", "PersistentVolumeClaim") || o.is("", "Namespace");
    for object in unit.objects.iter().filter(holds_data) {
        let options = object.annotation("argocd.argoproj.io/sync-options").unwrap_or_default();
        if !options.contains("Prune=false") && !options.contains("Delete=false") {
            let message = format!("{} goes as soon as its file does", object.title());
            let help = "annotate it with `argocd.argoproj.io/sync-options: Prune=false`";
            out.push(Finding::warning("ARG-006", &object.place(), message).help(help));
        }
    }
}

fn defaulted(object: &Object, out: &mut Findings) {
    for i in 0..object.list(&["spec", "volumeClaimTemplates"]).len() {
        let i = i.to_string();
        if object.get(&["spec", "volumeClaimTemplates", &i, "kind"]).is_some() {
            let span = object.span(&["spec", "volumeClaimTemplates", &i, "kind"]);
            let message = "the server leaves apiVersion and kind out of claim templates";
            out.push(Finding::warning("ARG-008", &span, message));
        }
    }
}
