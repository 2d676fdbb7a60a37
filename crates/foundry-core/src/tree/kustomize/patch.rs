//! Strategic merge: lists of Kubernetes' own kinds are joined by their keys, everything else is replaced.

use super::super::object::Object;
use serde_json::{Map, Value};

/// Merges `patch` into `target`; `None` when the patch deletes it.
pub(super) fn merge_object(target: &Object, patch: &Value) -> Option<Value> {
    let known = is_builtin(target.group());
    merge(Some(target.value.clone()), patch, known)
}

/// Whether kustomize has the merge keys of a group: Kubernetes' own have them.
fn is_builtin(group: &str) -> bool {
    matches!(group, "" | "apps" | "batch" | "autoscaling" | "policy")
        || matches!(group, "admissionregistration.k8s.io" | "networking.k8s.io" | "rbac.authorization.k8s.io")
        || matches!(group, "storage.k8s.io" | "apiextensions.k8s.io" | "apiregistration.k8s.io")
}

/// The keys by which the items of a list are told apart.
fn merge_keys(path: &str, list: &[Value]) -> Option<&'static [&'static str]> {
    Some(match path {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "env"
        | "volumes"
        | "imagePullSecrets"
        | "secrets"
        | "webhooks"
        | "resourceClaims" => &["name"],
        "volumeMounts" => &["mountPath"],
        "volumeDevices" => &["devicePath"],
        "ports" if list.iter().any(|p| p.get("containerPort").is_some()) => &["containerPort", "protocol"],
        "ports" if list.iter().any(|p| p.get("port").is_some()) => &["port", "protocol"],
        "hostAliases" => &["ip"],
        "topologySpreadConstraints" => &["topologyKey", "whenUnsatisfiable"],
        "conditions" => &["type"],
        "ownerReferences" => &["uid"],
        "finalizers" => &[],
        _ => return None,
    })
}

fn merge(target: Option<Value>, patch: &Value, known: bool) -> Option<Value> {
    let Value::Object(changes) = patch else { return Some(patch.clone()) };
    match changes.get("$patch").and_then(Value::as_str) {
        Some("delete") => return None,
        Some("replace") => {
            let mut whole = changes.clone();
            whole.shift_remove("$patch");
            return Some(Value::Object(whole));
        }
        _ => {}
    }
    let mut map = match target {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    };
    for (key, change) in changes.iter().filter(|(key, _)| *key != "$patch") {
        let old = map.get(key).filter(|v| !v.is_null()).cloned();
        let new = match (change, &old) {
            (Value::Null, _) => None,
            (Value::Object(_), _) => merge(old.filter(Value::is_object), change, known),
            (Value::Array(items), _) => Some(merge_list(key, old, items, known)),
            (scalar, _) => Some(scalar.clone()),
        };
        match new {
            Some(new) => drop(map.insert(key.clone(), new)),
            None => drop(map.shift_remove(key)),
        }
    }
    Some(Value::Object(map))
}

fn merge_list(key: &str, old: Option<Value>, items: &[Value], known: bool) -> Value {
    let mut old = match old {
        Some(Value::Array(old)) => old,
        _ => Vec::new(),
    };
    let all: Vec<Value> = old.iter().chain(items).cloned().collect();
    let Some(keys) = merge_keys(key, &all).filter(|_| known) else { return Value::Array(items.to_vec()) };
    if keys.is_empty() {
        let mut out = items.to_vec();
        out.extend(old.into_iter().filter(|v| !items.contains(v)));
        return Value::Array(out);
    }
    let replaces = |v: &Value| {
        v.get("$patch").and_then(Value::as_str) == Some("replace")
            && v.as_object().is_some_and(|m| m.len() == 1)
    };
    if items.iter().any(replaces) {
        return Value::Array(items.iter().filter(|v| !replaces(v)).cloned().collect());
    }
    // What the patch says comes first, what it does not mention follows in its own order.
    let mut out: Vec<Value> = Vec::new();
    // A second key that somebody writes keeps the order of what is there.
    let in_place = keys.len() > 1 && all.iter().any(|v| v.get(keys[1]).is_some());
    for item in items {
        let at = old.iter().position(|o| same_item(o, item, keys));
        if let Some(at) = at.filter(|_| in_place) {
            match merge(Some(old[at].clone()), item, known) {
                Some(new) => old[at] = new,
                None => drop(old.remove(at)),
            }
            continue;
        }
        let before = at.map(|i| old.remove(i));
        let at_new = out.iter().position(|o| same_item(o, item, keys));
        match (merge(before, item, known), at_new) {
            (Some(new), Some(i)) => out[i] = new,
            (Some(new), None) => out.push(new),
            (None, _) => {}
        }
    }
    out.extend(old);
    Value::Array(out)
}

/// Whether two items have the same keys; a key that one of them lacks tells nothing apart.
fn same_item(a: &Value, b: &Value, keys: &[&str]) -> bool {
    let first = a.get(keys[0]).is_some() && a.get(keys[0]) == b.get(keys[0]);
    first && keys[1..].iter().all(|k| a.get(k).is_none() || b.get(k).is_none() || a.get(k) == b.get(k))
}
