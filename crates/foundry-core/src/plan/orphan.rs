//! What is ours and declared nowhere any more: listed always, removed only when asked.

use super::compare::Planner;
use super::desired::Desired;
use super::draft::Drafts;
use super::verdict::Kind;
use super::{Action, Condition, Container, Expect, Observed};
use std::collections::{BTreeMap, BTreeSet};

/// Everything of ours that nothing declares.
struct Orphans<'o> {
    containers: Vec<(&'o Container, String)>,
    networks: Vec<(&'o super::ObservedNetwork, String)>,
    volumes: Vec<&'o str>,
    files: BTreeMap<&'o str, Vec<String>>,
}

fn find<'o>(desired: &Desired, observed: &'o Observed) -> Orphans<'o> {
    let ours = |labels: &BTreeMap<String, String>| desired.ours(labels) == Some(true);
    // A domain whose compose file could not be read still declares what it had.
    let unread = |labels: &BTreeMap<String, String>| {
        let domain = labels.get("foundry.domain").and_then(|d| desired.domain(d));
        domain.is_some_and(|d| d.project.is_none() && !d.external)
    };
    let mut containers = Vec::new();
    for container in observed.containers.iter().filter(|c| ours(&c.labels) && !c.is_one_off()) {
        let project: Vec<_> =
            desired.domains.iter().filter(|d| d.project_name() == container.project).collect();
        let known =
            |d: &&super::Domain| d.project.as_ref().is_none_or(|p| p.service(&container.service).is_some());
        if project.iter().any(known) || unread(&container.labels) {
            continue;
        }
        match project.first() {
            None => {
                let domain = container.labels.get("foundry.domain").unwrap_or(&container.project);
                containers.push((container, format!("domain {domain} is declared nowhere")));
            }
            Some(domain) if desired.selected.contains(&domain.name) => {
                containers.push((container, format!("no service {} in {}", container.service, domain.name)));
            }
            Some(_) => {}
        }
    }
    let wanted: BTreeSet<&str> = desired
        .domains
        .iter()
        .filter_map(|d| d.project.as_ref())
        .flat_map(|p| p.used_networks().map(|(_, n)| n.name.as_str()))
        .chain(desired.networks.keys().map(String::as_str))
        .collect();
    let networks = observed.networks.iter().filter(|n| ours(&n.labels) && !wanted.contains(n.name.as_str()));
    let networks =
        networks.filter(|n| !unread(&n.labels)).map(|n| (n, "used by nothing declared".to_owned()));
    let kept: BTreeSet<&str> = desired
        .domains
        .iter()
        .filter_map(|d| d.project.as_ref())
        .flat_map(|p| p.volumes.values().map(|v| v.name.as_str()))
        .collect();
    let volumes = observed.volumes.iter().filter(|v| ours(&v.labels) && !kept.contains(v.name.as_str()));
    let volumes = volumes.filter(|v| !super::maintenance::is_marker(&v.labels));
    let volumes = volumes.filter(|v| !unread(&v.labels)).map(|v| v.name.as_str()).collect();
    let mut files: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for path in observed.files.keys() {
        let Some((domain, _)) = path.split_once('/') else { continue };
        // What begins with a dot belongs to no domain.
        if desired.domain(domain).is_none() && !domain.starts_with('.') {
            files.entry(domain).or_default().push(path.clone());
        }
    }
    Orphans { containers, networks: networks.collect(), volumes, files }
}

/// The orphans, one line each, sorted. With `--prune` only those that stay.
pub(super) fn names(desired: &Desired, observed: &Observed, pruned: &Pruned) -> Vec<String> {
    let found = find(desired, observed);
    let mut out = Vec::new();
    for (container, why) in found.containers.iter().filter(|(c, _)| !pruned.containers.contains_key(&c.id)) {
        out.push(format!("container {}: {why}", container.name));
    }
    for (network, why) in found.networks.iter().filter(|(n, _)| !pruned.networks.contains(&n.name)) {
        out.push(format!("network {}: {why}", network.name));
    }
    out.extend(found.volumes.iter().map(|v| format!("volume {v}: used by nothing declared, never pruned")));
    if !desired.prune {
        out.extend(found.files.iter().map(|(domain, paths)| format!("files of {domain}: {}", paths.len())));
    }
    out.sort();
    out
}

/// What a plan with `--prune` removes.
#[derive(Debug, Default)]
pub(super) struct Pruned {
    /// Container id → its step.
    pub containers: BTreeMap<String, usize>,
    /// Names of networks.
    pub networks: BTreeSet<String>,
}

/// With `--prune`: steps that remove containers and files. They come first, for what they hold may be wanted.
pub(super) fn prune(desired: &Desired, observed: &Observed, drafts: &mut Drafts) -> Pruned {
    let mut pruned = Pruned::default();
    if !desired.prune {
        return pruned;
    }
    let found = find(desired, observed);
    for (container, why) in &found.containers {
        let action = Action::RemoveContainer { name: container.name.clone(), id: container.id.clone() };
        let domain = container.labels.get("foundry.domain").map(String::as_str);
        let step = drafts.add(domain, action, vec![why.clone()], Expect::Id(container.id.clone()));
        pruned.containers.insert(container.id.clone(), step);
    }
    for (domain, paths) in found.files {
        let action = Action::WriteFiles { write: Vec::new(), remove: paths };
        let causes = vec![format!("domain {domain} is declared nowhere")];
        let step = drafts.add(Some(domain), action, causes, Expect::Anything);
        for (container, _) in &found.containers {
            if container.labels.get("foundry.domain").is_some_and(|d| d == domain) {
                drafts.wait(step, pruned.containers[&container.id], Condition::Done);
            }
        }
    }
    pruned
}

/// With `--prune`: steps that remove networks, after everything on them was removed or made anew elsewhere.
pub(super) fn prune_networks(planner: &mut Planner<'_>, pruned: &mut Pruned) {
    let (desired, observed) = (planner.desired, planner.observed);
    if !desired.prune {
        return;
    }
    for (network, why) in find(desired, observed).networks {
        let users = observed.containers.iter().filter(|c| c.networks.contains(&network.name));
        let moved = |c: &Container| {
            let touched = planner.touched.values().find(|t| {
                t.domain.project_name() == c.project
                    && t.service.name == c.service
                    && t.kind == Kind::Recreate
            });
            touched.map(|t| t.step)
        };
        let leaving = users.map(|c| pruned.containers.get(&c.id).copied().or_else(|| moved(c)));
        let Some(leaving) = leaving.collect::<Option<BTreeSet<usize>>>() else { continue };
        let domain = network.labels.get("foundry.domain").map(String::as_str);
        let action = Action::RemoveNetwork { name: network.name.clone() };
        let step = planner.drafts.add(domain, action, vec![why], Expect::Id(network.id.clone()));
        for earlier in leaving {
            planner.drafts.wait(step, earlier, Condition::Done);
        }
        pruned.networks.insert(network.name.clone());
    }
}
