//! Committed metadata against what the registry says now, field by field.

use super::{Field, Item, Kind, Source, ways};
use crate::model::{Domain, Registry};
use crate::plan::Desired;
use crate::render::metadata::{generate, stable_value};
use serde_json::Value;
use std::collections::BTreeMap;

/// The differences of the selected domains; none where the registry commits no metadata at all.
pub(super) fn compare(registry: &Registry, desired: &Desired) -> Vec<Item> {
    let chosen = |d: &&Domain| !d.managed_externally && desired.selected.contains(&d.name.value);
    if registry.metadata.is_empty() {
        return Vec::new();
    }
    registry.domains.iter().filter(chosen).filter_map(|d| one(registry, d)).collect()
}

fn one(registry: &Registry, domain: &Domain) -> Option<Item> {
    let name = &domain.name.value;
    let fields = match registry.metadata.get(name).map(|file| stable_value(&file.text)) {
        None => Err("not committed"),
        Some(None) => Err("cannot be read"),
        Some(Some(found)) => {
            let text = &registry.metadata.get(name)?.text;
            let wanted = generate(registry, domain).keeping(text);
            if wanted.matches(text) {
                return None;
            }
            Ok(differences(&found, &wanted.value))
        }
    };
    let (fields, causes) = match fields {
        Err(why) => (Vec::new(), vec![why.to_owned()]),
        // The same in another order.
        Ok(fields) if fields.is_empty() => (fields, vec!["written otherwise".to_owned()]),
        Ok(fields) => {
            let causes = fields.iter().map(cause).collect();
            (fields, causes)
        }
    };
    let (line, file) = source(registry, domain, &fields);
    Some(Item {
        kind: Kind::Metadata,
        domain: name.clone(),
        subject: format!("domains/{name}/metadata.yml"),
        accept: ways::into_registry(name, &fields, &file, line),
        deploy: format!("foundry metadata commit {name}"),
        causes,
        fields,
        since: None,
        containers: Vec::new(),
        source: Some(Source { file, line }),
    })
}

fn cause(field: &Field) -> String {
    let Field { name, found, wanted } = field;
    match (found, wanted) {
        _ if name.starts_with("_meta.") => "the templates changed".to_owned(),
        (Some(found), Some(wanted)) => format!("{name} {found} → {wanted}"),
        (None, _) => format!("{name} added"),
        (_, None) => format!("{name} removed"),
    }
}

/// The leaves that differ. The hash of the sources is named only when nothing else is.
fn differences(found: &Value, wanted: &Value) -> Vec<Field> {
    let (found, wanted) = (leaves(found), leaves(wanted));
    let names: std::collections::BTreeSet<&String> = found.keys().chain(wanted.keys()).collect();
    let mut out: Vec<Field> = Vec::new();
    for name in names {
        let (old, new) = (found.get(name), wanted.get(name));
        if old != new {
            let mask = |value: &String| match crate::load::env::looks_secret(name) {
                true => super::values::MASK.to_owned(),
                false => value.clone(),
            };
            out.push(Field { name: name.clone(), found: old.map(mask), wanted: new.map(mask) });
        }
    }
    if out.len() > 1 {
        out.retain(|field| field.name != "_meta.source_hash");
    }
    out
}

fn leaves(value: &Value) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    let mut open = vec![(String::new(), value)];
    while let Some((path, value)) = open.pop() {
        let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        match value {
            Value::Object(entries) => open.extend(entries.iter().map(|(key, value)| (below(key), value))),
            Value::String(text) => _ = out.insert(path, text.clone()),
            // A list is read as a whole.
            other => _ = out.insert(path, other.to_string()),
        }
    }
    out
}

/// Where the registry says it: the line of a port, else the domain's entry.
fn source(registry: &Registry, domain: &Domain, fields: &[Field]) -> (u32, String) {
    let port = fields.iter().find_map(|f| f.name.strip_prefix("ports."));
    let ports = registry.ports_of(&domain.name.value).map(|p| p.ports.as_slice()).unwrap_or_default();
    let port = port.and_then(|name| ports.iter().find(|p| p.name.value == name)).map(|p| &p.span);
    let span = port.unwrap_or(&domain.name.span);
    (span.line, span.file.to_string())
}
