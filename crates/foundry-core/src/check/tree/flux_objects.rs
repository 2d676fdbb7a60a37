//! FLX-007 … FLX-015: Flux's objects are complete and point to what exists.

use crate::diag::{Finding, Findings};
use crate::tree::{Cluster, Object, Reconciler, Unit, World};
use std::collections::{BTreeSet, HashSet};

/// API groups, and the charts that bring them.
const BROUGHT_BY: [(&str, &[&str]); 9] = [
    ("cert-manager.io", &["cert-manager"]),
    ("external-secrets.io", &["external-secrets"]),
    ("metallb.io", &["metallb"]),
    ("traefik.io", &["traefik"]),
    ("postgresql.cnpg.io", &["cloudnative-pg"]),
    ("monitoring.coreos.com", &["kube-prometheus-stack", "prometheus-operator-crds", "prometheus-operator"]),
    ("velero.io", &["velero"]),
    ("longhorn.io", &["longhorn"]),
    ("projectcontour.io", &["contour"]),
];

pub(super) fn check(world: &World, out: &mut Findings) {
    let files: HashSet<(&str, &str)> = world.tree.objects().map(|(_, o)| (o.kind(), o.name())).collect();
    for cluster in &world.clusters {
        let known = Known::of(cluster);
        for unit in &cluster.units {
            if unit.reconciler == Reconciler::Flux {
                kustomization(world, &known, &files, unit, out);
            }
            same_unit(unit, out);
        }
        let complete = cluster.units.iter().all(|u| u.build.is_complete());
        for (_, release) in cluster.objects().filter(|(_, o)| o.is("helm.toolkit.fluxcd.io", "HelmRelease")) {
            helm_release(&known, complete, release, out);
        }
    }
}

/// What a cluster has, gathered once: a large one has thousands of units that each ask.
struct Known<'c> {
    namespaces: HashSet<&'c str>,
    /// Kind and name.
    objects: HashSet<(&'c str, &'c str)>,
}

impl<'c> Known<'c> {
    fn of(cluster: &'c Cluster) -> Known<'c> {
        let mut known = Known {
            namespaces: HashSet::from(["", "flux-system", "default", "kube-system"]),
            objects: HashSet::new(),
        };
        for (_, object) in cluster.objects() {
            known.namespaces.insert(object.namespace());
            known.objects.insert((object.kind(), object.name()));
            if object.is("", "Namespace") {
                known.namespaces.insert(object.name());
            }
        }
        known
    }
}

fn kustomization(
    world: &World,
    known: &Known<'_>,
    files: &HashSet<(&str, &str)>,
    unit: &Unit,
    out: &mut Findings,
) {
    let object = &unit.object;
    if unit.path.is_none() && !object.text(&["spec", "path"]).contains("${") {
        let path = object.text(&["spec", "path"]);
        let folders: Vec<String> = world.tree.folders().map(|f| format!("./{f}")).collect();
        let near = crate::load::did_you_mean(path, folders.iter().map(String::as_str));
        let help =
            near.map_or("correct the path".to_owned(), |n| format!("write `{n}`, if that is what you mean"));
        let message = format!("there is no folder `{path}` in the repository");
        out.push(Finding::error("FLX-008", &object.span(&["spec", "path"]), message).help(help));
    }
    health_checks(known, unit, out);
    let (kind, name) =
        (object.text(&["spec", "sourceRef", "kind"]), object.text(&["spec", "sourceRef", "name"]));
    let exists = || known.objects.contains(&(kind, name)) || files.contains(&(kind, name));
    if !name.is_empty() && name != "flux-system" && !exists() {
        let message = format!("there is no {kind} `{name}`");
        out.push(Finding::error("FLX-009", &object.span(&["spec", "sourceRef", "name"]), message));
    }
    let flag = |key: &str| object.get(&["spec", key]).and_then(|v| v.as_bool());
    if flag("prune") == Some(false) {
        let span = object.span(&["spec", "prune"]);
        out.push(Finding::warning("FLX-010", &span, "what leaves the repository stays in the cluster"));
    }
    let interval = object.text(&["spec", "interval"]);
    if seconds(interval).is_some_and(|s| s < 60) {
        let message = format!("reconciled every {interval}, more often than each minute");
        out.push(Finding::warning("FLX-010", &object.span(&["spec", "interval"]), message));
    }
}

/// The length of a duration such as `1h30m` in seconds.
fn seconds(text: &str) -> Option<u64> {
    let (mut total, mut number) = (0, String::new());
    for c in text.chars() {
        if c.is_ascii_digit() {
            number.push(c);
            continue;
        }
        let unit = match c {
            'h' => 3600,
            'm' => 60,
            's' => 1,
            _ => return None,
        };
        total += std::mem::take(&mut number).parse::<u64>().ok()? * unit;
    }
    (number.is_empty() && !text.is_empty()).then_some(total)
}

fn health_checks(known: &Known<'_>, unit: &Unit, out: &mut Findings) {
    for (i, check) in unit.object.list(&["spec", "healthChecks"]).iter().enumerate() {
        let namespace = check.get("namespace").and_then(|n| n.as_str()).unwrap_or_default();
        if !known.namespaces.contains(namespace) && !namespace.contains("${") {
            let span = unit.object.span(&["spec", "healthChecks", &i.to_string(), "namespace"]);
            out.push(Finding::error("FLX-007", &span, format!("nothing is in the namespace `{namespace}`")));
        }
    }
}

fn same_unit(unit: &Unit, out: &mut Findings) {
    let charts: BTreeSet<&str> = unit
        .objects
        .iter()
        .filter(|o| o.is("helm.toolkit.fluxcd.io", "HelmRelease"))
        .map(|o| o.text(&["spec", "chart", "spec", "chart"]))
        .collect();
    if unit.reconciler != Reconciler::Flux || charts.is_empty() {
        return;
    }
    for object in &unit.objects {
        let brought = BROUGHT_BY
            .iter()
            .find(|(group, _)| *group == object.group() || object.group().ends_with(&format!(".{group}")));
        let Some(chart) = brought.and_then(|(_, names)| names.iter().find(|n| charts.contains(**n))) else {
            continue;
        };
        let message = format!(
            "{} is of a kind that the chart `{chart}` of the same Kustomization brings",
            object.title()
        );
        let help = "move it into a Kustomization that depends on this one";
        out.push(Finding::error("FLX-012", &object.place(), message).help(help));
    }
}

fn helm_release(known: &Known<'_>, complete: bool, release: &Object, out: &mut Findings) {
    let spec = ["spec", "chart", "spec"];
    let at = |key: &'static str| [spec[0], spec[1], spec[2], key];
    let version = release.text(&at("version"));
    let from_git = release.text(&["spec", "chart", "spec", "sourceRef", "kind"]) == "GitRepository";
    let has_chart = release.get(&spec).is_some();
    let exact = version.starts_with(|c: char| c.is_ascii_digit() || c == 'v')
        && !version.contains(['*', 'x', ' ', '>', '<', '|', '^', '~', ',']);
    if has_chart && !from_git && !exact && !version.contains("${") {
        let shown = if version.is_empty() { "no version".to_owned() } else { format!("`{version}`") };
        let message = format!("{shown} is no exact version of a chart");
        out.push(Finding::error("FLX-013", &release.span(&at("version")), message));
    }
    let (kind, name) = (
        release.text(&["spec", "chart", "spec", "sourceRef", "kind"]),
        release.text(&["spec", "chart", "spec", "sourceRef", "name"]),
    );
    let found = known.objects.contains(&(kind, name));
    if has_chart && !name.is_empty() && !found && complete {
        let span = release.span(&["spec", "chart", "spec", "sourceRef", "name"]);
        out.push(Finding::error("FLX-014", &span, format!("there is no {kind} `{name}`")));
    }
    let says = |when: &str| {
        release.get(&["spec", when, "remediation"]).is_some()
            || release.get(&["spec", when, "strategy"]).is_some()
    };
    if !says("install") || !says("upgrade") {
        let message = format!("{} does not say what happens when it fails", release.title());
        out.push(Finding::warning("FLX-015", &release.place(), message));
    }
}
