//! How every domain and service stands, with the plan's causes as drift.

use super::compare::compare;
use super::desired::{Desired, Domain};
use super::revision::rolled_back_to;
use super::stop::of;
use super::{Action, Container, ContainerState, Health, Maintenance, Observed, Plan, maintenance};
use crate::compose::{Service, tag};
use serde::Serialize;
use std::collections::BTreeSet;

/// How a domain or service stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Everything runs, or ended as it should.
    Running,
    /// Some of it runs.
    Partial,
    /// There are containers, and none runs.
    Stopped,
    /// Something ended with an error, keeps restarting or is unhealthy.
    Failed,
    /// There is no container.
    Absent,
    /// Somebody else runs it.
    External,
}

impl State {
    /// The word for tables.
    pub fn word(self) -> &'static str {
        match self {
            State::Running => "running",
            State::Partial => "partial",
            State::Stopped => "stopped",
            State::Failed => "failed",
            State::Absent => "absent",
            State::External => "external",
        }
    }
}

/// One service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServiceStatus {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub state: State,
    /// The image's tag, of what runs or else of what is declared.
    pub version: Option<String>,
    /// RFC 3339 time since when it runs.
    pub since: Option<String>,
    /// Its health; `None` where nothing is checked.
    pub health: Option<Health>,
    /// What a deploy would change, as causes.
    pub drift: Vec<String>,
    /// Names of its containers.
    pub containers: Vec<String>,
    /// Published ports, as they are now: `127.0.0.1:8080->80/tcp`.
    pub ports: Vec<String>,
}

/// One domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DomainStatus {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub state: State,
    /// The version of its main service: the one with the domain's name, else the first.
    pub version: Option<String>,
    /// RFC 3339 time since when all of it runs: the latest start.
    pub since: Option<String>,
    /// The worst health of its services; `None` where nothing is checked.
    pub health: Option<Health>,
    /// What a deploy would change, as causes; of several services each with its name.
    pub drift: Vec<String>,
    /// Whether it is meant to be away, and until when; also when that is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<Maintenance>,
    /// Its services.
    pub services: Vec<ServiceStatus>,
}

/// Everything of one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The selected domains, by name.
    pub domains: Vec<DomainStatus>,
    /// What is ours and declared nowhere.
    pub orphans: Vec<String>,
    /// The revision that the place was rolled back to, while what runs differs from what is declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rolled_back_to: Option<String>,
}

/// How the selected domains stand.
pub fn status(desired: &Desired, observed: &Observed) -> Status {
    let (plan, _) = compare(desired, observed);
    let mut domains: Vec<&Domain> =
        desired.domains.iter().filter(|d| desired.selected.contains(&d.name)).collect();
    domains.sort_by(|a, b| a.name.cmp(&b.name));
    let rows = domains.into_iter().map(|d| domain_status(desired, observed, d, &plan)).collect();
    let rolled_back_to = rolled_back_to(desired, &plan, observed);
    Status { domains: rows, orphans: plan.orphans, rolled_back_to }
}

fn domain_status(desired: &Desired, observed: &Observed, domain: &Domain, plan: &Plan) -> DomainStatus {
    let containers = of(desired, observed, domain);
    let services: Vec<ServiceStatus> = domain
        .project
        .iter()
        .flat_map(|p| &p.services)
        .map(|s| service_status(domain, s, &containers, plan))
        .collect();
    let services = if domain.project.is_none() { by_containers(&containers) } else { services };
    let main = services.iter().find(|s| s.name == domain.name).or(services.first());
    let mut drift = Vec::new();
    for service in &services {
        let prefix = if services.len() > 1 { format!("{}: ", service.name) } else { String::new() };
        drift.extend(service.drift.iter().map(|cause| format!("{prefix}{cause}")));
    }
    if drift.is_empty() {
        drift = around(plan, &domain.name);
    }
    let alive: Vec<&ServiceStatus> = services.iter().filter(|s| s.since.is_some()).collect();
    DomainStatus {
        name: domain.name.clone(),
        state: if domain.external { State::External } else { together(&services) },
        version: main.and_then(|s| s.version.clone()),
        since: alive.iter().filter_map(|s| s.since.clone()).max(),
        health: worst(services.iter().filter_map(|s| s.health)),
        drift: match containers.is_empty() {
            false => drift,
            true if was_here(observed, domain) => vec!["no container".to_owned()],
            true => Vec::new(),
        },
        maintenance: maintenance(desired, observed).into_iter().find(|m| m.domain == domain.name),
        services,
    }
}

/// Whether the domain's files are at the place: then it ran once, and being away is a difference.
fn was_here(observed: &Observed, domain: &Domain) -> bool {
    !domain.external && domain.files.keys().any(|path| observed.files.contains_key(path))
}

/// What differs around the services: files, networks, volumes. Told only where the services themselves are fine.
fn around(plan: &Plan, domain: &str) -> Vec<String> {
    let mut out = Vec::new();
    for step in plan.steps.iter().filter(|s| s.domain.as_deref() == Some(domain)) {
        let subject = match &step.action {
            Action::WriteFiles { .. } => "files".to_owned(),
            Action::CreateNetwork(_) | Action::CreateVolume(_) => super::subject(step),
            _ => continue,
        };
        out.extend(step.causes.iter().map(|cause| format!("{subject}: {cause}")));
    }
    out
}

fn together(services: &[ServiceStatus]) -> State {
    let all = |state: State| services.iter().all(|s| s.state == state);
    if services.is_empty() || all(State::Absent) {
        State::Absent
    } else if all(State::Running) {
        State::Running
    } else if services.iter().any(|s| s.state == State::Failed) {
        State::Failed
    } else if services.iter().any(|s| matches!(s.state, State::Running | State::Partial)) {
        State::Partial
    } else {
        State::Stopped
    }
}

fn worst(all: impl Iterator<Item = Health>) -> Option<Health> {
    let weight = |h: &Health| match h {
        Health::Unhealthy => 3,
        Health::Starting => 2,
        Health::Healthy => 1,
        Health::None => 0,
    };
    all.filter(|h| *h != Health::None).max_by_key(weight)
}

/// The services of a domain whose compose file could not be read, by what is there of them.
fn by_containers(containers: &[&Container]) -> Vec<ServiceStatus> {
    let names: BTreeSet<&str> = containers.iter().map(|c| c.service.as_str()).collect();
    let status = |name: &str| {
        let mine: Vec<&Container> = containers.iter().copied().filter(|c| c.service == name).collect();
        let state = match mine.iter().filter(|c| c.state == ContainerState::Running).count() {
            _ if mine.iter().any(|c| failed(c)) => State::Failed,
            0 => State::Stopped,
            n if n == mine.len() => State::Running,
            _ => State::Partial,
        };
        seen(name, state, &mine, mine.first().map_or("", |c| c.image.as_str()))
    };
    names.into_iter().map(status).collect()
}

/// Whether a container ended with an error, keeps restarting or is unhealthy.
fn failed(container: &Container) -> bool {
    match container.state {
        ContainerState::Restarting | ContainerState::Dead => true,
        ContainerState::Exited => container.exit_code != 0,
        // Checks of a paused container fail too, and say nothing.
        ContainerState::Running => container.health == Health::Unhealthy,
        _ => false,
    }
}

fn service_status(domain: &Domain, service: &Service, all: &[&Container], plan: &Plan) -> ServiceStatus {
    let mine: Vec<&Container> = all.iter().copied().filter(|c| c.service == service.name).collect();
    let completed =
        |c: &Container| c.state == ContainerState::Exited && c.exit_code == 0 && service.ends_by_itself();
    let well = mine.iter().filter(|c| c.state == ContainerState::Running || completed(c)).count();
    let state = if mine.is_empty() && service.replicas > 0 {
        State::Absent
    } else if mine.iter().any(|c| failed(c)) {
        State::Failed
    } else if well == mine.len() && well == service.replicas as usize {
        State::Running
    } else if well > 0 {
        State::Partial
    } else {
        State::Stopped
    };
    let declared = service.image_name(domain.project_name());
    let image = mine.first().map_or(declared.as_str(), |c| c.image.as_str());
    ServiceStatus { drift: drift(plan, domain, service, &mine), ..seen(&service.name, state, &mine, image) }
}

/// What containers show of a service.
fn seen(name: &str, state: State, mine: &[&Container], image: &str) -> ServiceStatus {
    let running = || mine.iter().filter(|c| c.state == ContainerState::Running);
    let mut ports: Vec<String> = mine.iter().flat_map(|c| &c.ports).map(port_text).collect();
    ports.sort();
    ports.dedup();
    ServiceStatus {
        name: name.to_owned(),
        state,
        version: tag(image).map(str::to_owned),
        since: running().map(|c| c.started_at.clone()).max(),
        health: worst(running().map(|c| c.health)),
        drift: Vec::new(),
        containers: mine.iter().map(|c| c.name.clone()).collect(),
        ports,
    }
}

fn drift(plan: &Plan, domain: &Domain, service: &Service, mine: &[&Container]) -> Vec<String> {
    let about = |action: &Action| match action {
        Action::Create { project, service: name, .. }
        | Action::Recreate { project, service: name, .. }
        | Action::Start { project, service: name, .. }
        | Action::Unpause { project, service: name, .. }
        | Action::Restart { project, service: name, .. } => {
            project == domain.project_name() && *name == service.name
        }
        Action::Connect { id, .. } | Action::Disconnect { id, .. } => mine.iter().any(|c| c.id == *id),
        _ => false,
    };
    plan.steps.iter().filter(|s| about(&s.action)).flat_map(|s| s.causes.iter().cloned()).collect()
}

fn port_text(port: &super::ObservedPort) -> String {
    let address = match port.address.as_str() {
        "" | "0.0.0.0" | "::" => String::new(),
        address if address.contains(':') => format!("[{address}]:"),
        address => format!("{address}:"),
    };
    format!("{address}{}->{}/{}", port.host, port.container, port.protocol)
}
