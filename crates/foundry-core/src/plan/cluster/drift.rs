//! What runs in a cluster against what is wanted, field by field, with who set it and when.

use super::differ::{Difference, differences, short};
use super::observed::{Observed, Trial, said};
use super::{Desired, INPUTS, Reference};
use serde::Serialize;
use serde_json::Value;

/// One object that is not as it is wanted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drift {
    /// The domain that it belongs to.
    pub domain: Option<String>,
    /// The object.
    pub object: String,
    /// What differs; empty where the object itself is missing or too much.
    pub fields: Vec<Field>,
    /// What is wrong with the object as a whole.
    pub whole: Option<String>,
}

/// One field that is not as it is wanted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Field {
    /// Where and how it differs; values of Secrets are not shown.
    #[serde(flatten)]
    pub difference: Difference,
    /// In words: `spec.replicas 3, wanted 1`.
    pub words: String,
    /// Who set what is there, as the server knows.
    pub by: Option<String>,
    /// When: RFC 3339.
    pub since: Option<String>,
}

/// Everything of the chosen domains that is not as it is wanted, in the order of the plan.
pub fn drift(desired: &Desired, observed: &Observed) -> Vec<Drift> {
    let mut out = Vec::new();
    for item in desired.chosen() {
        let Some(reference) = Reference::of(&item.object) else { continue };
        let found = |whole: Option<String>, fields: Vec<Field>| Drift {
            domain: item.domain.clone(),
            object: reference.to_string(),
            fields,
            whole,
        };
        match (observed.get(&reference), observed.tried.get(&reference.key())) {
            (None, _) => out.push(found(Some("it is not there".to_owned()), Vec::new())),
            (Some(live), Some(Trial::Would { object, .. })) => {
                let secret = reference.is("", "Secret");
                let all = differences(&said(live), &said(object));
                let fields: Vec<Field> = all.into_iter().map(|d| field(d, live, secret)).collect();
                if !fields.is_empty() {
                    out.push(found(None, fields));
                }
            }
            (_, Some(Trial::Refused { message, .. })) => {
                out.push(found(Some(message.lines().next().unwrap_or_default().to_owned()), Vec::new()));
            }
            _ => {}
        }
    }
    out.sort_by(|a, b| (&a.domain, &a.object).cmp(&(&b.domain, &b.object)));
    out
}

fn field(mut difference: Difference, live: &Value, secret: bool) -> Field {
    let owner = difference.found.as_ref().and_then(|_| owner(live, &difference.path));
    let hidden = secret && ["data", "stringData"].iter().any(|w| difference.path.starts_with(w));
    if hidden {
        (difference.found, difference.wanted) = (None, None);
    }
    let words = match difference.path.contains(INPUTS) {
        true => "pods run with files or secrets that have changed since".to_owned(),
        false => words(&difference, hidden),
    };
    let (by, since) = owner.unzip();
    Field { difference, words, by, since }
}

fn words(difference: &Difference, hidden: bool) -> String {
    let path = &difference.path;
    let value = |v: &Option<Value>| v.as_ref().and_then(short);
    match (hidden, value(&difference.found), value(&difference.wanted)) {
        (false, Some(found), Some(wanted)) => format!("{path} {found}, wanted {wanted}"),
        (false, Some(found), None) if difference.wanted.is_none() => format!("{path} {found}, wanted none"),
        (false, None, Some(wanted)) if difference.found.is_none() => {
            format!("{path} missing, wanted {wanted}")
        }
        _ => format!("{path} differs"),
    }
}

/// Who set the field at `path` of `live`, and when: the manager that knows most of the path, the last of several.
pub fn owner(live: &Value, path: &str) -> Option<(String, String)> {
    let parts = parts(path);
    let managed = live.pointer("/metadata/managedFields")?.as_array()?;
    let mut best: Option<(usize, &str, &Value)> = None;
    for entry in managed {
        let depth = depth(&entry["fieldsV1"], &parts);
        let time = entry["time"].as_str().unwrap_or_default();
        if depth > 0 && best.is_none_or(|(most, at, _)| (depth, time) >= (most, at)) {
            best = Some((depth, time, entry));
        }
    }
    let (_, time, entry) = best?;
    Some((entry["manager"].as_str()?.to_owned(), time.to_owned()))
}

/// `spec.containers[web].image` as its parts.
fn parts(path: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let end = inner.find(']').unwrap_or(inner.len());
            out.push(inner[..end].to_owned());
            rest = inner.get(end + 1..).unwrap_or_default();
        } else {
            let word = rest.strip_prefix('.').unwrap_or(rest);
            let end = word.find(['.', '[']).unwrap_or(word.len());
            out.push(word[..end].to_owned());
            rest = &word[end..];
        }
    }
    out
}

/// How many parts of the path the fields of a manager know.
fn depth(mut fields: &Value, parts: &[String]) -> usize {
    for (at, part) in parts.iter().enumerate() {
        let Some(map) = fields.as_object() else { return at };
        let item = |key: &&String| {
            let named = key.strip_prefix("k:").and_then(|k| serde_json::from_str::<Value>(k).ok());
            let is = |v: &Value| match v.as_str() {
                Some(text) => text == part,
                None => v.as_u64().is_some_and(|n| part.parse() == Ok(n)),
            };
            named.is_some_and(|n| n.as_object().is_some_and(|n| n.values().any(is)))
        };
        let plain = format!("f:{part}");
        let next = map.get(&plain).or_else(|| map.keys().find(item).and_then(|key| map.get(key)));
        let Some(next) = next else { return at };
        fields = next;
    }
    parts.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_last_who_set_a_field_is_found() {
        let live = json!({"metadata": {"managedFields": [
            {"manager": "foundry", "time": "2026-01-01T00:00:00Z",
             "fieldsV1": {"f:spec": {"f:containers": {"k:{\"name\":\"web\"}": {"f:image": {}, "f:env": {}}}}}},
            {"manager": "kubectl-edit", "time": "2026-01-02T00:00:00Z",
             "fieldsV1": {"f:spec": {"f:replicas": {}, "f:containers": {"k:{\"name\":\"web\"}": {"f:image": {}}}}}},
        ]}});
        let by = |path: &str| owner(&live, path).map(|(manager, _)| manager);
        assert_eq!(by("spec.containers[web].image").as_deref(), Some("kubectl-edit"));
        assert_eq!(by("spec.containers[web].env[A].value").as_deref(), Some("foundry"));
        assert_eq!(by("spec.replicas").as_deref(), Some("kubectl-edit"));
        assert_eq!(by("data.key"), None);
    }
}
