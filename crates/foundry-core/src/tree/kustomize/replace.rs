//! The field `replacements`: values copied from one object's field into others.

use super::resource::{Resource, as_map};
use super::select::Selector;
use crate::yaml::Node;
use serde_json::{Map, Value};

/// Applies one replacement.
pub(super) fn apply(resources: &mut [Resource], replacement: &Node) -> Result<(), String> {
    let value = match (replacement.get("sourceValue"), replacement.get("source")) {
        (Some(text), None) => Value::String(text.text().unwrap_or_default().to_owned()),
        (None, Some(source)) => source_value(resources, source)?,
        _ => return Err("a replacement takes either `source` or `sourceValue`".to_owned()),
    };
    for target in replacement.get("targets").map_or(&[][..], |t| t.items()) {
        let select = target.get("select").ok_or("a replacement's target needs `select`")?;
        let select = Selector::read(select)?;
        let reject = target.get("reject").map_or(&[][..], |r| r.items());
        let reject: Vec<Selector> = reject.iter().map(|r| Selector::read(r)).collect::<Result<_, _>>()?;
        let mut paths: Vec<String> = target
            .get("fieldPaths")
            .map(|p| p.texts())
            .unwrap_or_default()
            .into_iter()
            .map(|p| p.value)
            .collect();
        if paths.is_empty() {
            paths.push("metadata.name".to_owned());
        }
        let options = target.get("options");
        let create = options.and_then(|o| o.get("create")).and_then(|c| c.bool()) == Some(true);
        for resource in resources.iter_mut().filter(|r| select.selects(r)) {
            if reject.iter().any(|r| r.selects(resource)) {
                continue;
            }
            for path in &paths {
                let mut seen = 0;
                walk(&mut resource.object.value, &tokens(path), create, &mut |field| {
                    seen += 1;
                    write(field, &value, options.map(|o| &**o));
                });
                if seen == 0 {
                    return Err(format!("there is no field `{path}` in {}", resource.object.title()));
                }
            }
        }
    }
    Ok(())
}

fn source_value(resources: &mut [Resource], source: &Node) -> Result<Value, String> {
    let text = |key: &str| source.get(key).and_then(|n| n.text()).unwrap_or_default().to_owned();
    let fits = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
    let (group, version, kind, name, namespace) =
        (text("group"), text("version"), text("kind"), text("name"), text("namespace"));
    let mut found = resources.iter_mut().filter(|r| {
        r.any_id().any(|id| {
            fits(&group, &id.group)
                && fits(&version, &id.version)
                && fits(&kind, &id.kind)
                && fits(&name, &id.name)
                && fits(&namespace, &id.namespace)
        })
    });
    let Some(resource) = found.next() else { return Err(format!("nothing is selected by {kind} {name}")) };
    if found.next().is_some() {
        return Err(format!("several objects are selected by {kind} {name}"));
    }
    let path = match text("fieldPath") {
        path if path.is_empty() => "metadata.name".to_owned(),
        path => path,
    };
    let mut value = None;
    walk(&mut resource.object.value, &tokens(&path), false, &mut |field| value = Some(field.clone()));
    let value = value.ok_or_else(|| format!("there is no field `{path}` in {}", resource.object.title()))?;
    let Some(options) = source.get("options") else { return Ok(value) };
    let (delimiter, index) = delimiter(options);
    match (delimiter.is_empty(), plain(&value)) {
        (true, _) => Ok(value),
        (false, text) => {
            let part =
                usize::try_from(index).ok().and_then(|i| text.split(&delimiter).nth(i).map(str::to_owned));
            part.map(Value::String).ok_or_else(|| format!("`{text}` has no part {index}"))
        }
    }
}

fn delimiter(options: &Node) -> (String, i64) {
    let text = options.get("delimiter").and_then(|n| n.text()).unwrap_or_default().to_owned();
    (text, options.get("index").and_then(|n| n.int()).unwrap_or(0))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn write(field: &mut Value, value: &Value, options: Option<&Node>) {
    let (delimiter, index) = options.map(delimiter).unwrap_or_default();
    let mut new = value.clone();
    if !delimiter.is_empty() {
        let text = plain(field);
        let mut parts: Vec<String> = text.split(&delimiter).map(str::to_owned).collect();
        match usize::try_from(index) {
            Err(_) => parts.insert(0, plain(value)),
            Ok(at) if at >= parts.len() => parts.push(plain(value)),
            Ok(at) => parts[at] = plain(value),
        }
        new = Value::String(parts.join(&delimiter));
    }
    // A scalar keeps its type: a number stays one when the new text is one.
    *field = match (&*field, &new) {
        (Value::String(_), Value::Number(_) | Value::Bool(_)) => Value::String(plain(&new)),
        (Value::Number(_), Value::String(text)) => {
            super::super::value::number(text).map_or_else(|| new.clone(), Value::Number)
        }
        _ => new,
    };
}

/// `spec.template.[name=x].image` as its elements; a backslash keeps a dot.
fn tokens(path: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = path.chars().peekable();
    let mut bracket = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&'.') => {
                chars.next();
                parts.last_mut().into_iter().for_each(|p| p.push('.'));
            }
            '.' if !bracket => parts.push(String::new()),
            c => {
                bracket = (bracket || c == '[') && c != ']';
                parts.last_mut().into_iter().for_each(|p| p.push(c));
            }
        }
    }
    parts
}

fn walk(value: &mut Value, path: &[String], create: bool, found: &mut dyn FnMut(&mut Value)) {
    let Some((head, tail)) = path.split_first() else { return found(value) };
    let filter = head.strip_prefix('[').and_then(|h| h.strip_suffix(']')).and_then(|h| h.split_once('='));
    match value {
        Value::Array(items) if head == "*" => items.iter_mut().for_each(|v| walk(v, tail, create, found)),
        Value::Array(items) => {
            if let Some((key, wanted)) = filter {
                let fits = |item: &Value| item.get(key).map(plain).as_deref() == Some(wanted);
                if create && !items.iter().any(fits) {
                    items.push(Value::Object([(key.to_owned(), Value::from(wanted))].into_iter().collect()));
                }
                items.iter_mut().filter(|i| fits(i)).for_each(|v| walk(v, tail, create, found));
            } else if let Some(item) = head.parse::<usize>().ok().and_then(|i| items.get_mut(i)) {
                walk(item, tail, create, found);
            }
        }
        Value::Object(map) if head == "*" => map.values_mut().for_each(|v| walk(v, tail, create, found)),
        Value::Object(_) => {
            let key = head.trim_start_matches('[').trim_end_matches(']');
            let map = as_map(value);
            if create && map.get(key).is_none_or(Value::is_null) {
                let new = if tail.is_empty() { Value::from("") } else { Value::Object(Map::new()) };
                map.insert(key.to_owned(), new);
            }
            if let Some(next) = map.get_mut(key) {
                walk(next, tail, create, found);
            }
        }
        _ => {}
    }
}
