//! NAM-001, LBL-001: names that Kubernetes takes, and the labels that a repository has agreed on.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity};
use crate::tree::{Object, World, refs};

/// Helm keeps its releases in Secrets whose names have room for 53 characters.
const RELEASE_NAME: usize = 53;

const AGREED: [&str; 4] = ["name", "part-of", "component", "managed-by"];

pub(in crate::check) const NAMES: &[Rule] = &[Rule {
    id: "NAM-001",
    severity: Severity::Error,
    phase: Phase::Tree,
    title: "names are lower case letters, digits and `-`, and short enough",
    why: "The API server refuses other names, and Helm refuses releases whose name is longer than 53 characters, only \
          when they are applied.",
    fix: "rename the object in kebab-case",
    bad: "\
# run: tree
-- web.yaml --
apiVersion: v1
kind: ConfigMap
metadata:
  name: Web_Settings
#       ^^^^^^^^^^^^ error NAM-001: `Web_Settings` is no name of a Kubernetes object
",
    good: "\
# run: tree
-- web.yaml --
apiVersion: v1
kind: ConfigMap
metadata:
  name: web-settings
",
}];

pub(in crate::check) const LABELS: &[Rule] = &[Rule {
    id: "LBL-001",
    severity: Severity::Warning,
    phase: Phase::Tree,
    title: "a repository that labels its workloads labels all of them",
    why: "Dashboards, costs and policies select by `app.kubernetes.io/part-of` and its siblings; a workload without them \
          is in none. Applied where at least half of the workloads carry the label.",
    fix: "add the label, best with `labels` in the kustomization",
    bad: "\
# run: tree
-- web.yaml --
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app.kubernetes.io/part-of: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
#       ^^^^ warning LBL-001: Deployment/cart has no label `app.kubernetes.io/part-of`, unlike most workloads
",
    good: "\
# run: tree
-- web.yaml --
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app.kubernetes.io/part-of: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
  labels: {app.kubernetes.io/part-of: shop}
",
}];

pub(super) fn check(world: &World, out: &mut Findings) {
    for (_, object) in world.clusters.iter().flat_map(|c| c.objects()) {
        name(object, out);
    }
    let workloads: Vec<&Object> = world
        .clusters
        .iter()
        .flat_map(|c| c.objects())
        .map(|(_, o)| o)
        .filter(|o| refs::pod_path(o.kind()).is_some() && matches!(o.group(), "" | "apps" | "batch"))
        .collect();
    for label in AGREED {
        let label = format!("app.kubernetes.io/{label}");
        let with = workloads.iter().filter(|o| o.label(&label).is_some()).count();
        if with == 0 || with * 2 < workloads.len() {
            continue;
        }
        for object in workloads.iter().filter(|o| o.label(&label).is_none()) {
            let message = format!("{} has no label `{label}`, unlike most workloads", object.title());
            out.push(Finding::warning("LBL-001", &object.place(), message));
        }
    }
}

fn name(object: &Object, out: &mut Findings) {
    let name = object.name();
    // Names of roles may hold colons, and those of CRDs are checked by the server against their fields.
    let free = object.group() == "rbac.authorization.k8s.io" || name.is_empty() || name.contains("${");
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if !free && (!name.chars().all(good) || !ends(name.chars().next()) || !ends(name.chars().last())) {
        let message = format!("`{name}` is no name of a Kubernetes object");
        let help = "use lower case letters, digits and `-`";
        out.push(Finding::error("NAM-001", &object.place(), message).help(help));
    }
    if name.len() > 253 {
        out.push(Finding::error(
            "NAM-001",
            &object.place(),
            format!("a name of {} characters, more than 253", name.len()),
        ));
    }
    if object.is("helm.toolkit.fluxcd.io", "HelmRelease") {
        let release = match object.text(&["spec", "releaseName"]) {
            "" => name,
            own => own,
        };
        if release.len() > RELEASE_NAME {
            let message =
                format!("a release's name of {} characters, more than {RELEASE_NAME}", release.len());
            out.push(
                Finding::error("NAM-001", &object.place(), message).help("set a shorter `spec.releaseName`"),
            );
        }
    }
}
