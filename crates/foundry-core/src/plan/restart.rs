//! Plans that people ask for by name: restart what runs, attach one domain to another's network.

use super::desired::Desired;
use super::draft::Drafts;
use super::stop::{depends, of, runs, service_order};
use super::{Action, Condition, Container, ContainerState, Expect, Observed, Plan};
use std::collections::BTreeMap;

/// The plan that restarts the services of the selected domains, what they depend on first.
pub fn restart(desired: &Desired, observed: &Observed) -> Plan {
    let mut drafts = Drafts::default();
    let mut gates: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut back: Vec<(String, usize)> = Vec::new();
    for domain in desired.in_order().into_iter().filter(|d| desired.selected.contains(&d.name)) {
        let waited: Vec<usize> =
            domain.requires.iter().filter_map(|r| gates.get(r.as_str())).flatten().copied().collect();
        let containers = of(desired, observed, domain);
        let mut own: Vec<(String, usize)> = Vec::new();
        for service in service_order(domain, &containers) {
            let mine: Vec<&Container> = containers.iter().copied().filter(|c| c.service == service).collect();
            let declared = domain.project.as_ref().and_then(|p| p.service(&service));
            let completed = |c: &&Container| {
                c.state == ContainerState::Exited
                    && c.exit_code == 0
                    && declared.is_some_and(|s| s.ends_by_itself())
            };
            if mine.iter().all(completed) {
                continue;
            }
            let until = match declared {
                Some(s) if s.ends_by_itself() => Condition::Done,
                _ => Condition::Healthy,
            };
            let project = domain.project_name().to_owned();
            let action = Action::Restart { project, service: service.clone(), until };
            let expect = Expect::Containers(mine.iter().map(|c| (c.id.clone(), c.state)).collect());
            let step = drafts.add(Some(&domain.name), action, vec!["restart asked for".to_owned()], expect);
            for other in &waited {
                drafts.wait(step, *other, Condition::Healthy);
            }
            let needed = mine.first().map(|c| depends(domain, c)).unwrap_or_default();
            for (_, other) in own.iter().filter(|(name, _)| needed.contains(name)) {
                drafts.wait(step, *other, Condition::Healthy);
            }
            own.push((service, step));
        }
        let steps: Vec<usize> = own.into_iter().map(|(_, step)| step).collect();
        back.extend(steps.iter().map(|step| (domain.name.clone(), *step)));
        gates.insert(&domain.name, if steps.is_empty() { waited } else { steps });
    }
    if !back.is_empty() {
        super::maintenance::end(desired, observed, &mut drafts, &back);
    }
    plan(desired, drafts)
}

/// The plan that attaches the running containers of `from` to the network of `to`; an error names what is missing.
pub fn link(desired: &Desired, observed: &Observed, from: &str, to: &str) -> Result<Plan, String> {
    let [from, to] =
        [from, to].map(|name| desired.domain(name).ok_or_else(|| format!("no domain is called {name}")));
    let (from, to) = (from?, to?);
    let names = network_names(desired, &to.name);
    let Some(network) = names.iter().find(|name| observed.networks.iter().any(|n| n.name == **name)) else {
        return Err(format!(
            "{} has no network on {}: looked for {}",
            to.name,
            desired.place,
            names.join(", ")
        ));
    };
    let containers: Vec<&Container> = of(desired, observed, from).into_iter().filter(|c| runs(c)).collect();
    if containers.is_empty() {
        return Err(format!("{} does not run on {}", from.name, desired.place));
    }
    let mut drafts = Drafts::default();
    for container in containers.into_iter().filter(|c| !c.networks.contains(network)) {
        let action = Action::Connect {
            network: network.clone(),
            container: container.name.clone(),
            id: container.id.clone(),
            aliases: vec![container.service.clone()],
            link: true,
        };
        let causes = vec![format!("link {} to {} over network {network}", from.name, to.name)];
        drafts.add(Some(&from.name), action, causes, Expect::Id(container.id.clone()));
    }
    Ok(plan(desired, drafts))
}

/// Networks by which others reach a domain, the best first: one it owns, one that it defines, Compose's default.
fn network_names(desired: &Desired, domain: &str) -> Vec<String> {
    let owned = desired.networks.keys().filter(|name| desired.owner(name) == Some(domain));
    let mut out: Vec<String> = owned.cloned().collect();
    let project = desired.domain(domain).and_then(|d| d.project.as_ref());
    let (own, external): (Vec<_>, Vec<_>) =
        project.iter().flat_map(|p| p.used_networks()).map(|(_, n)| n).partition(|n| !n.external);
    out.extend(own.into_iter().chain(external).map(|n| n.name.clone()));
    let mut seen = std::collections::BTreeSet::new();
    out.retain(|name| seen.insert(name.clone()));
    out
}

fn plan(desired: &Desired, drafts: Drafts) -> Plan {
    Plan {
        environment: desired.environment.clone(),
        engine: desired.engine.clone(),
        place: desired.place.clone(),
        steps: drafts.order(),
        unchanged: 0,
        orphans: Vec::new(),
    }
}
