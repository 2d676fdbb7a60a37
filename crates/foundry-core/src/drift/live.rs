//! What runs against what was rendered: the plan for the rendered files, less what is only its consequence.

use super::{Input, Item, Kind, Source, ways};
use crate::diag::Findings;
use crate::plan::{Action, Container, Desired, Domain, EDITED, Plan, Step, compare as plan, subject};

/// Whether anything of the domain is at the place.
pub(super) fn was_here(input: &Input<'_>, domain: &Domain) -> bool {
    let inside = |path: &String| path.strip_prefix(&domain.name).is_some_and(|rest| rest.starts_with('/'));
    input.observed.files.keys().any(inside) || containers(input, domain).next().is_some()
}

fn containers<'i>(input: &'i Input<'_>, domain: &'i Domain) -> impl Iterator<Item = &'i Container> {
    let project = domain.project_name();
    input.observed.containers.iter().filter(move |c| c.project == project && !c.is_one_off())
}

/// The differences; `full` is the plan for what is wanted now.
pub(super) fn compare(input: &Input<'_>, full: &Plan, absent: &[String]) -> Vec<Item> {
    let (of_rendered, _) = plan(input.rendered, input.observed);
    let mut out: Vec<Item> = Vec::new();
    for step in &of_rendered.steps {
        let Some(domain) = step.domain.as_ref().filter(|d| !absent.contains(d)) else { continue };
        if !input.desired.selected.contains(domain) || !is_about_the_world(&step.action) {
            continue;
        }
        let causes: Vec<String> = step.causes.iter().filter(|c| !is_consequence(c)).cloned().collect();
        // What fits the wanted state differs only from files that differ themselves, and those are told.
        if causes.is_empty() || !is_planned(full, step) {
            continue;
        }
        let subject = about(input, step);
        match out.iter_mut().find(|item| item.domain == *domain && item.subject == subject) {
            Some(item) => item.causes.extend(causes),
            None => out.push(item(input, domain, subject, causes)),
        }
    }
    out
}

/// Networks that are there and not as declared: a plan cannot change them in place, so it only warns.
pub(super) fn networks(desired: &Desired, findings: &Findings) -> Vec<Item> {
    let about = findings.iter().filter(|f| matches!(f.rule, "OPS-003" | "OPS-004"));
    let network = about.filter_map(|f| Some((f, f.message.strip_prefix("network ")?.split_once(' ')?)));
    network
        .map(|(finding, (name, what))| Item {
            kind: Kind::Live,
            domain: desired.owner(name).unwrap_or_default().to_owned(),
            subject: format!("network {name}"),
            causes: vec![what.to_owned()],
            fields: Vec::new(),
            since: None,
            accept: vec![format!("say so in config-registry/env/networks.yml under {name}")],
            deploy: finding.help.clone().map_or_else(String::new, |help| help.to_string()),
            containers: Vec::new(),
            source: finding.span.as_ref().map(|span| Source { file: span.file.to_string(), line: span.line }),
        })
        .collect()
}

fn is_about_the_world(action: &Action) -> bool {
    matches!(
        action,
        Action::Create { .. }
            | Action::Recreate { .. }
            | Action::Start { .. }
            | Action::Unpause { .. }
            | Action::Restart { .. }
            | Action::Connect { .. }
            | Action::Disconnect { .. }
            | Action::CreateNetwork(_)
            | Action::CreateVolume(_)
    )
}

/// What happens to a container only because it happens to another one.
fn is_consequence(cause: &str) -> bool {
    cause.starts_with("restarts with ") || cause.starts_with("lives in ")
}

/// Whether the plan for what is wanted has to do with the same thing, edited files aside.
fn is_planned(full: &Plan, step: &Step) -> bool {
    let (subject, domain) = (subject(step), &step.domain);
    let others = full.steps.iter().filter(|s| s.domain == *domain && is_about_the_world(&s.action));
    others
        .filter(|s| crate::plan::subject(s) == subject)
        .any(|s| s.causes.iter().any(|cause| !cause.ends_with(EDITED)))
}

/// The service for what is done to its containers, so that two changes of one container are one difference.
fn about(input: &Input<'_>, step: &Step) -> String {
    let (Action::Connect { id, .. } | Action::Disconnect { id, .. }) = &step.action else {
        return subject(step);
    };
    let service = input.observed.containers.iter().find(|c| c.id == *id).map_or("", |c| &c.service);
    format!("{}/{service}", step.domain.as_deref().unwrap_or_default())
}

fn item(input: &Input<'_>, domain: &str, subject: String, causes: Vec<String>) -> Item {
    let service = subject.split_once('/').map(|(_, service)| service).filter(|_| !subject.contains(' '));
    let all = input.rendered.domain(domain).into_iter().flat_map(|d| containers(input, d));
    let names = all.filter(|c| service == Some(c.service.as_str())).map(|c| c.name.clone()).collect();
    Item {
        kind: Kind::Live,
        domain: domain.to_owned(),
        accept: ways::live(input.registry, domain, &causes),
        deploy: ways::deploy(input.desired, domain),
        source: Some(Source { file: ways::compose_template(domain), line: 0 }),
        subject,
        causes,
        fields: Vec::new(),
        since: None,
        containers: names,
    }
}
