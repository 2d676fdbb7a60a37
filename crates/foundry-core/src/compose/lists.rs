//! The values of a service that Compose takes in several shapes, each brought to one.

use super::keys::Kind;
use super::mounts::clean;
use super::normal::{Reader, array};
use super::units;
use crate::yaml::{self, Node};
use serde_json::{Map, Value, json};

fn is_mapping(node: &Node) -> bool {
    matches!(node.kind, yaml::Kind::Mapping(_))
}

/// `[A=1, B]` or `{A: 1, B: }`.
pub(super) fn pairs(reader: &mut Reader<'_>, kind: Kind, key: &str, node: &Node) -> Option<Value> {
    let mut out = Map::new();
    let environment = kind == Kind::Environment;
    let missing = |reader: &Reader<'_>, name: &str| match environment {
        true => reader.variables.get(name).map_or(Value::Null, |v| v.as_str().into()),
        false => Value::from(""),
    };
    if is_mapping(node) {
        for entry in node.entries() {
            let Some(name) = entry.key.text() else { continue };
            let value = if entry.value.is_null() {
                missing(reader, name)
            } else if let Some(text) = units::text(&entry.value) {
                text.into()
            } else {
                reader.wrong(&entry.value, &format!("`{name}` in `{key}`"), "a text");
                continue;
            };
            out.insert(name.to_owned(), value);
        }
    } else {
        for item in reader.items(key, node) {
            let Some(text) = units::text(item) else {
                reader.wrong(item, &format!("an item of `{key}`"), "a text such as NAME=value");
                continue;
            };
            let (name, value) = match text.split_once('=') {
                Some((name, value)) => (name, value.into()),
                None => (text.as_str(), missing(reader, &text)),
            };
            out.insert(name.to_owned(), value);
        }
    }
    Some(Value::Object(out))
}

/// `["host:address"]` or `{host: address}`, sorted.
pub(super) fn hosts(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Value> {
    let mut out: Vec<String> = Vec::new();
    if is_mapping(node) {
        for entry in node.entries() {
            let host = entry.key.text().unwrap_or_default();
            let one = units::text(&entry.value);
            let all = entry.value.items().iter().filter_map(|n| units::text(n));
            out.extend(one.into_iter().chain(all).map(|address| format!("{host}={address}")));
        }
    } else {
        for item in reader.items(key, node) {
            let text = units::text(item).unwrap_or_default();
            match text.split_once('=').or_else(|| text.split_once(':')) {
                Some((host, address)) => out.push(format!("{host}={address}")),
                None => reader.wrong(item, &format!("an item of `{key}`"), "a text such as name:address"),
            }
        }
    }
    out.sort();
    Some(array(out.into_iter().map(Value::from)))
}

/// `[a, b]` or `{a: {aliases: […]}, b: }`.
pub(super) fn attachments(reader: &mut Reader<'_>, node: &Node) -> Option<Value> {
    named(reader, node, "networks", "attachment", |_| Value::Null)
}

/// `[a, b]` or `{a: {condition: …}}`.
pub(super) fn dependencies(reader: &mut Reader<'_>, node: &Node) -> Option<Value> {
    let default = |_: &str| json!({"condition": "service_started", "required": true});
    let mut value = named(reader, node, "depends_on", "dependency", default)?;
    for (name, dependency) in value.as_object_mut()? {
        let Some(map) = dependency.as_object_mut() else { continue };
        map.entry("required").or_insert_with(|| true.into());
        map.entry("condition").or_insert_with(|| "service_started".into());
        if map.get("restart") == Some(&Value::Bool(false)) {
            map.remove("restart");
        }
        let condition = map["condition"].as_str().unwrap_or_default();
        if !matches!(condition, "service_started" | "service_healthy" | "service_completed_successfully") {
            let at = node.get(name).and_then(|n| n.get("condition").cloned());
            let wanted = "service_started, service_healthy or service_completed_successfully";
            reader.wrong(at.as_deref().unwrap_or(node), "`condition` of `depends_on`", wanted);
        }
    }
    Some(value)
}

fn named(
    reader: &mut Reader<'_>,
    node: &Node,
    key: &str,
    section: &str,
    default: impl Fn(&str) -> Value,
) -> Option<Value> {
    let mut out = Map::new();
    if is_mapping(node) {
        for entry in node.entries() {
            let name = entry.key.text().unwrap_or_default();
            let value = match entry.value.is_null() {
                true => default(name),
                false => Value::Object(reader.section(section, &entry.value)?),
            };
            out.insert(name.to_owned(), value);
        }
    } else {
        for item in reader.items(key, node) {
            match units::text(item) {
                Some(name) => _ = out.insert(name.clone(), default(&name)),
                None => reader.wrong(item, &format!("an item of `{key}`"), "a name"),
            }
        }
    }
    Some(Value::Object(out))
}

/// Uses of secrets or configs.
pub(super) fn grants(reader: &mut Reader<'_>, what: &str, node: &Node) -> Option<Value> {
    let mut out = Vec::new();
    for item in reader.items(what, node) {
        let mut grant = match units::text(item) {
            Some(source) => Map::from_iter([("source".to_owned(), Value::from(source))]),
            None => reader.section("grant", item)?,
        };
        let target = grant.get("source").and_then(Value::as_str).map(|s| format!("/run/secrets/{s}"));
        if let Some(target) = target.filter(|_| what == "secret") {
            grant.entry("target").or_insert_with(|| target.into());
        }
        out.push(Value::Object(grant));
    }
    Some(Value::Array(out))
}

/// `a.env`, `[a.env]`, `[{path: a.env, required: false}]`.
pub(super) fn env_files(reader: &mut Reader<'_>, node: &Node) -> Option<Value> {
    let one = |text: String| json!({"path": clean(&text), "required": true});
    if let Some(text) = units::text(node) {
        return Some(array([one(text)]));
    }
    let mut out = Vec::new();
    for item in reader.items("env_file", node) {
        out.push(match units::text(item) {
            Some(text) => one(text),
            None => {
                let mut file = reader.section("env file", item)?;
                file.entry("required").or_insert_with(|| true.into());
                Value::Object(file)
            }
        });
    }
    Some(Value::Array(out))
}

/// `./folder` or `{context: …}`.
pub(super) fn build(reader: &mut Reader<'_>, node: &Node) -> Option<Value> {
    let mut build = match units::text(node) {
        Some(context) => Map::from_iter([("context".to_owned(), Value::from(clean(&context)))]),
        None => reader.section("build", node)?,
    };
    build.entry("context").or_insert_with(|| ".".into());
    if !build.contains_key("dockerfile_inline") {
        build.entry("dockerfile").or_insert_with(|| "Dockerfile".into());
    }
    if let Some(Value::Object(args)) = build.get_mut("args") {
        args.retain(|_, value| !value.is_null());
    }
    if let Some(Value::Object(contexts)) = build.get_mut("additional_contexts") {
        for value in contexts.values_mut() {
            *value = value.as_str().map(clean).unwrap_or_default().into();
        }
    }
    Some(Value::Object(build))
}

/// `{nofile: 5}` or `{nofile: {soft: 1, hard: 2}}`.
pub(super) fn ulimits(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Value> {
    let mut out = Map::new();
    for entry in reader.entries(key, node) {
        let value = match is_mapping(&entry.value) {
            true => reader.section("ulimit", &entry.value).map(Value::Object),
            false => reader.value(Kind::Int, key, &entry.value),
        };
        out.extend(entry.key.text().map(str::to_owned).zip(value));
    }
    Some(Value::Object(out))
}

/// `source:target:permissions` or mappings.
pub(super) fn devices(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Value> {
    let mut out = Vec::new();
    for item in reader.items(key, node) {
        let Some(text) = units::text(item) else {
            out.extend(reader.section("device", item).map(Value::Object));
            continue;
        };
        let parts: Vec<&str> = text.split(':').collect();
        let (source, target, permissions) = match parts.as_slice() {
            [source] => (source, source, "rwm"),
            [source, second] if second.chars().all(|c| "rwm".contains(c)) => (source, source, *second),
            [source, target] => (source, target, "rwm"),
            [source, target, permissions] => (source, target, *permissions),
            _ => {
                reader.wrong(item, "a device", "SOURCE[:TARGET[:PERMISSIONS]]");
                continue;
            }
        };
        out.push(json!({"source": source, "target": target, "permissions": permissions}));
    }
    Some(Value::Array(out))
}

/// `true`, `false` or the old `{name: x}`.
pub(super) fn external(reader: &mut Reader<'_>, node: &Node) -> Option<Value> {
    if is_mapping(node) {
        let name = node.get("name").and_then(|n| units::text(n));
        return Some(name.map_or(Value::Bool(true), |name| json!({"name": name})));
    }
    reader.value(Kind::Bool, "external", node)
}
