//! The order of a build's output: by kind, group and name as kustomize has always sorted, or as declared.

use super::resource::Resource;
use crate::yaml::Node;

const FIRST: [&str; 22] = [
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

const LAST: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// Sorts unless `sortOptions` says `fifo`; lists of its own replace the built-in ones.
pub(super) fn sort(resources: &mut [Resource], options: Option<&Node>) {
    let order = options.and_then(|o| o.get("order")).and_then(|n| n.text());
    if order == Some("fifo") {
        return;
    }
    let own = options.and_then(|o| o.get("legacySortOptions"));
    let list = |key: &str, default: &[&str]| match own {
        Some(own) => {
            own.get(key).map(|n| n.texts()).unwrap_or_default().into_iter().map(|t| t.value).collect()
        }
        None => default.iter().map(|s| (*s).to_owned()).collect::<Vec<String>>(),
    };
    let (first, last) = (list("orderFirst", &FIRST), list("orderLast", &LAST));
    let rank = |kind: &str| {
        let late = last.iter().position(|k| k == kind).map(|i| 1 + i as i64);
        let early = first.iter().position(|k| k == kind).map(|i| i as i64 - first.len() as i64);
        late.or(early).unwrap_or(0)
    };
    let or = |text: &str, empty: &str| if text.is_empty() { empty.to_owned() } else { text.to_owned() };
    resources.sort_by_cached_key(|r| {
        let object = &r.object;
        let kind = format!("{}_{}_{}", or(object.group(), "~G"), or(object.version(), "~V"), object.kind());
        let name = format!("{}|{}", or(object.namespace(), "~X"), or(object.name(), "~N"));
        // The core namespaces come before others of that kind, which the names would put last.
        let other_namespace = object.kind() == "Namespace" && !object.group().is_empty();
        (rank(object.kind()), other_namespace, kind, name)
    });
}
