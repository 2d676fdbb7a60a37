//! Desired and observed to a plan: files, networks, volumes, images, services, in the order of their relations.

use super::cause::Wish;
use super::desired::{Desired, Domain, depth_first};
use super::draft::Drafts;
use super::verdict::{self, Kind, Verdict};
use super::{Action, Condition, Container, Expect, Observed, Plan, conflict, images, orphan, shared};
use crate::compose::{Project, Service, config_hash, fields};
use crate::diag::{Finding, Findings};
use std::collections::{BTreeMap, BTreeSet};

/// What has to be done so that the selected domains are as declared. With findings of severity error the plan is
/// not to be carried out: something is in its way.
pub fn compare(desired: &Desired, observed: &Observed) -> (Plan, Findings) {
    let mut planner = Planner::new(desired, observed);
    let removed = orphan::prune(desired, observed, &mut planner.drafts);
    let domains = desired.in_order();
    for domain in domains.iter().filter(|d| desired.selected.contains(&d.name) && !d.external) {
        planner.domain(domain);
    }
    conflict::ports_and_names(&mut planner, &removed);
    conflict::required_domains(&mut planner);
    let Planner { drafts, mut findings, unchanged, .. } = planner;
    findings.sort();
    let plan = Plan {
        environment: desired.environment.clone(),
        engine: desired.engine.clone(),
        place: desired.place.clone(),
        steps: drafts.order(),
        unchanged,
        orphans: orphan::names(desired, observed),
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
    networks: BTreeMap<String, usize>,
    volumes: BTreeMap<String, usize>,
    containers: BTreeMap<(&'a str, &'a str), Vec<&'a Container>>,
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
        // Without steps of its own, a domain hands on what it waits for.
        self.gates.insert(&domain.name, if gate.is_empty() { waited } else { gate });
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

    fn files(&mut self, domain: &'a Domain) -> Option<usize> {
        let seen = &self.observed.files;
        let changed = domain.files.iter().filter(|(path, digest)| seen.get(*path) != Some(*digest));
        let write: Vec<String> = changed.map(|(path, _)| path.clone()).collect();
        let ours = |path: &str| path.strip_prefix(&domain.name).is_some_and(|rest| rest.starts_with('/'));
        let stale = seen.keys().filter(|path| ours(path) && !domain.files.contains_key(*path));
        let remove: Vec<String> = stale.cloned().collect();
        if write.is_empty() && remove.is_empty() {
            return None;
        }
        let name = |path: &String| {
            path.strip_prefix(&domain.name).unwrap_or(path).trim_start_matches('/').to_owned()
        };
        let (new, other): (Vec<&String>, Vec<&String>) = write.iter().partition(|p| !seen.contains_key(*p));
        let causes = [
            file_cause(&other.into_iter().map(name).collect::<Vec<_>>(), "changed"),
            file_cause(&new.into_iter().map(name).collect::<Vec<_>>(), "missing"),
            file_cause(&remove.iter().map(name).collect::<Vec<_>>(), "stale"),
        ];
        let causes = causes.into_iter().flatten().collect();
        Some(self.drafts.add(
            Some(&domain.name),
            Action::WriteFiles { write, remove },
            causes,
            Expect::Anything,
        ))
    }

    fn networks(&mut self, domain: &'a Domain, project: &'a Project) {
        for (key, network) in project.used_networks() {
            if self.networks.contains_key(&network.name) {
                continue;
            }
            let exists = self.observed.networks.iter().any(|n| n.name == network.name);
            match shared::spec(self.desired, &network.name) {
                Some((_, spec)) if exists => {
                    shared::check_network(self.desired, self.observed, &spec, &network.span, &mut self.findings);
                }
                Some((owner, spec)) => {
                    let causes = vec!["no such network".to_owned()];
                    let action = Action::CreateNetwork(spec);
                    let step = self.drafts.add(owner.or(Some(&domain.name)), action, causes, Expect::Absent);
                    self.networks.insert(network.name.clone(), step);
                }
                None if exists => {}
                None => self.findings.push(
                    Finding::error(
                        "NET-002",
                        &network.span,
                        format!("network {} is external, declared nowhere and not there", network.name),
                    )
                    .help(format!(
                        "declare {} in config-registry/env/networks.yml, or define `{key}` here without `external`",
                        network.name
                    )),
                ),
            }
        }
    }

    fn volumes(&mut self, domain: &'a Domain, project: &'a Project) {
        for (key, volume) in project.used_volumes() {
            let exists = self.observed.volumes.iter().any(|v| v.name == volume.name);
            if exists || self.volumes.contains_key(&volume.name) {
                continue;
            }
            if volume.external {
                let message = format!("volume {} is external and not there", volume.name);
                self.findings.push(
                    Finding::error("SVC-007", &volume.span, message)
                        .help(format!("run docker volume create {}, or remove `external`", volume.name)),
                );
                continue;
            }
            let spec = shared::volume_spec(self.desired, domain, key, volume);
            let causes = vec!["no such volume".to_owned()];
            let step =
                self.drafts.add(Some(&domain.name), Action::CreateVolume(spec), causes, Expect::Absent);
            self.volumes.insert(volume.name.clone(), step);
        }
    }

    fn services(
        &mut self,
        domain: &'a Domain,
        project: &'a Project,
        files: Option<usize>,
        waited: &[(usize, Condition)],
    ) -> Vec<(usize, Condition)> {
        let names = project.services.iter().map(|s| s.name.as_str()).collect();
        let needs = |name: &str| {
            let dependencies = project.service(name).map_or(&[][..], |s| &s.depends_on);
            dependencies.iter().map(|d| d.service.as_str()).collect::<Vec<_>>()
        };
        let digests = domain.project_files();
        let mut gate = Vec::new();
        for service in depth_first(names, needs).into_iter().filter_map(|name| project.service(name)) {
            let wish = Wish {
                project,
                service,
                hash: config_hash(project, service, &digests),
                fields: fields(project, service, &digests),
            };
            let have = self.containers.get(&(project.name.as_str(), service.name.as_str())).cloned();
            let have = have.unwrap_or_default();
            let mut verdict = verdict::decide(&wish, &have, &self.observed.images);
            self.follow_dependencies(domain, service, &have, &mut verdict);
            let steps = self.steps(domain, &wish, &have, &verdict, files, waited);
            self.unchanged += usize::from(steps.is_empty());
            gate.extend(steps);
        }
        gate
    }

    /// A service restarts or is made anew with another one when it says so, or when it lives in its network.
    fn follow_dependencies(
        &self,
        domain: &Domain,
        service: &Service,
        have: &[&Container],
        verdict: &mut Verdict<'_>,
    ) {
        let Some(project) = &domain.project else { return };
        let kind_of = |name: &str| self.touched.get(&(domain.name.as_str(), name)).map(|t| t.kind);
        let namespaces =
            ["network_mode", "pid", "ipc"].into_iter().filter_map(|key| service.config.get(key)?.as_str());
        for other in namespaces.filter_map(|value| value.strip_prefix("service:")) {
            let anew = matches!(kind_of(other), Some(Kind::Create | Kind::Recreate));
            if anew && !have.is_empty() && !matches!(verdict.kind, Kind::Create | Kind::Recreate) {
                verdict.kind = Kind::Recreate;
                verdict.causes = vec![format!("lives in {other}, which is made anew")];
            }
        }
        for dependency in service.depends_on.iter().filter(|d| d.restart) {
            let stirred = matches!(kind_of(&dependency.service), Some(Kind::Recreate | Kind::Restart));
            let well = matches!(verdict.kind, Kind::Unchanged | Kind::Wait) && !have.is_empty();
            if stirred && well && project.service(&dependency.service).is_some() && !service.ends_by_itself()
            {
                verdict.kind = Kind::Restart;
                verdict.causes = vec![format!("restarts with {}", dependency.service)];
            }
        }
    }

    fn steps(
        &mut self,
        domain: &'a Domain,
        wish: &Wish<'a>,
        have: &[&Container],
        verdict: &Verdict<'_>,
        files: Option<usize>,
        waited: &[(usize, Condition)],
    ) -> Vec<(usize, Condition)> {
        let (project, service) = (wish.project, wish.service);
        let mut gate = Vec::new();
        let until = until(project, service);
        if let Some(action) = verdict.action(&project.name, &service.name, until) {
            let image = match verdict.kind {
                Kind::Create | Kind::Recreate => images::step(self, domain, wish, have, files),
                _ => None,
            };
            let step =
                self.drafts.add(Some(&domain.name), action, verdict.causes.clone(), verdict.expect.clone());
            for earlier in files.into_iter().chain(image) {
                self.drafts.wait(step, earlier, Condition::Done);
            }
            self.wait_for_parts(step, wish);
            for dependency in &service.depends_on {
                if let Some(other) = self.touched.get(&(domain.name.as_str(), dependency.service.as_str())) {
                    let condition = match dependency.condition.as_str() {
                        "service_healthy" => Condition::Healthy,
                        "service_completed_successfully" => Condition::Completed,
                        _ => Condition::Done,
                    };
                    self.drafts.wait(step, other.step, condition);
                }
            }
            for (other, condition) in waited {
                self.drafts.wait(step, *other, *condition);
            }
            let touched = Touched { domain, service, step, kind: verdict.kind };
            self.touched.insert((&domain.name, &service.name), touched);
            gate.push((step, if until == Condition::Completed { until } else { Condition::Healthy }));
        }
        for (network, container) in &verdict.connect {
            let step = self.connect(domain, wish, network, container);
            gate.push((step, Condition::Done));
        }
        gate
    }

    fn wait_for_parts(&mut self, step: usize, wish: &Wish<'_>) {
        for name in wish.network_names() {
            if let Some(earlier) = self.networks.get(name) {
                self.drafts.wait(step, *earlier, Condition::Done);
            }
        }
        let volumes = wish.service.mounts.iter().filter_map(|m| wish.project.volumes.get(m.volume()?));
        for volume in volumes {
            if let Some(earlier) = self.volumes.get(&volume.name) {
                self.drafts.wait(step, *earlier, Condition::Done);
            }
        }
    }

    fn connect(&mut self, domain: &Domain, wish: &Wish<'_>, network: &str, container: &Container) -> usize {
        let attachment = wish
            .service
            .networks
            .iter()
            .find(|a| wish.project.networks.get(&a.network).is_some_and(|n| n.name == network));
        let mut aliases = vec![wish.service.name.clone()];
        aliases.extend(attachment.iter().flat_map(|a| a.aliases.iter().cloned()));
        let action = Action::Connect {
            network: network.to_owned(),
            container: container.name.clone(),
            id: container.id.clone(),
            aliases,
        };
        let causes = vec![format!("detached from network {network}")];
        let step = self.drafts.add(Some(&domain.name), action, causes, Expect::Id(container.id.clone()));
        if let Some(earlier) = self.networks.get(network) {
            self.drafts.wait(step, *earlier, Condition::Done);
        }
        step
    }
}

/// How far a service has to come before its step is done.
fn until(project: &Project, service: &Service) -> Condition {
    let awaited = |s: &Service| {
        s.depends_on
            .iter()
            .any(|d| d.service == service.name && d.condition == "service_completed_successfully")
    };
    if project.services.iter().any(awaited) {
        Condition::Completed
    } else if service.ends_by_itself() {
        Condition::Done
    } else {
        Condition::Healthy
    }
}

fn file_cause(names: &[String], how: &str) -> Option<String> {
    match names {
        [] => None,
        [_] | [_, _] | [_, _, _] => Some(format!("{} {how}", names.join(", "))),
        [a, b, rest @ ..] => Some(format!("{a}, {b} and {} more {how}", rest.len())),
    }
}

/// Names that occur in `containers`, for messages.
pub(super) fn container_names(containers: &[&Container]) -> String {
    let names: BTreeSet<&str> = containers.iter().map(|c| c.name.as_str()).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}
