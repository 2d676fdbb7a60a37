//! What names one object of a cluster.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One object: its kind as a version of its API, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Reference {
    /// Such as `apps/v1`.
    pub api_version: String,
    /// Such as `Deployment`.
    pub kind: String,
    /// Its namespace; `None` for kinds of the cluster.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

/// What makes two references mean the same object: group, kind, namespace and name, whatever the version.
pub type Key = (String, String, Option<String>, String);

impl Reference {
    /// A reference to the object of this kind.
    pub fn new(api_version: &str, kind: &str, namespace: Option<&str>, name: &str) -> Reference {
        Reference {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        }
    }

    /// What names `object`; `None` when it is no object of Kubernetes.
    pub fn of(object: &Value) -> Option<Reference> {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        let namespace = text("/metadata/namespace").filter(|n| !n.is_empty());
        Some(Reference::new(text("/apiVersion")?, text("/kind")?, namespace, text("/metadata/name")?))
    }

    /// The group of its API; empty for the core of Kubernetes.
    pub fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// What it is compared by.
    pub fn key(&self) -> Key {
        (self.group().to_owned(), self.kind.clone(), self.namespace.clone(), self.name.clone())
    }

    /// Whether it is of this kind of this group.
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.group() == group && self.kind == kind
    }
}

impl std::fmt::Display for Reference {
    /// `deployment apps/web`: the kind, then namespace and name.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = self.kind.to_lowercase();
        match &self.namespace {
            Some(namespace) => write!(f, "{kind} {namespace}/{}", self.name),
            None => write!(f, "{kind} {}", self.name),
        }
    }
}
