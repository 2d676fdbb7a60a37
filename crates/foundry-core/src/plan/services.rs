//! A domain's services: what happens to each, the images first, then the containers in their order.

use super::cause::Wish;
use super::compare::{Planner, Touched};
use super::desired::{Domain, depth_first};
use super::verdict::{self, Kind, Verdict};
use super::{Action, Condition, Container, Expect, images};
use crate::compose::{Project, Service, digests};
use std::collections::BTreeMap;

/// What is said of a file that was changed where it lies.
pub(crate) const EDITED: &str = "edited in its place";

/// One service of the domain at hand.
struct Case<'a> {
    wish: Wish<'a>,
    have: Vec<&'a Container>,
    verdict: Verdict<'a>,
}

impl<'a> Planner<'a> {
    /// The steps for a domain's services; returns those that dependents wait for, and how far they have to come.
    pub(super) fn services(
        &mut self,
        domain: &'a Domain,
        project: &'a Project,
        files: Option<usize>,
        waited: &[(usize, Condition)],
    ) -> Vec<(usize, Condition)> {
        let cases = self.decide(domain, project);
        let mut fetched = BTreeMap::new();
        for case in &cases {
            if matches!(case.verdict.kind, Kind::Create | Kind::Recreate) {
                let image = images::step(self, domain, &case.wish, &case.have, files);
                fetched.extend(image.map(|step| (case.wish.service.name.as_str(), step)));
            }
        }
        let mut gate = Vec::new();
        for case in &cases {
            let image = fetched.get(case.wish.service.name.as_str()).copied();
            let earlier: Vec<usize> = files.into_iter().chain(image).collect();
            let steps = self.steps(domain, case, &earlier, waited);
            self.unchanged += usize::from(steps.is_empty());
            gate.extend(steps);
        }
        gate
    }

    fn decide(&self, domain: &'a Domain, project: &'a Project) -> Vec<Case<'a>> {
        let names = project.services.iter().map(|s| s.name.as_str()).collect();
        let needs = |name: &str| {
            let dependencies = project.service(name).map_or(&[][..], |s| &s.depends_on);
            dependencies.iter().map(|d| d.service.as_str()).collect::<Vec<_>>()
        };
        let files = domain.project_files();
        let mut kinds: BTreeMap<&str, Kind> = BTreeMap::new();
        let mut cases = Vec::new();
        for service in depth_first(names, needs).into_iter().filter_map(|name| project.service(name)) {
            let (hash, fields) = digests(project, service, &files);
            let wish = Wish { project, service, hash, fields };
            let have = self.containers.get(&(project.name.as_str(), service.name.as_str())).cloned();
            let have = have.unwrap_or_default();
            let mut verdict = verdict::decide(&wish, &have, &self.observed.images);
            if !have.is_empty() {
                self.follow_files(domain, &wish, &mut verdict);
                follow_dependencies(service, &kinds, &mut verdict);
            }
            kinds.insert(&service.name, verdict.kind);
            cases.push(Case { wish, have, verdict });
        }
        cases
    }

    /// A mounted file that somebody edited is written anew beside the old one, which the container goes on to see.
    fn follow_files(&self, domain: &Domain, wish: &Wish<'_>, verdict: &mut Verdict<'_>) {
        if matches!(verdict.kind, Kind::Create | Kind::Recreate) {
            return;
        }
        let edited = |path: &&str| {
            let path = format!("{}/{path}", domain.name);
            self.observed.files.get(&path).is_some_and(|seen| domain.files.get(&path) != Some(seen))
        };
        let used = wish.fields.keys().filter_map(|key| key.strip_prefix("file."));
        let causes: Vec<String> = used.filter(edited).map(|path| format!("file {path} {EDITED}")).collect();
        if !causes.is_empty() {
            verdict.kind = Kind::Recreate;
            verdict.causes = causes;
            verdict.connect.clear();
            verdict.disconnect.clear();
        }
    }

    fn steps(
        &mut self,
        domain: &'a Domain,
        case: &Case<'a>,
        earlier: &[usize],
        waited: &[(usize, Condition)],
    ) -> Vec<(usize, Condition)> {
        let Case { wish, verdict, .. } = case;
        let (project, service) = (wish.project, wish.service);
        let mut gate = Vec::new();
        let until = until(project, service);
        if let Some(action) = verdict.action(&project.name, &service.name, until) {
            let causes = verdict.causes.iter().map(|cause| domain.origins.named(cause.clone())).collect();
            let expect = verdict.expect.clone();
            let step = self.drafts.add(Some(&domain.name), action, causes, expect);
            for other in earlier {
                self.drafts.wait(step, *other, Condition::Done);
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
        for (network, container) in &verdict.disconnect {
            let step = self.disconnect(domain, network, container);
            gate.push((step, Condition::Done));
        }
        gate
    }

    fn disconnect(&mut self, domain: &Domain, network: &str, container: &Container) -> usize {
        let action = Action::Disconnect {
            network: network.to_owned(),
            container: container.name.clone(),
            id: container.id.clone(),
        };
        let causes = vec![format!("attached to network {network}, which it does not declare")];
        self.drafts.add(Some(&domain.name), action, causes, Expect::Id(container.id.clone()))
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
            link: false,
        };
        let causes = vec![format!("detached from network {network}")];
        let step = self.drafts.add(Some(&domain.name), action, causes, Expect::Id(container.id.clone()));
        if let Some(earlier) = self.networks.get(network) {
            self.drafts.wait(step, *earlier, Condition::Done);
        }
        step
    }
}

/// A service restarts or is made anew with another one when it says so, or when it lives in its network.
fn follow_dependencies(service: &Service, kinds: &BTreeMap<&str, Kind>, verdict: &mut Verdict<'_>) {
    let namespaces =
        ["network_mode", "pid", "ipc"].into_iter().filter_map(|key| service.config.get(key)?.as_str());
    for other in namespaces.filter_map(|value| value.strip_prefix("service:")) {
        let anew = matches!(kinds.get(other), Some(Kind::Create | Kind::Recreate));
        if anew && !matches!(verdict.kind, Kind::Create | Kind::Recreate) {
            verdict.kind = Kind::Recreate;
            verdict.causes = vec![format!("lives in {other}, which is made anew")];
        }
    }
    for dependency in service.depends_on.iter().filter(|d| d.restart) {
        let stirred = matches!(kinds.get(dependency.service.as_str()), Some(Kind::Recreate | Kind::Restart));
        let well = matches!(verdict.kind, Kind::Unchanged | Kind::Wait);
        if stirred && well && !service.ends_by_itself() {
            verdict.kind = Kind::Restart;
            verdict.causes = vec![format!("restarts with {}", dependency.service)];
        }
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
