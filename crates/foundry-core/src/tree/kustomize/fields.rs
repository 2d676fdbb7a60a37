//! Where in which kinds labels, annotations, namespaces and replica counts stand, as kustomize has it built in.

use super::super::object::Object;
use super::resource::as_map;
use serde_json::{Map, Value};

/// One place: group, version and kind (empty: any), the path, and whether it is made when missing.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    pub(super) path: String,
    pub(super) create: bool,
}

const fn row(group: &'static str, kind: &'static str, path: &'static str, create: bool) -> Row {
    Row(group, "", kind, path, create)
}

/// The same in a table.
pub(super) struct Row(&'static str, &'static str, &'static str, &'static str, bool);

impl Row {
    fn field(&self) -> Field {
        Field {
            group: self.0.into(),
            version: self.1.into(),
            kind: self.2.into(),
            path: self.3.into(),
            create: self.4,
        }
    }
}

const POD_AFFINITY: [&str; 5] = [
    "spec/template/spec/affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
    "spec/template/spec/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
    "spec/template/spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
    "spec/template/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
    "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels",
];

const SELECTORS: [Row; 12] = [
    Row("", "v1", "Service", "spec/selector", true),
    Row("", "v1", "ReplicationController", "spec/selector", true),
    row("", "Deployment", "spec/selector/matchLabels", true),
    row("", "ReplicaSet", "spec/selector/matchLabels", true),
    row("", "DaemonSet", "spec/selector/matchLabels", true),
    row("apps", "StatefulSet", "spec/selector/matchLabels", true),
    row("batch", "Job", "spec/selector/matchLabels", false),
    row("batch", "CronJob", "spec/jobTemplate/spec/selector/matchLabels", false),
    row("policy", "PodDisruptionBudget", "spec/selector/matchLabels", false),
    row("networking.k8s.io", "NetworkPolicy", "spec/podSelector/matchLabels", false),
    row("networking.k8s.io", "NetworkPolicy", "spec/ingress/from/podSelector/matchLabels", false),
    row("networking.k8s.io", "NetworkPolicy", "spec/egress/to/podSelector/matchLabels", false),
];

const LABELS: [Row; 10] = [
    row("", "", "metadata/labels", true),
    Row("", "v1", "ReplicationController", "spec/template/metadata/labels", true),
    row("", "Deployment", "spec/template/metadata/labels", true),
    row("", "ReplicaSet", "spec/template/metadata/labels", true),
    row("", "DaemonSet", "spec/template/metadata/labels", true),
    row("apps", "StatefulSet", "spec/template/metadata/labels", true),
    row("apps", "StatefulSet", "spec/volumeClaimTemplates[]/metadata/labels", true),
    row("batch", "Job", "spec/template/metadata/labels", true),
    row("batch", "CronJob", "spec/jobTemplate/metadata/labels", true),
    row("batch", "CronJob", "spec/jobTemplate/spec/template/metadata/labels", true),
];

const ANNOTATIONS: [Row; 9] = [
    row("", "", "metadata/annotations", true),
    Row("", "v1", "ReplicationController", "spec/template/metadata/annotations", true),
    row("", "Deployment", "spec/template/metadata/annotations", true),
    row("", "ReplicaSet", "spec/template/metadata/annotations", true),
    row("", "DaemonSet", "spec/template/metadata/annotations", true),
    row("", "StatefulSet", "spec/template/metadata/annotations", true),
    row("batch", "Job", "spec/template/metadata/annotations", true),
    row("batch", "CronJob", "spec/jobTemplate/metadata/annotations", true),
    row("batch", "CronJob", "spec/jobTemplate/spec/template/metadata/annotations", true),
];

/// Where a namespace's name stands beside `metadata.namespace`.
pub(super) const NAMESPACE: [Row; 2] = [
    row("apiregistration.k8s.io", "APIService", "spec/service/namespace", true),
    row(
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        "spec/conversion/webhook/clientConfig/service/namespace",
        false,
    ),
];

/// Kinds whose `spec.replicas` the field `replicas` sets.
pub(super) const REPLICATED: [&str; 4] = ["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"];

/// Where `commonLabels`, and `labels` with `includeSelectors`, go.
pub(super) fn selectors() -> Vec<Field> {
    let affinity = ["Deployment", "StatefulSet"]
        .iter()
        .flat_map(|kind| POD_AFFINITY.iter().map(move |path| row("apps", kind, path, false).field()));
    SELECTORS.iter().map(Row::field).chain(affinity).chain(templates()).collect()
}

/// Where `labels` with `includeTemplates` go.
pub(super) fn templates() -> Vec<Field> {
    LABELS.iter().map(Row::field).collect()
}

/// Where `labels` go by themselves.
pub(super) fn metadata_labels() -> Vec<Field> {
    LABELS[..1].iter().map(Row::field).collect()
}

/// Where `commonAnnotations` go.
pub(super) fn annotations() -> Vec<Field> {
    ANNOTATIONS.iter().map(Row::field).collect()
}

/// Where else the namespace goes.
pub(super) fn namespaces() -> Vec<Field> {
    NAMESPACE.iter().map(Row::field).collect()
}

impl Field {
    /// A place in `kind` only, never made.
    pub(super) fn new(group: &str, version: &str, kind: &str, path: String) -> Field {
        Field { group: group.into(), version: version.into(), kind: kind.into(), path, create: false }
    }

    /// Whether the object is of the field's kind.
    pub(super) fn selects(&self, object: &Object) -> bool {
        let same = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
        same(&self.kind, object.kind())
            && same(&self.group, object.group())
            && same(&self.version, object.version())
    }

    /// Calls `set` on every value at the path; a missing one is made from `new` when the field says so.
    pub(super) fn each(&self, value: &mut Value, new: &Value, set: &mut dyn FnMut(&mut Value)) {
        let path = split(&self.path);
        walk(value, &path, self.create.then_some(new), set);
    }
}

/// Path elements; `\/` is a slash within one.
pub(super) fn split(path: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = path.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&'/') => {
                chars.next();
                parts.last_mut().into_iter().for_each(|p| p.push('/'));
            }
            '/' => parts.push(String::new()),
            c => parts.last_mut().into_iter().for_each(|p| p.push(c)),
        }
    }
    parts
}

fn walk(value: &mut Value, path: &[String], new: Option<&Value>, set: &mut dyn FnMut(&mut Value)) {
    let Some((head, tail)) = path.split_first() else { return set(value) };
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, path, new, set)),
        Value::Object(map) => {
            let (name, list) = head.strip_suffix("[]").map_or((head.as_str(), false), |name| (name, true));
            let make = new.filter(|_| !list).map(|new| match tail.is_empty() {
                true => new.clone(),
                false => Value::Object(Map::new()),
            });
            if let Some(make) = make
                && map.get(name).is_none_or(Value::is_null)
            {
                map.insert(name.to_owned(), make);
            }
            if let Some(next) = map.get_mut(name) {
                walk(next, tail, new, set);
            }
        }
        _ => {}
    }
}

/// Writes `pairs` into the map at every place of `fields`.
pub(super) fn write_pairs(object: &mut Object, pairs: &[(String, String)], fields: &[Field]) {
    for field in fields {
        if !field.selects(object) {
            continue;
        }
        field.each(&mut object.value, &Value::Object(Map::new()), &mut |map| {
            for (key, text) in pairs {
                as_map(map).insert(key.clone(), Value::String(text.clone()));
            }
        });
    }
}
