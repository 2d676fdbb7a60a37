//! FLX-001 … FLX-006: Flux Kustomizations wait for each other in a way that ends.

use crate::diag::{Finding, Findings};
use crate::load::did_you_mean;
use crate::tree::{Cluster, Reconciler, Unit, World, flux};
use std::collections::HashMap;

pub(super) fn check(world: &World, out: &mut Findings) {
    for cluster in &world.clusters {
        let by_name: HashMap<(&str, &str), &Unit> =
            cluster.units.iter().rev().map(|u| ((u.object.namespace(), u.object.name()), u)).collect();
        for (at, unit) in cluster.units.iter().enumerate().filter(|(_, u)| u.reconciler == Reconciler::Flux) {
            dependencies(cluster, &by_name, unit, out);
            children(cluster, at, unit, out);
            if waits(unit) && !unit.object.list(&["spec", "healthChecks"]).is_empty() {
                let span = unit.object.span(&["spec", "healthChecks"]);
                out.push(Finding::warning("FLX-006", &span, "`wait: true` makes Flux ignore healthChecks"));
            }
        }
        for cycle in &cluster.cycles {
            let titles: Vec<String> =
                cycle.iter().chain(cycle.first()).map(|at| cluster.units[*at].title()).collect();
            let span = cluster.units[cycle[0]].object.span(&["spec", "dependsOn"]);
            out.push(Finding::error("FLX-002", &span, format!("{} wait for each other", titles.join(" → "))));
        }
    }
}

fn waits(unit: &Unit) -> bool {
    unit.object.get(&["spec", "wait"]).and_then(|w| w.as_bool()) == Some(true)
}

fn dependencies(cluster: &Cluster, by_name: &HashMap<(&str, &str), &Unit>, unit: &Unit, out: &mut Findings) {
    let entries = unit.object.list(&["spec", "dependsOn"]);
    for ((namespace, name, span), entry) in flux::dependencies(&unit.object).into_iter().zip(entries) {
        let Some(found) = by_name.get(&(namespace.as_str(), name.as_str())) else {
            let names = cluster.units.iter().map(|u| u.object.name());
            let help = match did_you_mean(&name, names) {
                Some(near) if near == name => "say its `namespace`".to_owned(),
                Some(near) => format!("write `{near}`, if that is what you mean"),
                None => "add the Kustomization, or remove the dependency".to_owned(),
            };
            out.push(
                Finding::error("FLX-001", &span, format!("there is no Kustomization {namespace}/{name}"))
                    .help(help),
            );
            continue;
        };
        let ready = waits(found)
            || !found.object.list(&["spec", "healthChecks"]).is_empty()
            || !found.object.list(&["spec", "healthCheckExprs"]).is_empty()
            || entry.get("readyExpr").is_some();
        if !ready {
            let message = format!("{} is ready as soon as its objects are accepted", found.title());
            let help = "set `wait: true` or healthChecks there, or `readyExpr` here";
            out.push(
                Finding::warning("FLX-003", &span, message).label(&found.place(), "declared here").help(help),
            );
        }
    }
}

fn children(cluster: &Cluster, at: usize, unit: &Unit, out: &mut Findings) {
    let parent = unit.parent.map(|p| &cluster.units[p]).filter(|p| waits(p));
    let Some(parent) = parent else { return };
    if unit.object.get(&["spec", "suspend"]).and_then(|s| s.as_bool()) == Some(true) {
        let message = format!("{} is suspended, and {} waits for it", unit.title(), parent.title());
        out.push(Finding::error("FLX-005", &unit.object.span(&["spec", "suspend"]), message));
    }
    let goal = unit.parent.unwrap_or(at);
    let mut open = unit.depends_on.clone();
    let mut seen = vec![false; cluster.units.len()];
    while let Some(next) = open.pop() {
        if next == goal {
            let message =
                format!("{} waits for {}, which waits for its children", unit.title(), parent.title());
            let finding = Finding::error("FLX-004", &unit.object.span(&["spec", "dependsOn"]), message);
            return out.push(finding.label(&parent.object.span(&["spec", "wait"]), "waits here"));
        }
        if !std::mem::replace(&mut seen[next], true) {
            open.extend(&cluster.units[next].depends_on);
        }
    }
}
