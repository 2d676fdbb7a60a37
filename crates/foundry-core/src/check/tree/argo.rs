//! REF-005, ARG-001 … ARG-003: Applications point to what exists, in an order, at a fixed revision.

use crate::diag::{Finding, Findings};
use crate::tree::refs::{products, references};
use crate::tree::{Cluster, Reconciler, Unit, World, argocd, join};
use std::collections::HashMap;

/// The key of argocd-cm that gives Applications a health.
const HEALTH: &str = "resource.customizations.health.argoproj.io_Application";

pub(super) fn check(world: &World, out: &mut Findings) {
    for cluster in &world.clusters {
        let applications = cluster.units.iter().filter(|u| u.reconciler == Reconciler::Argo);
        for unit in applications.clone() {
            sources(world, unit, out);
        }
        if applications.clone().next().is_some() {
            waves(cluster, out);
            health(world, cluster, out);
        }
    }
}

fn sources(world: &World, unit: &Unit, out: &mut Findings) {
    for source in argocd::sources(&unit.object) {
        let (chart, path, revision) =
            (source.text("chart"), source.text("path"), source.text("targetRevision"));
        let ours = chart.is_empty() && Some(source.text("repoURL")) == world.address.as_deref();
        if ours && !path.is_empty() && join("", path).is_none_or(|p| !world.tree.has_folder(&p)) {
            let message = format!("there is no folder `{path}` in the repository");
            out.push(Finding::error("REF-005", &source.span(&unit.object, "path"), message));
        }
        let exact = revision.starts_with(|c: char| c.is_ascii_digit() || c == 'v')
            && !revision.contains(['*', 'x', ' ', '>', '<', '|', '^', '~']);
        let span = source.span(&unit.object, "targetRevision");
        if !chart.is_empty() && !exact {
            let message = format!("`{revision}` is no exact version of the chart `{chart}`");
            out.push(Finding::error("ARG-003", &span, message));
        } else if chart.is_empty() && matches!(revision, "" | "HEAD" | "main" | "master") && !ours {
            let shown = if revision.is_empty() { "HEAD" } else { revision };
            let message = format!("`{shown}` of another repository changes without a commit here");
            out.push(Finding::warning("ARG-003", &span, message));
        }
    }
    values_files(world, unit, out);
}

/// `$values/…` names a file of the source with `ref: values`.
fn values_files(world: &World, unit: &Unit, out: &mut Findings) {
    let sources = argocd::sources(&unit.object);
    let ours = |name: &str| {
        let is = |s: &&argocd::Source<'_>| s.text("ref") == name;
        sources.iter().find(is).is_some_and(|s| Some(s.text("repoURL")) == world.address.as_deref())
    };
    for source in &sources {
        let files = source.value.get("helm").and_then(|h| h.get("valueFiles")).and_then(|v| v.as_array());
        for (i, file) in files.into_iter().flatten().enumerate() {
            let Some((name, path)) =
                file.as_str().and_then(|f| f.strip_prefix('$')).and_then(|f| f.split_once('/'))
            else {
                continue;
            };
            if ours(name) && world.tree.text(path).is_none() {
                let at: Vec<String> = source
                    .at
                    .iter()
                    .cloned()
                    .chain(["helm".into(), "valueFiles".into(), i.to_string()])
                    .collect();
                let message = format!("there is no file `{path}` in the repository");
                out.push(Finding::error("REF-005", &unit.object.span(&at), message));
            }
        }
    }
}

fn waves(cluster: &Cluster, out: &mut Findings) {
    let mut makers: HashMap<(String, String, String), usize> = HashMap::new();
    for (unit, object) in cluster.objects() {
        for (kind, name, namespace, _) in products(object) {
            makers.entry((kind, namespace, name)).or_insert(unit);
        }
    }
    for (unit, object) in cluster.objects() {
        for reference in references(object) {
            let id = (reference.kind.to_owned(), reference.namespace.clone(), reference.name.clone());
            let Some(maker) = makers.get(&id).filter(|m| **m != unit) else { continue };
            let (mine, theirs) =
                (argocd::wave(&cluster.units[unit].object), argocd::wave(&cluster.units[*maker].object));
            if theirs > mine && cluster.units[unit].parent == cluster.units[*maker].parent {
                let message = format!(
                    "{} comes in wave {mine}, the {} `{}` that it needs in wave {theirs}",
                    object.title(),
                    reference.kind,
                    reference.name
                );
                let finding = Finding::error("ARG-001", &reference.span, message);
                out.push(
                    finding.label(
                        &cluster.units[*maker].place(),
                        format!("in the Application of wave {theirs}"),
                    ),
                );
            }
        }
    }
}

fn health(world: &World, cluster: &Cluster, out: &mut Findings) {
    let customised =
        world.tree.objects().any(|(_, o)| o.is("", "ConfigMap") && o.get(&["data", HEALTH]).is_some())
            || world.tree.files.values().flat_map(|f| &f.documents).any(|d| mentions(d));
    for (at, unit) in cluster.units.iter().enumerate() {
        let mut waves: Vec<i64> =
            cluster.units.iter().filter(|u| u.parent == Some(at)).map(|u| argocd::wave(&u.object)).collect();
        waves.sort_unstable();
        waves.dedup();
        if waves.len() > 1 && !customised {
            let message = format!(
                "the {} waves below `{}` do not wait for each other",
                waves.len(),
                unit.object.name()
            );
            let help = format!("add `{HEALTH}` to the ConfigMap argocd-cm");
            out.push(Finding::warning("ARG-002", &unit.place(), message).help(help));
        }
    }
}

/// Whether values of a chart set the customization.
fn mentions(node: &crate::yaml::Node) -> bool {
    node.entries().iter().any(|e| e.key.text() == Some(HEALTH) || mentions(&e.value))
}
