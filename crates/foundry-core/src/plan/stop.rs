//! Plans that take things away: `down` and `destroy`, dependents first.

use super::desired::{Desired, Domain};
use super::draft::Drafts;
use super::{Action, Condition, Container, ContainerState, Expect, Observed, ObservedNetwork, Plan};
use std::collections::{BTreeMap, BTreeSet};

/// How `down` and `destroy` treat domains that require what goes away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stop {
    /// Go on although dependents run.
    pub force: bool,
    /// Take the dependents away too.
    pub with_dependents: bool,
    /// Remove volumes and files as well.
    pub destroy: bool,
}

/// Why nothing was planned: running domains require what should go away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What should go away.
    pub targets: Vec<String>,
    /// Running domains that cannot work without it, sorted.
    pub dependents: Vec<String>,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (count, targets) = (self.dependents.len(), self.targets.join(", "));
        let verb = if count == 1 { "domain requires" } else { "domains require" };
        write!(f, "{count} running {verb} {targets}: {}", self.dependents.join(", "))
    }
}

/// The plan that stops and removes the containers and networks of the selected domains; with `destroy` also their
/// volumes and files.
pub fn stop(desired: &Desired, observed: &Observed, how: Stop) -> Result<Plan, Refusal> {
    let mut targets = desired.selected.clone();
    let running =
        |name: &str| desired.domain(name).is_some_and(|d| of(desired, observed, d).iter().any(|c| runs(c)));
    let dependents: Vec<String> = desired.dependents(&targets).into_iter().filter(|n| running(n)).collect();
    if how.with_dependents {
        targets.extend(desired.dependents(&targets));
    } else if !dependents.is_empty() && !how.force {
        let mut dependents = dependents;
        dependents.sort();
        return Err(Refusal { targets: targets.into_iter().collect(), dependents });
    }
    let mut stopper = Stopper {
        desired,
        observed,
        drafts: Drafts::default(),
        removed: BTreeMap::new(),
        networks: BTreeSet::new(),
        how,
    };
    let mut order = desired.in_order();
    order.reverse();
    let order: Vec<&Domain> = order.into_iter().filter(|d| targets.contains(&d.name)).collect();
    let mut steps: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for domain in &order {
        let direct = desired.domains.iter().filter(|d| d.requires.contains(&domain.name));
        let waited: Vec<usize> =
            direct.filter_map(|d| steps.get(d.name.as_str())).flatten().copied().collect();
        let own = stopper.containers(domain, &waited);
        steps.insert(&domain.name, if own.is_empty() { waited } else { own });
    }
    for domain in &order {
        stopper.networks(domain);
        if how.destroy {
            stopper.volumes_and_files(domain);
        }
    }
    stopper.shared_networks();
    Ok(Plan {
        environment: desired.environment.clone(),
        engine: desired.engine.clone(),
        place: desired.place.clone(),
        steps: stopper.drafts.order(),
        unchanged: 0,
        orphans: Vec::new(),
    })
}

/// The containers of a domain: those of its project that are not marked as somebody else's, and those with its mark.
pub(super) fn of<'o>(desired: &Desired, observed: &'o Observed, domain: &Domain) -> Vec<&'o Container> {
    let project = domain.project_name();
    let belongs = |c: &&Container| match desired.ours(&c.labels) {
        Some(true) => c.project == project || c.labels.get("foundry.domain") == Some(&domain.name),
        Some(false) => false,
        None => c.project == project,
    };
    observed.containers.iter().filter(belongs).collect()
}

/// Whether a container is alive.
pub(super) fn runs(container: &Container) -> bool {
    matches!(container.state, ContainerState::Running | ContainerState::Paused | ContainerState::Restarting)
}

struct Stopper<'a> {
    desired: &'a Desired,
    observed: &'a Observed,
    drafts: Drafts,
    /// Container id → step that removes it.
    removed: BTreeMap<&'a str, usize>,
    /// Networks that are removed.
    networks: BTreeSet<&'a str>,
    how: Stop,
}

/// Whether a service of the domain joins the network.
fn joins(domain: &Domain, network: &str) -> bool {
    domain.project.as_ref().is_some_and(|p| p.used_networks().any(|(_, n)| n.name == network))
}

impl<'a> Stopper<'a> {
    fn cause(&self) -> Vec<String> {
        vec![if self.how.destroy { "destroy" } else { "down" }.to_owned()]
    }

    /// Removes the containers, those that depend on others first.
    fn containers(&mut self, domain: &Domain, waited: &[usize]) -> Vec<usize> {
        let mut containers = of(self.desired, self.observed, domain);
        let order = service_order(domain, &containers);
        let place = |c: &Container| order.iter().position(|s| *s == c.service).unwrap_or(usize::MAX);
        containers.sort_by(|a, b| place(b).cmp(&place(a)).then(a.name.cmp(&b.name)));
        let mut steps: Vec<(&Container, usize)> = Vec::new();
        for container in containers {
            let action = Action::RemoveContainer { name: container.name.clone(), id: container.id.clone() };
            let causes = self.cause();
            let step = self.drafts.add(Some(&domain.name), action, causes, Expect::Id(container.id.clone()));
            for other in waited {
                self.drafts.wait(step, *other, Condition::Done);
            }
            for (other, number) in &steps {
                if depends(domain, other).contains(&container.service) {
                    self.drafts.wait(step, *number, Condition::Done);
                }
            }
            self.removed.insert(&container.id, step);
            steps.push((container, step));
        }
        steps.into_iter().map(|(_, step)| step).collect()
    }

    /// Removes the domain's networks that nothing else is attached to.
    fn networks(&mut self, domain: &Domain) {
        let project = domain.project_name();
        for network in &self.observed.networks {
            let label = |key: &str| network.labels.get(key).map_or("", String::as_str);
            let ours = self.desired.ours(&network.labels);
            let by_mark = ours == Some(true) && label("foundry.domain") == domain.name;
            let by_project = ours != Some(false) && label("com.docker.compose.project") == project;
            let shared = ours == Some(true) && joins(domain, &network.name);
            if !(by_mark || by_project || shared) {
                continue;
            }
            self.network(network, Some(domain));
        }
    }

    /// Removes networks that are shared and ours once nothing is attached to them any more.
    fn shared_networks(&mut self) {
        for network in &self.observed.networks {
            let label = |key: &str| network.labels.get(key).map_or("", String::as_str);
            let nobodys =
                label("foundry.domain").is_empty() && label("com.docker.compose.project").is_empty();
            if nobodys && self.desired.ours(&network.labels) == Some(true) {
                self.network(network, None);
            }
        }
    }

    /// Removes a network of `domain` (or of nobody) unless something that stays is attached to it or wants it.
    fn network(&mut self, network: &'a ObservedNetwork, domain: Option<&Domain>) {
        let attached = |c: &&Container| c.networks.contains(&network.name);
        let users: Vec<&Container> = self.observed.containers.iter().filter(attached).collect();
        let removed = |c: &Container| self.removed.contains_key(c.id.as_str());
        // A stopped container may be on it without being listed there.
        let stays = |d: &Domain| of(self.desired, self.observed, d).into_iter().any(|c| !removed(c));
        let wanted = self.desired.domains.iter().filter(|d| joins(d, &network.name)).any(stays);
        if wanted || !users.iter().all(|c| removed(c)) || !self.networks.insert(&network.name) {
            return;
        }
        let action = Action::RemoveNetwork { name: network.name.clone() };
        let causes = self.cause();
        let name = domain.map(|d| d.name.as_str());
        let step = self.drafts.add(name, action, causes, Expect::Id(network.id.clone()));
        for user in users {
            self.drafts.wait(step, self.removed[user.id.as_str()], Condition::Done);
        }
    }

    fn volumes_and_files(&mut self, domain: &Domain) {
        let project = domain.project_name();
        let after: Vec<usize> = of(self.desired, self.observed, domain)
            .iter()
            .filter_map(|c| self.removed.get(c.id.as_str()).copied())
            .collect();
        let mut steps = Vec::new();
        for volume in &self.observed.volumes {
            let label = |key: &str| volume.labels.get(key).map_or("", String::as_str);
            let ours = self.desired.ours(&volume.labels);
            let by_mark = ours == Some(true) && label("foundry.domain") == domain.name;
            let by_project = label("com.docker.compose.project") == project && ours != Some(false);
            if by_mark || by_project {
                let action = Action::RemoveVolume { name: volume.name.clone() };
                let empty = super::maintenance::is_marker(&volume.labels);
                let cause = if empty { "destroy" } else { "destroy: its data is lost" };
                let causes = vec![cause.to_owned()];
                steps.push(self.drafts.add(Some(&domain.name), action, causes, Expect::Anything));
            }
        }
        let own = |path: &&String| path.strip_prefix(&domain.name).is_some_and(|rest| rest.starts_with('/'));
        let remove: Vec<String> = self.observed.files.keys().filter(own).cloned().collect();
        if !remove.is_empty() {
            let action = Action::WriteFiles { write: Vec::new(), remove };
            let causes = self.cause();
            steps.push(self.drafts.add(Some(&domain.name), action, causes, Expect::Anything));
        }
        for step in steps {
            for other in &after {
                self.drafts.wait(step, *other, Condition::Done);
            }
        }
    }
}

/// The services of a domain so that each comes after what it depends on: as declared, else as Compose's label says.
pub(super) fn service_order(domain: &Domain, containers: &[&Container]) -> Vec<String> {
    let names: BTreeSet<&str> = containers.iter().map(|c| c.service.as_str()).collect();
    let by_service: BTreeMap<&str, BTreeSet<String>> =
        containers.iter().map(|c| (c.service.as_str(), depends(domain, c))).collect();
    let needs = |name: &str| {
        let needed = by_service.get(name);
        names.iter().copied().filter(|n| needed.is_some_and(|s| s.contains(*n))).collect::<Vec<_>>()
    };
    let order = super::desired::depth_first(names.iter().copied().collect(), needs);
    order.into_iter().map(str::to_owned).collect()
}

/// The services that a container's service depends on.
pub(super) fn depends(domain: &Domain, container: &Container) -> BTreeSet<String> {
    if let Some(service) = domain.project.as_ref().and_then(|p| p.service(&container.service)) {
        return service.depends_on.iter().map(|d| d.service.clone()).collect();
    }
    let label = container.labels.get("com.docker.compose.depends_on").map_or("", String::as_str);
    label.split(',').filter_map(|part| part.split(':').next()).map(str::to_owned).collect()
}
