//! The two ways out of a difference, as commands or as the line to edit: take it over, or undo it.

use super::Field;
use crate::model::Registry;
use crate::plan::Desired;

/// Makes it as declared.
pub(super) fn deploy(desired: &Desired, domain: &str) -> String {
    format!("foundry deploy {domain} --env {}", desired.environment)
}

/// Where a domain's workload is described.
pub(super) fn compose_template(domain: &str) -> String {
    format!("domains/{domain}/templates/compose.yml.tmpl")
}

/// What metadata says, into the registry.
pub(super) fn into_registry(domain: &str, fields: &[Field], file: &str, line: u32) -> Vec<String> {
    let port = |f: &Field| {
        let name = f.name.strip_prefix("ports.")?;
        Some(format!("foundry port set {domain}.{name} {}", f.found.as_ref()?))
    };
    let mut out: Vec<String> = fields.iter().filter_map(port).collect();
    if out.len() < fields.len() || fields.is_empty() {
        out.push(format!("edit {file}:{line} so that it says what domains/{domain}/metadata.yml says"));
    }
    out
}

/// What a file says, into its template.
pub(super) fn into_template(
    desired: &Desired,
    domain: &str,
    path: &str,
    template: Option<&str>,
    cause: &str,
) -> Vec<String> {
    let environment = &desired.environment;
    match template {
        _ if cause == "missing" || cause.starts_with("holds secrets") => Vec::new(),
        _ if cause.starts_with("older") => {
            vec![format!(
                "foundry render {domain} --env {environment} --diff   # and undo the change of the sources"
            )]
        }
        Some(template) => vec![
            format!("foundry render {domain} --env {environment} --diff"),
            format!("edit {template} so that it gives the file as it is"),
        ],
        None => vec![format!(
            "make domains/{domain}/templates/{}.tmpl",
            path.split_once('/').map_or(path, |p| p.1)
        )],
    }
}

/// What runs, into the registry.
pub(super) fn live(registry: &Registry, domain: &str, causes: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    for cause in causes {
        let way = one(registry, domain, cause);
        if let Some(way) = way.filter(|way| !out.contains(way)) {
            out.push(way);
        }
    }
    out
}

fn one(registry: &Registry, domain: &str, cause: &str) -> Option<String> {
    let cause = super::values::bare(cause);
    let words: Vec<&str> = cause.split(' ').collect();
    let template = compose_template(domain);
    Some(match words.as_slice() {
        ["port", old, "→", new] => match named_port(registry, domain, new) {
            Some(name) => format!("foundry port set {domain}.{name} {old}"),
            None => format!("edit {template}: publish {old}"),
        },
        ["image", old, "→", _] => format!("edit {template}: image {old}"),
        ["attached", "to", "network", network, ..] => {
            let name = network.trim_end_matches(',');
            let entry = registry.domain(domain).map(|d| d.name.span.to_string()).unwrap_or_default();
            format!("add {name} under `networks` at {entry} and in {template}")
        }
        ["environment", ..] => format!("edit {template} or set the value: foundry env set NAME=VALUE"),
        ["container", "is", "paused"]
        | ["container", "exited", ..]
        | ["container", "was", ..]
        | ["no", "container"] => {
            format!("foundry down {domain} --for 30m   # says that it is meant to be away")
        }
        ["no", "such", ..] | ["detached", ..] | ["unhealthy"] | ["keeps", ..] => return None,
        _ => {
            let (what, old) = cause.split_once(" → ").map_or((cause, ""), |(head, _)| {
                head.split_once(' ').map_or((head, ""), |(what, old)| (what, old))
            });
            match old {
                "" => format!("edit {template}: {what}"),
                old => format!("edit {template}: {what} as it is, {old}"),
            }
        }
    })
}

/// The port of the registry that a published one comes from.
fn named_port<'r>(registry: &'r Registry, domain: &str, published: &str) -> Option<&'r str> {
    let number: u16 = published.rsplit(':').next()?.split('/').next()?.parse().ok()?;
    let ports = registry.ports_of(domain)?.ports.iter();
    let found = ports.filter(|p| p.binding.as_ref().is_some_and(|b| b.port == number));
    found.map(|p| p.name.value.as_str()).next()
}
