//! What Compose reads of a project before and after its import: the proof that nothing was lost.

use serde_json::Value;

/// The places at which two projects, as `docker compose config` prints them, differ; no value is shown. Profiles that
/// are on are not compared: their services are ordinary ones after the import.
pub fn differences(before: &Value, after: &Value) -> Vec<String> {
    let mut out = Vec::new();
    walk("", before, after, &mut out);
    out.retain(|path| !(path.starts_with("services.") && path.ends_with(".profiles")));
    out
}

fn walk(path: &str, before: &Value, after: &Value, out: &mut Vec<String>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match (before, after) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, value) in a {
                walk(&below(key), value, b.get(key).unwrap_or(&Value::Null), out);
            }
            out.extend(
                b.iter().filter(|(key, v)| !a.contains_key(*key) && !v.is_null()).map(|(key, _)| below(key)),
            );
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                walk(&below(&at.to_string()), a, b, out);
            }
        }
        (a, b) if a == b || nothing(a) && nothing(b) => {}
        _ => out.push(path.to_owned()),
    }
}

/// Compose writes what was not given sometimes as null and sometimes not at all.
fn nothing(value: &Value) -> bool {
    value.is_null()
        || value.as_array().is_some_and(Vec::is_empty)
        || value.as_object().is_some_and(|o| o.is_empty())
}

#[cfg(test)]
mod tests {
    use super::differences;
    use serde_json::json;

    #[test]
    fn places_not_values() {
        let before = json!({"services": {"a": {"image": "x", "command": null, "ports": [1, 2], "profiles": ["p"]}}, "gone": 1});
        let after = json!({"services": {"a": {"image": "y", "ports": [1, 3], "new": 1}}});
        assert_eq!(
            differences(&before, &after),
            ["services.a.image", "services.a.ports.1", "services.a.new", "gone"]
        );
        assert!(differences(&before, &before).is_empty());
    }
}
