//! Desired and observed to a plan: files, networks, volumes, images, services, in the order of their relations.

use super::desired::{Desired, Domain};
use super::draft::Drafts;
use super::verdict::Kind;
use super::{Condition, Container, Observed, Plan, conflict, maintenance, orphan};
use crate::compose::Service;
use crate::diag::Findings;
use std::collections::{BTreeMap, BTreeSet};

/// What has to be done so that the selected domains are as declared. With findings of severity error the plan is
/// not to be carried out: something is in its way.
pub fn compare(desired: &Desired, observed: &Observed) -> (Plan, Findings) {
    let mut planner = Planner::new(desired, observed);
    let mut pruned = orphan::prune(desired, observed, &mut planner.drafts);
    let domains = desired.in_order();
    for domain in domains.iter().filter(|d| desired.selected.contains(&d.name) && !d.external) {
        planner.domain(domain);
    }
    let back: Vec<(String, usize)> =
        planner.touched.values().map(|t| (t.domain.name.clone(), t.step)).collect();
    maintenance::end(desired, observed, &mut planner.drafts, &back);
    orphan::prune_networks(&mut planner, &mut pruned);
    conflict::ports_and_names(&mut planner, &pruned.containers);
    conflict::required_domains(&mut planner);
    conflict::shared_projects(&mut planner);
    let Planner { drafts, mut findings, unchanged, .. } = planner;
    findings.sort();
    let plan = Plan {
        environment: desired.environment.clone(),
        engine: desired.engine.clone(),
        place: desired.place.clone(),
        steps: drafts.order(),
        unchanged,
        orphans: orphan::names(desired, observed, &pruned),
    };
    (plan, findings)
}

/// A service that the plan touches: its step, and what it will be.
pub(super) struct Touched<'a> {
    pub domain: &'a Domain,
    pub service: &'a Service,
    pub step: usize,
    pub kind: Kind,
}

/// What is known while the plan grows.
pub(super) struct Planner<'a> {
    pub desired: &'a Desired,
    pub observed: &'a Observed,
    pub drafts: Drafts,
    pub findings: Findings,
    pub unchanged: usize,
    /// (domain, service) → its step.
    pub touched: BTreeMap<(&'a str, &'a str), Touched<'a>>,
    /// Image → step that fetches or builds it.
    pub images: BTreeMap<String, usize>,
    /// Network → step that creates it.
    pub networks: BTreeMap<String, usize>,
    /// Volume → step that creates it.
    pub volumes: BTreeMap<String, usize>,
    /// (project, service) → its containers.
    pub containers: BTreeMap<(&'a str, &'a str), Vec<&'a Container>>,
    /// Domain → steps that have to be over before a dependent domain starts.
    gates: BTreeMap<&'a str, Vec<(usize, Condition)>>,
}

impl<'a> Planner<'a> {
    fn new(desired: &'a Desired, observed: &'a Observed) -> Self {
        let mut containers: BTreeMap<(&str, &str), Vec<&Container>> = BTreeMap::new();
        for container in observed.containers.iter().filter(|c| !c.is_one_off()) {
            let key = (container.project.as_str(), container.service.as_str());
            containers.entry(key).or_default().push(container);
        }
        Planner {
            desired,
            observed,
            drafts: Drafts::default(),
            findings: Findings::new(),
            unchanged: 0,
            touched: BTreeMap::new(),
            images: BTreeMap::new(),
            networks: BTreeMap::new(),
            volumes: BTreeMap::new(),
            containers,
            gates: BTreeMap::new(),
        }
    }

    fn domain(&mut self, domain: &'a Domain) {
        let waited = self.gates_of(domain);
        let gate = match &domain.project {
            Some(project) if !conflict::foreign(self, domain, project) => {
                let files = self.files(domain);
                self.networks(domain, project);
                self.volumes(domain, project);
                self.services(domain, project, files, &waited)
            }
            _ => Vec::new(),
        };
        // A domain whose services need no step hands on what it waits for.
        let touched = gate.iter().any(|(_, condition)| *condition != Condition::Done);
        let handed_on = if touched { Vec::new() } else { waited };
        self.gates.insert(&domain.name, gate.into_iter().chain(handed_on).collect());
    }

    fn gates_of(&self, domain: &Domain) -> Vec<(usize, Condition)> {
        let mut out: Vec<(usize, Condition)> = Vec::new();
        for required in &domain.requires {
            for gate in self.gates.get(required.as_str()).into_iter().flatten() {
                if !out.contains(gate) {
                    out.push(*gate);
                }
            }
        }
        out
    }
}

/// Names that occur in `containers`, for messages.
pub(super) fn container_names(containers: &[&Container]) -> String {
    let names: BTreeSet<&str> = containers.iter().map(|c| c.name.as_str()).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}
