//! A Kubernetes object: what identifies it, its value, and how values are put together.

use crate::yaml::emit;
use serde_json::{Map, Value, json};

/// One object of a tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// Such as `apps/v1`.
    pub api_version: String,
    /// Such as `Deployment`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace; `None` for kinds of the cluster, and where the overlay says it.
    pub namespace: Option<String>,
    /// All of it, as it is written.
    pub value: Value,
}

/// Kinds in the order in which they are applied and written; others come last.
const ORDER: [&str; 21] = [
    "Namespace",
    "CustomResourceDefinition",
    "ResourceQuota",
    "LimitRange",
    "PersistentVolumeClaim",
    "ConfigMap",
    "Secret",
    "ExternalSecret",
    "Service",
    "StatefulSet",
    "DaemonSet",
    "Deployment",
    "Job",
    "CronJob",
    "PodDisruptionBudget",
    "Ingress",
    "HTTPRoute",
    "HTTPProxy",
    "Certificate",
    "ServiceMonitor",
    "NetworkPolicy",
];

impl Object {
    /// An object of `kind` with these metadata besides its name; `body` holds everything behind them.
    pub fn new(api_version: &str, kind: &str, name: &str, metadata: Value, body: Value) -> Object {
        let mut meta = Map::new();
        meta.insert("name".into(), name.into());
        meta.extend(metadata.as_object().cloned().unwrap_or_default());
        let mut value = Map::new();
        value.insert("apiVersion".into(), api_version.into());
        value.insert("kind".into(), kind.into());
        value.insert("metadata".into(), Value::Object(meta));
        value.extend(body.as_object().cloned().unwrap_or_default());
        Object {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            namespace: None,
            value: without_nulls(Value::Object(value)),
        }
    }

    /// The same object in `namespace`.
    pub fn inside(mut self, namespace: &str) -> Object {
        self.namespace = Some(namespace.to_owned());
        if let Some(metadata) = self.value.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.shift_insert(1, "namespace".into(), namespace.into());
        }
        self
    }

    /// What puts objects in order: kind, then name.
    pub fn rank(&self) -> (usize, &str, &str) {
        let kind = ORDER.iter().position(|k| *k == self.kind).unwrap_or(ORDER.len());
        (kind, &self.kind, &self.name)
    }
}

/// `objects` in order as one YAML text, a document each.
pub fn documents<'o>(objects: impl IntoIterator<Item = &'o Object>) -> String {
    let texts: Vec<String> = objects.into_iter().map(|o| emit(&o.value)).collect();
    texts.join("---\n")
}

/// `value` without the entries of mappings that are null.
pub fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k, without_nulls(v))).collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

/// `value`, or null when it holds nothing, so that [`without_nulls`] leaves it out.
pub fn unless_empty(value: Value) -> Value {
    match &value {
        Value::Object(map) if map.values().all(Value::is_null) => Value::Null,
        Value::Array(items) if items.is_empty() => Value::Null,
        _ => value,
    }
}

/// The labels by which the pods of a service are found. They never change.
pub fn selector(domain: &str, service: &str) -> Value {
    json!({"app.kubernetes.io/name": service, "app.kubernetes.io/part-of": domain})
}

/// The labels of everything that belongs to a service.
pub fn labels(domain: &str, service: &str, component: Option<&str>) -> Value {
    json!({
        "app.kubernetes.io/name": service,
        "app.kubernetes.io/part-of": domain,
        "app.kubernetes.io/component": component.unwrap_or(service),
        "app.kubernetes.io/managed-by": "foundry",
    })
}

/// Whether `name` can name a Service: lower case letters, digits and `-`, 63 at most, a letter first.
pub fn is_name(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty()
        && name.len() <= 63
        && name.chars().all(inner)
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
}

/// Whether `key` can be the key of an annotation.
pub fn is_annotation(key: &str) -> bool {
    let part = |text: &str, most: usize| {
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        text.len() <= most
            && edge(text.chars().next())
            && edge(text.chars().last())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    match key.split_once('/') {
        Some((prefix, name)) => part(prefix, 253) && prefix == prefix.to_lowercase() && part(name, 63),
        None => part(key, 63),
    }
}
