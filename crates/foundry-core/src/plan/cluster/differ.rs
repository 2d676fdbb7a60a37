//! Two objects compared field by field, lists of named things by their names.

use serde::Serialize;
use serde_json::Value;

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Where, such as `spec.template.spec.containers[web].image`.
    pub path: String,
    /// What is there; nothing where the field is missing.
    pub found: Option<Value>,
    /// What is wanted; nothing where the field should go.
    pub wanted: Option<Value>,
}

/// Longest value that is shown whole, in characters.
const SHOWN: usize = 60;

/// Every field of `found` and `wanted` that differs, in the order of `wanted`.
pub fn differences(found: &Value, wanted: &Value) -> Vec<Difference> {
    let mut out = Vec::new();
    walk(String::new(), Some(found), Some(wanted), &mut out);
    out
}

fn walk(path: String, found: Option<&Value>, wanted: Option<&Value>, out: &mut Vec<Difference>) {
    match (found, wanted) {
        (Some(a), Some(b)) if a == b => {}
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let below = |key: &str| match (path.is_empty(), key.contains('.') || key.contains('/')) {
                (true, _) => key.to_owned(),
                (false, true) => format!("{path}[{key}]"),
                (false, false) => format!("{path}.{key}"),
            };
            for (key, value) in b {
                walk(below(key), a.get(key), Some(value), out);
            }
            for (key, value) in a.iter().filter(|(key, _)| !b.contains_key(*key)) {
                walk(below(key), Some(value), None, out);
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => match (names(a), names(b)) {
            (Some(old), Some(new)) => {
                let at = |names: &[String], items: &'_ [Value], name: &String| -> Option<Value> {
                    names.iter().position(|n| n == name).map(|i| items[i].clone())
                };
                for name in &new {
                    let (x, y) = (at(&old, a, name), at(&new, b, name));
                    walk(format!("{path}[{name}]"), x.as_ref(), y.as_ref(), out);
                }
                for name in old.iter().filter(|n| !new.contains(n)) {
                    walk(format!("{path}[{name}]"), at(&old, a, name).as_ref(), None, out);
                }
            }
            _ => {
                for i in 0..a.len().max(b.len()) {
                    walk(format!("{path}[{i}]"), a.get(i), b.get(i), out);
                }
            }
        },
        _ => out.push(Difference { path, found: found.cloned(), wanted: wanted.cloned() }),
    }
}

/// What tells the items of a list apart, when each says it and none says the same: what servers merge such lists by.
fn names(items: &[Value]) -> Option<Vec<String>> {
    for key in ["name", "mountPath", "containerPort", "port", "ip", "key", "type"] {
        let text = |item: &Value| match item.get(key)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let all: Option<Vec<String>> = items.iter().map(text).collect();
        if let Some(all) = all {
            let mut seen = std::collections::BTreeSet::new();
            if !all.is_empty() && all.iter().all(|name| seen.insert(name)) {
                return Some(all);
            }
        }
    }
    items.is_empty().then(Vec::new)
}

impl Difference {
    /// As a fragment: `spec.replicas 1 → 2`. Values of a Secret are never shown.
    pub fn words(&self, secret: bool) -> String {
        let hidden = secret && ["data", "stringData"].iter().any(|w| self.path.starts_with(w));
        match (&self.found, &self.wanted) {
            (None, _) => format!("{} added", self.path),
            (_, None) => format!("{} removed", self.path),
            (Some(found), Some(wanted)) => match (short(found), short(wanted)) {
                (Some(found), Some(wanted)) if !hidden => format!("{} {found} → {wanted}", self.path),
                _ => format!("{} changed", self.path),
            },
        }
    }
}

/// A value in a few words; nothing for what is too long to be shown.
pub fn short(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Object(_) | Value::Array(_) => return None,
        other => other.to_string(),
    };
    let shown = !text.is_empty() && text.chars().count() <= SHOWN && !text.contains('\n');
    shown.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn words(found: Value, wanted: Value) -> Vec<String> {
        differences(&found, &wanted).iter().map(|d| d.words(false)).collect()
    }

    #[test]
    fn lists_are_compared_by_name_and_texts_are_short() {
        let container = |name: &str, image: &str| json!({"name": name, "image": image});
        let found =
            json!({"spec": {"containers": [container("a", "x:1"), container("b", "y:1")], "replicas": 1}});
        let wanted =
            json!({"spec": {"containers": [container("b", "y:2"), container("a", "x:1")], "paused": true}});
        let expected = ["spec.containers[b].image y:1 → y:2", "spec.paused added", "spec.replicas removed"];
        assert_eq!(words(found, wanted), expected);
        assert_eq!(words(json!({"a": "x".repeat(100)}), json!({"a": "y"})), ["a changed"]);
        assert_eq!(words(json!({"l": [1, 2]}), json!({"l": [1]})), ["l[1] removed"]);
        let labels = (
            json!({"metadata": {"labels": {"a.b/c": "1"}}}),
            json!({"metadata": {"labels": {"a.b/c": "2"}}}),
        );
        assert_eq!(words(labels.0, labels.1), ["metadata.labels[a.b/c] 1 → 2"]);
    }

    #[test]
    fn values_of_secrets_are_not_shown() {
        let all = differences(&json!({"data": {"KEY": "1"}}), &json!({"data": {"KEY": "2"}}));
        assert_eq!(all[0].words(true), "data.KEY changed");
    }
}
