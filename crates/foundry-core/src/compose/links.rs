//! What the parts of a project say about each other: everything referred to exists, nothing waits for itself.

use super::normal::nearest;
use super::project::{Project, Service};
use crate::diag::{Finding, Findings, Span};
use std::collections::{BTreeMap, BTreeSet};

/// Adds a finding for every reference that leads nowhere and for cycles.
pub(super) fn check(project: &Project, findings: &mut Findings) {
    let started: BTreeMap<&str, &Service> = project.services.iter().map(|s| (s.name.as_str(), s)).collect();
    let waiting: BTreeMap<&str, &Service> = project.inactive.iter().map(|s| (s.name.as_str(), s)).collect();
    for service in &project.services {
        let undefined = |span: &Span, what: &str, name: &str, known: &mut dyn Iterator<Item = &str>| {
            let message = format!("service {} refers to the undefined {what} `{name}`", service.name);
            let finding = Finding::error("SVC-005", span, message);
            match nearest(name, known) {
                Some(close) => finding.help(format!("did you mean `{close}`?")),
                None => finding.help(format!("define it under `{what}s`")),
            }
        };
        for a in service.networks.iter().filter(|a| !project.networks.contains_key(&a.network)) {
            findings.push(undefined(
                &a.span,
                "network",
                &a.network,
                &mut project.networks.keys().map(String::as_str),
            ));
        }
        let volumes = service.mounts.iter().filter_map(|m| Some((m, m.volume()?)));
        for (mount, key) in volumes.filter(|(_, key)| !project.volumes.contains_key(*key)) {
            findings.push(undefined(
                &mount.span,
                "volume",
                key,
                &mut project.volumes.keys().map(String::as_str),
            ));
        }
        for secret in service.secrets.iter().filter(|s| !project.secrets.contains_key(&s.value)) {
            findings.push(undefined(
                &secret.span,
                "secret",
                secret,
                &mut project.secrets.keys().map(String::as_str),
            ));
        }
        for config in service.configs.iter().filter(|c| !project.configs.contains_key(&c.value)) {
            findings.push(undefined(
                &config.span,
                "config",
                config,
                &mut project.configs.keys().map(String::as_str),
            ));
        }
        let required = service.depends_on.iter().filter(|d| d.required);
        for dependency in required.filter(|d| !started.contains_key(d.service.as_str())) {
            match waiting.get(dependency.service.as_str()) {
                Some(other) => findings.push(inactive(service, other, &dependency.span)),
                None => findings.push(undefined(
                    &dependency.span,
                    "service",
                    &dependency.service,
                    &mut started.keys().copied(),
                )),
            }
        }
        contradictions(service, findings);
    }
    for path in cycles(&started) {
        let Some(first) = path.first().and_then(|name| started.get(name)) else { continue };
        let message = format!("`depends_on` goes in a circle: {}", path.join(" → "));
        findings.push(Finding::error("SVC-005", first.at("depends_on"), message).help("remove one of them"));
    }
}

fn inactive(service: &Service, other: &Service, span: &Span) -> Finding {
    let profiles: Vec<&str> = other.profiles.iter().map(|p| p.value.as_str()).collect();
    let message = format!(
        "service {} depends on {}, which is started only with the profile {}",
        service.name,
        other.name,
        profiles.join(" or ")
    );
    Finding::error("SVC-005", span, message)
        .help(format!("remove `profiles` from {}, or add `required: false`", other.name))
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

/// The circles of `depends_on`, each from its alphabetically first service back to it.
fn cycles<'p>(services: &BTreeMap<&'p str, &'p Service>) -> Vec<Vec<&'p str>> {
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut found: BTreeSet<Vec<&str>> = BTreeSet::new();
    for start in services.keys() {
        // The way from `start`: each service with the number of its next dependency.
        let mut way: Vec<(&str, usize)> = vec![(start, 0)];
        let mut on_way: BTreeSet<&str> = [*start].into();
        while let Some((name, next)) = way.last_mut() {
            let dependency = services.get(*name).and_then(|s| s.depends_on.get(*next));
            let Some(dependency) = dependency.filter(|_| !done.contains(name)) else {
                done.insert(name);
                on_way.remove(*name);
                way.pop();
                continue;
            };
            *next += 1;
            let other = dependency.service.as_str();
            if on_way.contains(other) {
                let from = way.iter().position(|(n, _)| *n == other).unwrap_or(0);
                let mut circle: Vec<&str> = way[from..].iter().map(|(n, _)| *n).collect();
                let first = circle.iter().enumerate().min_by_key(|(_, n)| **n).map_or(0, |(i, _)| i);
                circle.rotate_left(first);
                circle.push(circle[0]);
                found.insert(circle);
            } else if services.contains_key(other) && !done.contains(other) {
                on_way.insert(other);
                way.push((other, 0));
            }
        }
    }
    found.into_iter().collect()
}
