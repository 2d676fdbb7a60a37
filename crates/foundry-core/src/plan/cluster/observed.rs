//! What is really there in one cluster, and what its server would make of what is wanted: facts, nothing decided.

use super::{Key, Reference};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A snapshot of one cluster, taken before planning. Values of secrets are digests of a key of this run.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// What is there of what is wanted, and everything with our labels.
    pub live: BTreeMap<Key, Value>,
    /// What the server would make of each wanted object.
    pub tried: BTreeMap<Key, Trial>,
    /// Kinds that may not be listed, so that what is ours among them is not known.
    pub unlisted: Vec<String>,
}

/// What the server said to applying an object without doing it.
#[derive(Debug, Clone, PartialEq)]
pub enum Trial {
    /// It would be this.
    Would {
        /// The object afterwards, with everything that the server adds.
        object: Value,
        /// Fields that somebody else owns and that would be taken over.
        conflicts: Vec<Conflict>,
    },
    /// Its namespace is not there.
    NoNamespace,
    /// The cluster does not know its kind.
    NoKind,
    /// It is refused.
    Refused {
        /// HTTP status.
        code: u16,
        /// The server's sentence.
        message: String,
    },
}

/// A field that somebody else owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The field's manager.
    pub manager: String,
    /// The field.
    pub field: String,
}

/// Fields of metadata that change without anybody wanting it.
const VOLATILE: [&str; 7] = [
    "managedFields",
    "resourceVersion",
    "uid",
    "generation",
    "creationTimestamp",
    "selfLink",
    "deletionGracePeriodSeconds",
];

/// `object` without what the server counts and reports: what somebody said about it.
pub fn said(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(map) = object.as_object_mut() {
        map.remove("status");
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for field in VOLATILE {
            metadata.remove(field);
        }
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            // Counted by controllers, and the whole object again.
            annotations.remove("deployment.kubernetes.io/revision");
            annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
            // What Argo CD and, below, Flux add to find their objects again.
            annotations.remove("argocd.argoproj.io/tracking-id");
        }
        if let Some(labels) = metadata.get_mut("labels").and_then(Value::as_object_mut) {
            labels.remove("kustomize.toolkit.fluxcd.io/name");
            labels.remove("kustomize.toolkit.fluxcd.io/namespace");
        }
        metadata.retain(|_, value| value.as_object().is_none_or(|map| !map.is_empty()));
    }
    object
}

/// A digest of what is said about an object, and of which one it is: the same as long as nobody changes it.
pub fn fingerprint(object: &Value) -> String {
    let uid = object.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default();
    let mut hash = Sha256::new();
    hash.update(uid);
    hash.update(sorted(&said(object)).to_string());
    hash.finalize().iter().take(16).map(|b| format!("{b:02x}")).collect()
}

/// `value` with the keys of every mapping in order.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let sort: BTreeMap<&String, &Value> = map.iter().collect();
            Value::Object(sort.into_iter().map(|(k, v)| (k.clone(), sorted(v))).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// Whether the object is on its way out.
pub fn is_going(object: &Value) -> bool {
    object.pointer("/metadata/deletionTimestamp").is_some()
}

impl Observed {
    /// The object, if it is there.
    pub fn get(&self, object: &Reference) -> Option<&Value> {
        self.live.get(&object.key())
    }
}
