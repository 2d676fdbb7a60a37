//! What the parts of a project say about each other: everything referred to exists, nothing waits for itself.

use super::normal::nearest;
use super::project::{Project, Service};
use crate::diag::{Finding, Findings, Span};

/// Adds a finding for every reference that leads nowhere and for cycles.
pub(super) fn check(project: &Project, findings: &mut Findings) {
    for service in &project.services {
        let mut refer = |span: &Span, what: &str, name: &str, known: Vec<&str>| {
            if known.contains(&name) {
                return;
            }
            let message = format!("service {} refers to the undefined {what} `{name}`", service.name);
            let finding = Finding::error("SVC-005", span, message);
            findings.push(match nearest(name, known.into_iter()) {
                Some(close) => finding.help(format!("did you mean `{close}`?")),
                None => finding.help(format!("define it under `{what}s`")),
            });
        };
        for attachment in &service.networks {
            let known = project.networks.keys().map(String::as_str).collect();
            refer(&attachment.span, "network", &attachment.network, known);
        }
        for (mount, key) in service.mounts.iter().filter_map(|m| Some((m, m.volume()?))) {
            refer(&mount.span, "volume", key, project.volumes.keys().map(String::as_str).collect());
        }
        for secret in &service.secrets {
            refer(&secret.span, "secret", secret, project.secrets.keys().map(String::as_str).collect());
        }
        for config in &service.configs {
            refer(&config.span, "config", config, project.configs.keys().map(String::as_str).collect());
        }
        for dependency in service.depends_on.iter().filter(|d| d.required) {
            if project.inactive.iter().any(|s| s.name == dependency.service) {
                continue;
            }
            let known = project.services.iter().map(|s| s.name.as_str()).collect();
            refer(&dependency.span, "service", &dependency.service, known);
        }
    }
    for service in &project.services {
        contradictions(service, findings);
        inactive(project, service, findings);
        if let Some(path) = cycle(project, service) {
            let message = format!("`depends_on` goes in a circle: {}", path.join(" → "));
            findings.push(
                Finding::error("SVC-005", service.at("depends_on"), message).help("remove one of them"),
            );
        }
    }
}

fn contradictions(service: &Service, findings: &mut Findings) {
    if let Some(mode) = service.network_mode.as_ref().filter(|_| !service.networks.is_empty()) {
        let message = format!("service {} has both `network_mode` and `networks`", service.name);
        findings.push(Finding::error("SVC-005", &mode.span, message).help("keep one of the two"));
    }
    if let Some(name) = service.container_name.as_ref().filter(|_| service.replicas > 1) {
        let message =
            format!("{} containers of service {} cannot share one name", service.replicas, service.name);
        findings.push(Finding::error("SVC-005", &name.span, message).help("remove `container_name`"));
    }
}

fn inactive(project: &Project, service: &Service, findings: &mut Findings) {
    for dependency in service.depends_on.iter().filter(|d| d.required) {
        let Some(other) = project.inactive.iter().find(|s| s.name == dependency.service) else { continue };
        let profiles: Vec<&str> = other.profiles.iter().map(|p| p.value.as_str()).collect();
        let message = format!(
            "service {} depends on {}, which is started only with the profile {}",
            service.name,
            other.name,
            profiles.join(" or ")
        );
        findings.push(
            Finding::error("SVC-005", &dependency.span, message)
                .help(format!("remove `profiles` from {}, or add `required: false`", other.name)),
        );
    }
}

/// The circle through `start`, reported only at its alphabetically first service.
fn cycle(project: &Project, start: &Service) -> Option<Vec<String>> {
    let mut stack = vec![vec![start.name.clone()]];
    let mut seen = std::collections::BTreeSet::new();
    while let Some(path) = stack.pop() {
        let Some(service) = path.last().and_then(|name| project.service(name)) else { continue };
        for dependency in &service.depends_on {
            let mut next = path.clone();
            next.push(dependency.service.clone());
            if dependency.service == start.name {
                return path.iter().all(|name| *name >= start.name).then_some(next);
            }
            if seen.insert(dependency.service.clone()) {
                stack.push(next);
            }
        }
    }
    None
}
