//! One runbook for each service: what it needs, who breaks without it, and the commands that a person needs at night.

use super::pages::{list, text};
use crate::graph::{Graph, impact};
use crate::model::{Domain, Engine, Registry};
use serde_json::Value;
use std::fmt::Write as _;

/// The generated part of a domain's runbook.
pub(super) fn runbook(registry: &Registry, graph: &Graph, domain: &Domain) -> String {
    let name = &domain.name.value;
    let mut out = format!("# {name}\n\n");
    let about = text(&domain.record, "description");
    if !about.is_empty() {
        let _ = write!(out, "{about}.\n\n");
    }
    for entry in list(domain, "ingress") {
        let host = text(entry, "host");
        let _ = writeln!(out, "Reached at `{host}{}`.", text(entry, "path"));
    }
    relations(graph, domain, &mut out);
    if !domain.is_deployed_here() {
        out.push_str("\nIt is run by somebody else: Foundry only knows of it.\n");
        return out;
    }
    state(domain, &mut out);
    for environment in registry.environments.iter().filter(|e| domain.is_in(&e.name)) {
        commands(name, &environment.name, environment.engine, !list(domain, "state").is_empty(), &mut out);
    }
    out
}

fn relations(graph: &Graph, domain: &Domain, out: &mut String) {
    let line = |out: &mut String, what: &str, names: Vec<String>| {
        let names: Vec<String> = names.iter().map(|n| format!("[{n}]({n}.md)")).collect();
        let names = if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
        let _ = writeln!(out, "- {what}: {names}");
    };
    let own = |names: &[crate::diag::Spanned<String>]| names.iter().map(|n| n.value.clone()).collect();
    out.push_str("\n## Relations\n\n");
    line(out, "needs, and does not work without", own(&domain.requires));
    line(out, "uses when it is there", own(&domain.consumes));
    line(out, "may be reached by", own(&domain.exposes_to));
    if let Some(impact) = impact(graph, &domain.name.value) {
        line(out, "when it is down, these break", [impact.direct, impact.transitive].concat());
        line(out, "and these lose something", impact.degraded);
    }
}

fn state(domain: &Domain, out: &mut String) {
    let state = list(domain, "state");
    if state.is_empty() {
        return;
    }
    out.push_str("\n## What it keeps\n\n");
    for entry in state {
        let what = [text(entry, "volume"), text(entry, "path")].concat();
        let size = text(entry, "size");
        let size = if size.is_empty() { String::new() } else { format!(", {size}") };
        let saved = match (entry.get("ephemeral") == Some(&Value::Bool(true)), text(entry, "backup").as_str())
        {
            (true, _) => "made anew, not saved".to_owned(),
            (_, "none") => "not saved".to_owned(),
            (_, "") => "nothing says how it is saved".to_owned(),
            (_, profile) => format!("saved by `{profile}`"),
        };
        let _ = writeln!(out, "- `{what}`{size}: {saved}");
    }
}

fn commands(name: &str, environment: &str, engine: Engine, keeps: bool, out: &mut String) {
    let _ = write!(out, "\n## In {environment} ({})\n\n```sh\n", engine.word());
    let mut line = |command: String, what: &str| {
        let _ = writeln!(out, "{command:<60}# {what}");
    };
    match engine {
        Engine::Compose => {
            line(format!("foundry status --env {environment}"), "is it well?");
            line(format!("foundry logs {name} --env {environment}"), "what does it say?");
            line(format!("foundry plan {name} --env {environment}"), "what would change");
            line(format!("foundry deploy {name} --env {environment}"), "start it, or bring it up to date");
            line(format!("foundry restart {name} --env {environment}"), "stop and start it");
            line(format!("foundry down {name} --env {environment}"), "stop it; its data stays");
            if keeps {
                line(format!("foundry backup list --env {environment}"), "what is saved");
                line(format!("foundry backup restore {name} --env {environment}"), "put the last state back");
            }
        }
        Engine::Kubernetes => {
            line(format!("foundry status --env {environment}"), "is it well?");
            line(format!("foundry logs {name} --env {environment}"), "what does it say?");
            line(format!("foundry plan {name} --env {environment}"), "what would change");
            line(format!("foundry deploy {name} --env {environment}"), "start it, or bring it up to date");
            line(format!("foundry restart {name} --env {environment}"), "new pods");
            if keeps {
                line(format!("velero backup get -l app.kubernetes.io/part-of={name}"), "what is saved");
                line("velero restore create --from-backup BACKUP".to_owned(), "put a state back");
            }
        }
        Engine::Incus => {
            line(format!("foundry validate --env {environment}"), "is what is declared in order?");
        }
    }
    line(format!("foundry impact {name}"), "who notices");
    out.push_str("```\n");
}
