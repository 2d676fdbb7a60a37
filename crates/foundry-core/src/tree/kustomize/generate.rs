//! ConfigMaps and Secrets from literals and files, and the suffix that changes with their content.

use super::super::object::Object;
use super::resource::{Behavior, Resource, child, metadata};
use super::select::pairs;
use crate::yaml::Node;
use base64::Engine as _;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Line length of base64 in a generated Secret.
const BASE64_LINE: usize = 70;

/// The object of one generator's entry. `file` gives the content of a file beside the kustomization.
pub(super) fn generate(
    kind: &str,
    entry: &Arc<Node>,
    global: Option<&Arc<Node>>,
    file: &dyn Fn(&str) -> Result<Arc<str>, String>,
) -> Result<Resource, String> {
    let text = |key: &str| entry.get(key).and_then(|n| n.text()).unwrap_or_default();
    let (name, namespace) = (text("name"), text("namespace"));
    if name.is_empty() {
        return Err("a generator needs a name".to_owned());
    }
    let mut value = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}});
    if !namespace.is_empty() {
        metadata(&mut value).insert("namespace".into(), namespace.into());
    }
    let data = data(kind, entry, file)?;
    if kind == "Secret" {
        let declared = text("type");
        value["type"] = if declared.is_empty() { "Opaque" } else { declared }.into();
    }
    if !data.is_empty() {
        value["data"] = Value::Object(data.into_iter().map(|(k, v)| (k, Value::String(v))).collect());
    }
    let options = entry.get("options");
    for (key, field) in [("labels", "labels"), ("annotations", "annotations")] {
        for options in [global, options].into_iter().flatten() {
            for (k, v) in pairs(options.get(key)) {
                child(metadata(&mut value), field).insert(k, Value::String(v));
            }
        }
    }
    let said = |key: &str| {
        [global, options].into_iter().flatten().any(|o| o.get(key).and_then(|n| n.bool()) == Some(true))
    };
    if said("immutable") {
        value["immutable"] = true.into();
    }
    let mut resource = Resource::new(Object { value, source: entry.clone() });
    resource.hash = !said("disableNameSuffixHash");
    resource.behavior = match text("behavior") {
        "merge" => Behavior::Merge,
        "replace" => Behavior::Replace,
        _ => Behavior::Create,
    };
    Ok(resource)
}

fn data(
    kind: &str,
    entry: &Node,
    file: &dyn Fn(&str) -> Result<Arc<str>, String>,
) -> Result<BTreeMap<String, String>, String> {
    let mut all = BTreeMap::new();
    let mut add = |key: String, text: String| match all.insert(key.clone(), encoded(kind, text)) {
        None => Ok(()),
        Some(_) => Err(format!("the key `{key}` comes twice")),
    };
    let list = |key: &str| entry.get(key).map(|n| n.texts()).unwrap_or_default();
    let single = entry.get("env").and_then(|n| n.spanned());
    for path in list("envs").into_iter().chain(single) {
        for line in file(&path)?.lines() {
            let line = line.trim_start();
            if !line.is_empty() && !line.starts_with('#') {
                let (key, text) = line.split_once('=').unwrap_or((line, ""));
                add(key.to_owned(), text.to_owned())?;
            }
        }
    }
    for literal in list("literals") {
        let (key, text) =
            literal.split_once('=').ok_or_else(|| format!("`{}` is no KEY=VALUE", literal.value))?;
        let quoted = text.len() > 1
            && (text.starts_with('"') && text.ends_with('"')
                || text.starts_with('\'') && text.ends_with('\''));
        add(key.to_owned(), if quoted { text[1..text.len() - 1].to_owned() } else { text.to_owned() })?;
    }
    for source in list("files") {
        let base = source.rsplit('/').next().unwrap_or_default().to_owned();
        let (key, path) = source.split_once('=').map_or((base, source.as_str()), |(k, p)| (k.to_owned(), p));
        add(key, file(path)?.to_string())?;
    }
    Ok(all)
}

fn encoded(kind: &str, text: String) -> String {
    if kind != "Secret" {
        return text;
    }
    let line = base64::engine::general_purpose::STANDARD.encode(text);
    if line.len() < BASE64_LINE {
        return line;
    }
    let chunks = line.as_bytes().chunks(BASE64_LINE);
    chunks.map(|c| format!("{}\n", String::from_utf8_lossy(c))).collect()
}

/// The suffix of a generated object: ten characters of the hash of its content.
pub(super) fn suffix(object: &Object) -> String {
    let part = |key: &str| object.get(&[key]).cloned();
    let mut content = BTreeMap::new();
    content.insert("kind", Value::from(object.kind()));
    content.insert("name", Value::from(""));
    content.insert("data", part("data").unwrap_or_else(|| "".into()));
    let more = if object.kind() == "Secret" { "stringData" } else { "binaryData" };
    if object.kind() == "Secret" {
        content.insert("type", part("type").unwrap_or_else(|| "".into()));
    }
    if let Some(map) = part(more).filter(Value::is_object) {
        content.insert(more, map);
    }
    let content: Map<String, Value> = content.into_iter().map(|(k, v)| (k.to_owned(), sorted(v))).collect();
    let digest = Sha256::digest(go_json(&Value::Object(content)).as_bytes());
    let hex: String = digest.iter().take(5).map(|b| format!("{b:02x}")).collect();
    let readable = |c: char| match c {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    };
    hex.chars().map(readable).collect()
}

/// The value with the keys of its maps in order.
pub(super) fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let ordered: BTreeMap<String, Value> = map.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            Value::Object(ordered.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

/// JSON as Go writes it: what HTML could mistake is escaped.
fn go_json(value: &Value) -> String {
    let escapes = [
        ('<', "\\u003c"),
        ('>', "\\u003e"),
        ('&', "\\u0026"),
        ('\u{2028}', "\\u2028"),
        ('\u{2029}', "\\u2029"),
    ];
    escapes.iter().fold(value.to_string(), |text, (c, escape)| text.replace(*c, escape))
}

/// Puts a generated object over the one of the same name.
pub(super) fn merge_over(new: &mut Resource, old: &Resource) {
    for field in ["labels", "annotations"] {
        let inherited =
            old.object.get(&["metadata", field]).and_then(Value::as_object).cloned().unwrap_or_default();
        for (key, text) in inherited {
            child(metadata(&mut new.object.value), field).entry(key).or_insert(text);
        }
    }
    let meta = metadata(&mut new.object.value);
    for key in ["name", "namespace"] {
        match old.object.get(&["metadata", key]) {
            Some(text) => drop(meta.insert(key.into(), text.clone())),
            None => drop(meta.shift_remove(key)),
        }
    }
    if new.behavior == Behavior::Merge {
        for field in ["data", "binaryData"] {
            let inherited = old.object.get(&[field]).and_then(Value::as_object).cloned().unwrap_or_default();
            for (key, text) in inherited {
                let map = super::resource::as_map(&mut new.object.value);
                child(map, field).entry(key).or_insert(text);
            }
        }
    }
    new.previous.clone_from(&old.previous);
    new.prefixes.clone_from(&old.prefixes);
    new.suffixes.clone_from(&old.suffixes);
}
