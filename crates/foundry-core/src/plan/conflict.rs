//! What is in the way of a plan: things of somebody else, ports and names that are taken, domains that do not run.

use super::compare::{Planner, Touched, container_names};
use super::desired::Domain;
use super::verdict::Kind;
use super::{Container, ContainerState, Health, ports, shared};
use crate::compose::Project;
use crate::diag::{Finding, Severity, Span};
use std::collections::BTreeMap;

/// Whether the project's name is taken by another registry or environment; then nothing of it is touched.
pub(super) fn foreign(planner: &mut Planner<'_>, domain: &Domain, project: &Project) -> bool {
    let (desired, observed) = (planner.desired, planner.observed);
    let other = |c: &&Container| c.project == project.name && desired.ours(&c.labels) == Some(false);
    let found: Vec<&Container> = observed.containers.iter().filter(other).collect();
    let Some(first) = found.first() else { return false };
    let whose = shared::whose(&first.labels);
    let message =
        format!("the project name {} is taken by {whose}: {}", project.name, container_names(&found));
    let span = project_name_span(project);
    planner.findings.push(Finding::error("OPS-003", &span, message).help(format!(
        "give {} another name with `name:` in its compose file, or take that one down",
        domain.name
    )));
    true
}

/// Domains that would share one Compose project: each would take the other's services for vanished.
pub(super) fn shared_projects(planner: &mut Planner<'_>) {
    let mut seen: BTreeMap<&str, &Domain> = BTreeMap::new();
    for domain in planner.desired.in_order() {
        let Some(project) = &domain.project else { continue };
        if let Some(other) = seen.insert(&project.name, domain) {
            let message = format!(
                "{} and {} have the same Compose project name {}",
                other.name, domain.name, project.name
            );
            planner.findings.push(
                Finding::error("OPS-003", &project_name_span(project), message)
                    .help("give one of them another `name:` in its compose file"),
            );
        }
    }
}

fn project_name_span(project: &Project) -> Span {
    project.node.get("name").map_or_else(|| Span::file(project.file.clone()), |n| n.span.clone())
}

/// Container names and host ports that a step needs and that something else holds. What this plan itself frees
/// (a pruned container, a port that moves) comes first; anything else is a finding.
pub(super) fn ports_and_names(planner: &mut Planner<'_>, removed: &BTreeMap<String, usize>) {
    let keys: Vec<(&str, &str)> = planner.touched.keys().copied().collect();
    for key in keys {
        let Some(touched) = planner.touched.get(&key) else { continue };
        if !matches!(touched.kind, Kind::Create | Kind::Recreate | Kind::Start) {
            continue;
        }
        let obstacles = obstacles(planner, touched);
        let step = touched.step;
        for (container, what, span) in obstacles {
            let freed = removed.get(&container.id).copied().or_else(|| freed_by(planner, container, &what));
            if freed.is_some_and(|other| planner.drafts.wait_unless_circular(step, other)) {
                continue;
            }
            planner.findings.push(finding(planner, container, &what, &span));
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Held {
    Name(String),
    Port(ports::HostPort),
}

fn obstacles<'a>(planner: &Planner<'a>, touched: &Touched<'a>) -> Vec<(&'a Container, Held, Span)> {
    let project = touched.domain.project_name();
    let mut out = Vec::new();
    for container in &planner.observed.containers {
        if container.project == project && container.service == touched.service.name {
            continue;
        }
        if let Some(name) = touched.service.container_name.as_ref().filter(|n| n.value == container.name) {
            out.push((container, Held::Name(name.value.clone()), name.span.clone()));
        }
        let held = ports::held(container);
        for wanted in ports::wanted(touched.service).into_iter().flatten() {
            if held.iter().any(|h| h.clashes(&wanted)) {
                let same = |p: &&crate::compose::Port| p.published == Some((wanted.host, wanted.host));
                let port = touched.service.ports.iter().find(same);
                let span = port.map_or(&touched.service.span, |p| &p.span).clone();
                out.push((container, Held::Port(wanted), span));
            }
        }
    }
    out
}

/// The step of this plan after which `container` no longer holds it.
fn freed_by(planner: &Planner<'_>, container: &Container, what: &Held) -> Option<usize> {
    let touched = planner
        .touched
        .values()
        .find(|t| t.domain.project_name() == container.project && t.service.name == container.service)?;
    let keeps = match what {
        Held::Name(name) => touched.service.container_name.as_ref().is_some_and(|n| n.value == *name),
        Held::Port(port) => {
            ports::wanted(touched.service).is_none_or(|wanted| wanted.iter().any(|p| p.clashes(port)))
        }
    };
    (touched.kind == Kind::Recreate && !keeps).then_some(touched.step)
}

fn finding(planner: &Planner<'_>, container: &Container, what: &Held, span: &Span) -> Finding {
    let (what, id) = match what {
        Held::Name(name) => {
            (format!("the container name {name}"), &container.id[..container.id.len().min(12)])
        }
        Held::Port(port) => (format!("port {port}"), container.name.as_str()),
    };
    let (whose, help) = match planner.desired.ours(&container.labels) {
        Some(true) => match planner.desired.domains.iter().find(|d| d.project_name() == container.project) {
            Some(d) => (
                format!("{}/{}, which keeps it until it is deployed", d.name, container.service),
                format!("run foundry deploy {} first", d.name),
            ),
            None => (
                format!("container {}, which is declared nowhere any more", container.name),
                "remove it with foundry deploy --prune".to_owned(),
            ),
        },
        _ => {
            let whose = match container.project.is_empty() {
                true => format!("container {}, which Foundry did not make", container.name),
                false => format!("container {} of {}", container.name, shared::whose(&container.labels)),
            };
            (whose, format!("choose another, or run docker rm -f {id}"))
        }
    };
    Finding::error("OPS-003", span, format!("{what} is taken by {whose}")).help(help)
}

/// Domains that something in the plan requires, that are not in the plan and do not run well.
pub(super) fn required_domains(planner: &mut Planner<'_>) {
    let desired = planner.desired;
    for domain in desired.in_order().into_iter().filter(|d| desired.selected.contains(&d.name)) {
        let Some(project) = &domain.project else { continue };
        if !planner.touched.keys().any(|(name, _)| *name == domain.name) {
            continue;
        }
        for required in domain.requires.iter().filter_map(|r| desired.domain(r)) {
            if required.external || desired.selected.contains(&required.name) {
                continue;
            }
            if let Some((severity, state)) = not_well(planner, required) {
                let message = format!("{} requires {}, which {state}", domain.name, required.name);
                let span = Some(Span::file(project.file.clone()));
                planner.findings.push(
                    Finding::new("SVC-004", severity, span, message)
                        .help(format!("foundry deploy {} {}", required.name, domain.name)),
                );
            }
        }
    }
}

/// What is wrong with a domain that something requires, and how much of an obstacle that is.
fn not_well(planner: &Planner<'_>, domain: &Domain) -> Option<(Severity, String)> {
    for service in domain.project.iter().flat_map(|p| &p.services) {
        let of = |c: &&Container| c.project == domain.project_name() && c.service == service.name;
        let mut containers = planner.observed.containers.iter().filter(of).peekable();
        if containers.peek().is_none() && service.replicas > 0 {
            return Some((Severity::Error, format!("does not run: {} has no container", service.name)));
        }
        for container in containers {
            let completed = container.exit_code == 0 && service.ends_by_itself();
            match (container.state, container.health) {
                (ContainerState::Running, Health::Healthy | Health::None) => {}
                (ContainerState::Running, Health::Starting) => {
                    return Some((Severity::Warning, format!("is still starting: {}", service.name)));
                }
                (ContainerState::Running, Health::Unhealthy) => {
                    return Some((Severity::Error, format!("is unhealthy: {}", service.name)));
                }
                (ContainerState::Exited, _) if completed => {}
                _ => return Some((Severity::Error, format!("does not run: {} is stopped", service.name))),
            }
        }
    }
    None
}
