//! Each field that differs, as found and as wanted; values that look secret are masked.

use super::{Field, Input, Item, Kind};
use crate::compose::{Service, fingerprint};
use crate::load::env::looks_secret;
use crate::plan::Container;
use std::collections::{BTreeMap, BTreeSet};

/// What stands where a value may be secret.
pub(super) const MASK: &str = "[secret]";

/// Names that causes begin with, the longer ones first.
const NAMED: [&str; 13] = [
    "memory reservation",
    "memory and swap",
    "memory",
    "cpu shares",
    "cpu quota",
    "cpu period",
    "cpus",
    "cpuset",
    "pids limit",
    "image",
    "port",
    "restart",
    "user",
];

/// Fills in the fields of `items`. `seen`: id of a container → its variables; `hide` says whether a value holds a
/// secret.
pub fn values(
    items: &mut [Item],
    input: &Input<'_>,
    seen: &BTreeMap<String, BTreeMap<String, String>>,
    hide: &dyn Fn(&str) -> bool,
) {
    for item in items.iter_mut().filter(|item| item.kind == Kind::Live) {
        let mut fields: Vec<Field> = item.causes.iter().filter_map(|cause| from_cause(cause)).collect();
        if item.causes.iter().any(|cause| cause.starts_with("environment ")) {
            fields.extend(variables(item, input, seen, hide));
        }
        item.fields = fields;
    }
}

/// A cause without the line of the registry that it ends with.
pub(super) fn bare(cause: &str) -> &str {
    cause
        .rsplit_once(" (")
        .filter(|(_, place)| place.ends_with(')') && place.contains(':'))
        .map_or(cause, |(c, _)| c)
}

fn from_cause(cause: &str) -> Option<Field> {
    let (head, wanted) = bare(cause).split_once(" → ")?;
    let name = NAMED.into_iter().find(|name| head.strip_prefix(name).is_some_and(|r| r.starts_with(' ')))?;
    let found = head[name.len()..].trim().to_owned();
    Some(Field { name: name.to_owned(), found: Some(found), wanted: Some(wanted.to_owned()) })
}

fn variables(
    item: &Item,
    input: &Input<'_>,
    seen: &BTreeMap<String, BTreeMap<String, String>>,
    hide: &dyn Fn(&str) -> bool,
) -> Vec<Field> {
    let service = item.subject.split_once('/').map_or("", |(_, service)| service);
    let project = input.rendered.domain(&item.domain).and_then(|d| d.project.as_ref());
    let Some(service) = project.and_then(|p| p.service(service)) else { return Vec::new() };
    let mut out = BTreeMap::new();
    for container in input.observed.containers.iter().filter(|c| item.containers.contains(&c.name)) {
        let values = seen.get(&container.id);
        for name in changed(service, container) {
            let found = values.and_then(|v| v.get(name)).map(String::as_str);
            let wanted = service.environment.get(name).and_then(Option::as_deref);
            let secret = looks_secret(name)
                || [found, wanted].into_iter().flatten().any(|v| hide(v) || is_url_with_login(v));
            let show = |value: &str| if secret { MASK.to_owned() } else { shown(value) };
            let field = Field {
                name: format!("environment.{name}"),
                found: found.map(show),
                wanted: wanted.map(show),
            };
            out.entry(name.to_owned()).or_insert(field);
        }
    }
    out.into_values().collect()
}

/// Names whose values differ, or that only one side has.
fn changed<'n>(service: &'n Service, container: &'n Container) -> BTreeSet<&'n str> {
    let differs = |name: &str, value: &Option<String>| match value {
        Some(value) => container.environment.get(name) != Some(&fingerprint(value)),
        None => false,
    };
    let wanted = service.environment.iter().filter(|(name, value)| differs(name, value));
    let own = container.own_environment.iter().flatten();
    let foreign = own.filter(|name| service.env_files.is_empty() && !service.environment.contains_key(*name));
    wanted.map(|(name, _)| name.as_str()).chain(foreign.map(String::as_str)).collect()
}

/// `scheme://user:password@host`.
fn is_url_with_login(value: &str) -> bool {
    value.split_once("://").is_some_and(|(_, rest)| {
        rest.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@'))
    })
}

/// One line of bounded length.
fn shown(value: &str) -> String {
    const LONGEST: usize = 80;
    let line: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match line.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}
