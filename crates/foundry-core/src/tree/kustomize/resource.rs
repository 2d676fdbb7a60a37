//! An object on its way through a build: what it was called before, so that references can follow it.

use super::super::object::{Object, kustomize_cluster_scoped};
use serde_json::{Map, Value};

/// A name that an object has or had.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Id {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    pub(super) name: String,
    /// As kustomize compares it: no namespace is `default`, and cluster-scoped is a namespace of its own.
    pub(super) namespace: String,
}

/// What a generator says about an object that is already there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behavior {
    Create,
    Replace,
    Merge,
}

#[derive(Debug, Clone)]
pub(super) struct Resource {
    pub(super) object: Object,
    pub(super) previous: Vec<Id>,
    pub(super) prefixes: Vec<String>,
    pub(super) suffixes: Vec<String>,
    pub(super) hash: bool,
    pub(super) behavior: Behavior,
}

/// Name of the namespace in which kustomize puts what has none.
const CLUSTER: &str = "_non_namespaceable_";

impl Resource {
    pub(super) fn new(object: Object) -> Resource {
        Resource {
            object,
            previous: Vec::new(),
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            hash: false,
            behavior: Behavior::Create,
        }
    }

    pub(super) fn is_cluster_scoped(&self) -> bool {
        kustomize_cluster_scoped(self.object.group(), self.object.version(), self.object.kind())
    }

    pub(super) fn id(&self) -> Id {
        let namespace = match (self.is_cluster_scoped(), self.object.namespace()) {
            (true, _) => CLUSTER,
            (false, "") => "default",
            (false, namespace) => namespace,
        };
        Id {
            group: self.object.group().to_owned(),
            version: self.object.version().to_owned(),
            kind: self.object.kind().to_owned(),
            name: self.object.name().to_owned(),
            namespace: namespace.to_owned(),
        }
    }

    /// The first name that it had.
    pub(super) fn original(&self) -> Id {
        self.previous.first().cloned().unwrap_or_else(|| self.id())
    }

    /// Every name that it has or had.
    pub(super) fn any_id(&self) -> impl Iterator<Item = Id> {
        self.previous.iter().cloned().chain([self.id()])
    }

    /// Remembers the present name before it changes.
    pub(super) fn remember(&mut self) {
        self.previous.push(self.id());
    }

    pub(super) fn set_name(&mut self, name: &str) {
        metadata(&mut self.object.value).insert("name".into(), name.into());
    }

    /// Whether `$patch: delete` left nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.object.value.as_object().is_none_or(Map::is_empty)
    }
}

/// `metadata`, made when it is missing.
pub(super) fn metadata(value: &mut Value) -> &mut Map<String, Value> {
    child(as_map(value), "metadata")
}

/// The map under `key`, made when it is missing or no map.
pub(super) fn child<'v>(map: &'v mut Map<String, Value>, key: &str) -> &'v mut Map<String, Value> {
    as_map(map.entry(key).or_insert_with(|| Value::Object(Map::new())))
}

/// The value as a map; anything else becomes an empty one.
pub(super) fn as_map(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(map) => map,
        _ => unreachable!("it was made a map"),
    }
}
