//! References by name: what refers to a renamed object is renamed with it.

use super::fields::Field;
use super::resource::{Id, Resource};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Kinds with a pod template that name configuration, and where the pod stands.
const PODS: [(&str, &str, &str); 8] = [
    ("v1", "Pod", "spec"),
    ("", "PodTemplate", "template/spec"),
    ("", "Deployment", "spec/template/spec"),
    ("", "ReplicaSet", "spec/template/spec"),
    ("", "DaemonSet", "spec/template/spec"),
    ("", "StatefulSet", "spec/template/spec"),
    ("", "Job", "spec/template/spec"),
    ("", "CronJob", "spec/jobTemplate/spec/template/spec"),
];

/// Kinds whose pods' accounts, claims and priorities are followed; kustomize leaves some kinds out.
const OTHER_PODS: [(&str, &str, &str); 7] = [
    ("", "Pod", "spec"),
    ("", "StatefulSet", "spec/template/spec"),
    ("", "Deployment", "spec/template/spec"),
    ("", "ReplicationController", "spec/template/spec"),
    ("", "CronJob", "spec/jobTemplate/spec/template/spec"),
    ("", "Job", "spec/template/spec"),
    ("", "DaemonSet", "spec/template/spec"),
];

const CONFIG_MAP: [&str; 6] = [
    "volumes/configMap/name",
    "containers/env/valueFrom/configMapKeyRef/name",
    "initContainers/env/valueFrom/configMapKeyRef/name",
    "containers/envFrom/configMapRef/name",
    "initContainers/envFrom/configMapRef/name",
    "volumes/projected/sources/configMap/name",
];

const SECRET: [&str; 7] = [
    "volumes/secret/secretName",
    "containers/env/valueFrom/secretKeyRef/name",
    "initContainers/env/valueFrom/secretKeyRef/name",
    "containers/envFrom/secretRef/name",
    "initContainers/envFrom/secretRef/name",
    "imagePullSecrets/name",
    "volumes/projected/sources/secret/name",
];

const RBAC: &str = "rbac.authorization.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";

/// Group, version and kind of what is referred to.
type Kind = (&'static str, &'static str, &'static str);

/// Group, kind and path of what refers.
type Place = (&'static str, &'static str, &'static str);

const OTHERS: [(Kind, Place); 40] = [
    (("", "", "Deployment"), ("", "HorizontalPodAutoscaler", "spec/scaleTargetRef/name")),
    (("", "", "ReplicationController"), ("", "HorizontalPodAutoscaler", "spec/scaleTargetRef/name")),
    (("", "", "ReplicaSet"), ("", "HorizontalPodAutoscaler", "spec/scaleTargetRef/name")),
    (("", "", "StatefulSet"), ("", "HorizontalPodAutoscaler", "spec/scaleTargetRef/name")),
    (("", "v1", "ConfigMap"), ("", "Node", "spec/configSource/configMap")),
    (("", "v1", "ConfigMap"), ("", "Role", "rules/resourceNames")),
    (("", "v1", "ConfigMap"), ("", "ClusterRole", "rules/resourceNames")),
    (
        ("", "v1", "ConfigMap"),
        ("", "Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap"),
    ),
    (("", "v1", "Secret"), ("", "Ingress", "spec/tls/secretName")),
    (("", "v1", "Secret"), ("", "Ingress", "metadata/annotations/ingress.kubernetes.io\\/auth-secret")),
    (("", "v1", "Secret"), ("", "Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret")),
    (
        ("", "v1", "Secret"),
        ("", "Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret"),
    ),
    (("", "v1", "Secret"), ("", "ServiceAccount", "imagePullSecrets/name")),
    (("", "v1", "Secret"), ("", "StorageClass", "parameters/secretName")),
    (("", "v1", "Secret"), ("", "StorageClass", "parameters/adminSecretName")),
    (("", "v1", "Secret"), ("", "StorageClass", "parameters/userSecretName")),
    (("", "v1", "Secret"), ("", "StorageClass", "parameters/secretRef")),
    (("", "v1", "Secret"), ("", "Role", "rules/resourceNames")),
    (("", "v1", "Secret"), ("", "ClusterRole", "rules/resourceNames")),
    (("", "v1", "Secret"), ("", "PersistentVolume", "spec/azureFile/secretName")),
    (
        ("", "v1", "Secret"),
        ("serving.knative.dev", "Service", "spec/template/spec/containers/env/valueFrom/secretKeyRef/name"),
    ),
    (("", "v1", "Service"), ("apps", "StatefulSet", "spec/serviceName")),
    (("", "v1", "Service"), ("", "Ingress", "spec/rules/http/paths/backend/serviceName")),
    (("", "v1", "Service"), ("", "Ingress", "spec/backend/serviceName")),
    (("", "v1", "Service"), ("", "Ingress", "spec/rules/http/paths/backend/service/name")),
    (("", "v1", "Service"), ("", "Ingress", "spec/defaultBackend/service/name")),
    (("", "v1", "Service"), ("apiregistration.k8s.io", "APIService", "spec/service/name")),
    (("", "v1", "Service"), (ADMISSION, "ValidatingWebhookConfiguration", "webhooks/clientConfig/service")),
    (("", "v1", "Service"), (ADMISSION, "MutatingWebhookConfiguration", "webhooks/clientConfig/service")),
    ((RBAC, "", "Role"), (RBAC, "RoleBinding", "roleRef/name")),
    ((RBAC, "", "ClusterRole"), (RBAC, "RoleBinding", "roleRef/name")),
    ((RBAC, "", "ClusterRole"), (RBAC, "ClusterRoleBinding", "roleRef/name")),
    (("", "v1", "ServiceAccount"), (RBAC, "RoleBinding", "subjects")),
    (("", "v1", "ServiceAccount"), (RBAC, "ClusterRoleBinding", "subjects")),
    (("", "v1", "PersistentVolume"), ("", "PersistentVolumeClaim", "spec/volumeName")),
    (("", "v1", "PersistentVolume"), ("", "ClusterRole", "rules/resourceNames")),
    (("storage.k8s.io", "v1", "StorageClass"), ("", "PersistentVolume", "spec/storageClassName")),
    (("storage.k8s.io", "v1", "StorageClass"), ("", "PersistentVolumeClaim", "spec/storageClassName")),
    (
        ("storage.k8s.io", "v1", "StorageClass"),
        ("", "StatefulSet", "spec/volumeClaimTemplates/spec/storageClassName"),
    ),
    (
        (ADMISSION, "", "ValidatingAdmissionPolicy"),
        (ADMISSION, "ValidatingAdmissionPolicyBinding", "spec/policyName"),
    ),
];

static REFERENCES: LazyLock<Vec<(Kind, Field)>> = LazyLock::new(references);

/// Renames every reference to an object whose name has changed.
pub(super) fn follow(resources: &mut [Resource]) -> Result<(), String> {
    let renamed: BTreeSet<String> =
        resources.iter().flat_map(|r| r.previous.iter().map(|id| id.kind.clone())).collect();
    if renamed.is_empty() {
        return Ok(());
    }
    for at in 0..resources.len() {
        let original = resources[at].original();
        let me = Referrer { resource: resources[at].clone(), at };
        let mut value = std::mem::take(&mut resources[at].object.value);
        let mut failed = None;
        for ((group, version, kind), field) in REFERENCES.iter().filter(|((_, _, k), _)| renamed.contains(*k))
        {
            let same = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
            let refers = same(&field.kind, &original.kind)
                && same(&field.group, &original.group)
                && same(&field.version, &original.version);
            if refers {
                let target = Target { group, version, kind };
                field.each(&mut value, &Value::Null, &mut |found| {
                    let result = set(found, resources, &me, &target, &field.path);
                    failed = failed.take().or(result.err());
                });
            }
        }
        resources[at].object.value = value;
        if let Some(message) = failed {
            return Err(message);
        }
    }
    Ok(())
}

struct Target<'t> {
    group: &'t str,
    version: &'t str,
    kind: &'t str,
}

impl Target<'_> {
    fn selects(&self, id: &Id) -> bool {
        (self.group.is_empty() || self.group == id.group)
            && (self.version.is_empty() || self.version == id.version)
            && self.kind == id.kind
    }
}

fn references() -> Vec<(Kind, Field)> {
    let mut all = Vec::new();
    for (target, paths) in [("ConfigMap", &CONFIG_MAP[..]), ("Secret", &SECRET[..])] {
        for (version, kind, pod) in PODS {
            let fields = paths.iter().map(|path| Field::new("", version, kind, format!("{pod}/{path}")));
            all.extend(fields.map(|field| (("", "v1", target), field)));
        }
    }
    let accounts = [
        (("", "v1", "ServiceAccount"), "serviceAccountName"),
        (("", "v1", "PersistentVolumeClaim"), "volumes/persistentVolumeClaim/claimName"),
        (("scheduling.k8s.io", "v1", "PriorityClass"), "priorityClassName"),
    ];
    for (target, path) in accounts {
        let fields = OTHER_PODS.iter().map(|(v, kind, pod)| Field::new("", v, kind, format!("{pod}/{path}")));
        all.extend(fields.map(|field| (target, field)));
    }
    let others = OTHERS
        .iter()
        .map(|(target, (group, kind, path))| (*target, Field::new(group, "", kind, (*path).into())));
    all.extend(others);
    all
}

struct Referrer {
    resource: Resource,
    at: usize,
}

fn set(
    found: &mut Value,
    all: &[Resource],
    referrer: &Referrer,
    target: &Target<'_>,
    path: &str,
) -> Result<(), String> {
    match found {
        Value::Array(items) => {
            for item in items {
                set(item, all, referrer, target, path)?;
            }
        }
        Value::String(name) => {
            if let Some(new) = select(name, all, referrer, target, path, None, false)? {
                *name = new.object.name().to_owned();
            }
        }
        Value::Object(map) => {
            let Some(name) = map.get("name").and_then(Value::as_str).map(str::to_owned) else {
                return Ok(());
            };
            let namespace = map.get("namespace").and_then(Value::as_str).map(str::to_owned);
            if let Some(new) = select(&name, all, referrer, target, path, namespace.as_deref(), true)? {
                let (new_name, new_namespace) = (new.object.name(), new.object.namespace());
                if new_name != name || !new_namespace.is_empty() {
                    map.insert("name".into(), new_name.into());
                    if !new_namespace.is_empty() {
                        map.insert("namespace".into(), new_namespace.into());
                    }
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// The one object that `name` means, if there is one.
fn select<'r>(
    name: &str,
    all: &'r [Resource],
    referrer: &Referrer,
    target: &Target<'_>,
    path: &str,
    namespace: Option<&str>,
    with_namespace: bool,
) -> Result<Option<&'r Resource>, String> {
    let me = &referrer.resource;
    let role_ref = path.ends_with("roleRef/name").then(|| {
        let part = |key: &str| me.object.text(&["roleRef", key]).to_owned();
        (part("apiGroup"), part("kind"))
    });
    let (my_id, my_scope) = (me.id(), me.is_cluster_scoped());
    let visible = |r: &Resource| {
        let account = r.object.kind() == "ServiceAccount";
        my_scope || r.is_cluster_scoped() || account || r.id().namespace == my_id.namespace
    };
    let mut found: Vec<&Resource> = all
        .iter()
        .enumerate()
        .filter(|(at, _)| *at != referrer.at)
        .map(|(_, r)| r)
        .filter(|r| r.previous.iter().any(|id| id.name == name))
        .filter(|r| r.previous.iter().any(|id| target.selects(id)))
        .filter(|r| {
            role_ref.as_ref().is_none_or(|(g, k)| r.previous.iter().any(|id| id.group == *g && id.kind == *k))
        })
        .filter(|r| visible(r))
        .collect();
    if let Some(namespace) = namespace {
        let original: Vec<&Resource> =
            found.iter().copied().filter(|r| r.original().namespace == namespace).collect();
        found = match original.is_empty() {
            false => original,
            true => found.into_iter().filter(|r| r.object.namespace() == namespace).collect(),
        };
    }
    if found.len() > 1 {
        found.retain(|r| same_affixes(r, me, true));
    }
    if found.len() > 1 {
        found.retain(|r| same_affixes(r, me, false));
    }
    let Some(first) = found.first().copied() else { return Ok(None) };
    let same = |r: &&Resource| {
        r.object.name() == first.object.name()
            && (!with_namespace || r.object.namespace() == first.object.namespace())
    };
    match found.iter().all(same) {
        true => Ok(Some(first)),
        false => Err(format!("`{name}` in {} may mean several objects", me.object.title())),
    }
}

/// Whether both were given the same prefixes and suffixes last; with `or_none` also when one was given none.
fn same_affixes(a: &Resource, b: &Resource, or_none: bool) -> bool {
    let same = |a: &[String], b: &[String]| {
        let shorter = a.len().min(b.len());
        let ends = a[a.len() - shorter..] == b[b.len() - shorter..];
        if or_none { a.is_empty() || b.is_empty() || ends } else { ends && (a.is_empty() == b.is_empty()) }
    };
    same(&a.prefixes, &b.prefixes) && same(&a.suffixes, &b.suffixes)
}
