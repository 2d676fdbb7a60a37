//! What Flux needs to reconcile the tree: its source, one Kustomization for each folder, the platform's settings.

use super::Translation;
use super::object::Object;
use super::order::{self, NAMESPACES};
use super::schedules;
use super::settings::Settings;
use super::tree::{Folder, Placement, namespaces_path};
use super::unit::Input;
use crate::model::Domain;
use regex::Regex;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// The platform's issuer, substituted from the cluster's settings.
pub(super) const CERT_ISSUER: &str = "${CERT_ISSUER}";

const NAMESPACE: &str = "flux-system";

/// A variable alone as a value: it is quoted, so that what it becomes stays text.
static BARE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)(: )(\$\{\w+\})$").unwrap_or_else(|e| panic!("the pattern of variables is broken: {e}"))
});

/// Whether Flux substitutes variables in a domain's files.
pub(super) fn is_substituted(settings: &Settings, domain: &Domain, translation: &Translation) -> bool {
    let inputs = settings.secrets == "runtime-inputs" && !translation.secrets.is_empty();
    settings.gitops == "flux" && (!super::is_app(domain) || inputs)
}

/// `objects` with every `${` that is no variable of ours escaped. Secrets of runtime inputs are written so already.
pub(super) fn escaped(objects: Vec<Object>) -> Vec<Object> {
    let escape = |mut object: Object| {
        if object.kind != "Secret" {
            object.value = walk(object.value);
        }
        object
    };
    objects.into_iter().map(escape).collect()
}

/// `value` with every `${` escaped that is no variable of ours.
pub(super) fn walk(value: Value) -> Value {
    match value {
        Value::String(text) if text != CERT_ISSUER => Value::String(text.replace("${", "$${")),
        Value::Array(items) => items.into_iter().map(walk).collect(),
        Value::Object(map) => Value::Object(map.into_iter().map(|(k, v)| (k, walk(v))).collect()),
        other => other,
    }
}

/// The text of an object, its bare variables in quotes.
pub(super) fn quoted(object: &Object, text: String) -> String {
    match object.kind.as_str() {
        "Secret" => BARE.replace_all(&text, "$1\"$2\"").into_owned(),
        _ => text,
    }
}

/// The folders below `clusters/`.
pub(super) fn folders(
    input: &Input<'_>,
    settings: &Settings,
    placements: &[Placement<'_>],
    policies: Option<&str>,
) -> Vec<Folder> {
    let root = format!("{}/{}", settings.layout.clusters, settings.cluster);
    let mut objects = vec![kustomization(
        settings,
        NAMESPACES,
        &namespaces_path(settings),
        &[],
        true,
        Value::Null,
        Value::Null,
    )];
    for placement in placements {
        objects.push(of(settings, placement, placements));
    }
    if let Some(path) = policies {
        let before = schedules::before(settings, placements);
        let (name, none) = (schedules::UNIT, Value::Null);
        objects.push(kustomization(settings, name, path, &before, false, none.clone(), none));
    }
    let folder = |path: String, objects: Vec<Object>, resources: Vec<String>| Folder {
        path,
        domain: None,
        objects,
        resources,
        patches: Vec::new(),
        namespace: None,
        source: "config-registry/env/environments.yml".to_owned(),
    };
    let system = folder(format!("{root}/{NAMESPACE}"), system(input, settings, &root), Vec::new());
    vec![folder(root, objects, vec![NAMESPACE.to_owned()]), system]
}

/// The source, the entry point and the settings.
fn system(input: &Input<'_>, settings: &Settings, root: &str) -> Vec<Object> {
    let (url, branch) = &settings.repository;
    let secret = url.starts_with("ssh://").then(|| json!({"name": NAMESPACE}));
    let source =
        json!({"spec": {"interval": "1m", "url": url, "ref": {"branch": branch}, "secretRef": secret}});
    let mut data = json!({"CLUSTER": settings.cluster});
    if let Some(issuer) = &settings.cert_issuer {
        data["CERT_ISSUER"] = issuer.as_str().into();
    }
    let labels = || json!({"labels": {"app.kubernetes.io/part-of": input.registry.name, "app.kubernetes.io/managed-by": "foundry"}});
    vec![
        Object::new("v1", "ConfigMap", "platform-settings", labels(), json!({"data": data}))
            .inside(NAMESPACE),
        Object::new("source.toolkit.fluxcd.io/v1", "GitRepository", NAMESPACE, labels(), source)
            .inside(NAMESPACE),
        kustomization(settings, NAMESPACE, root, &[], false, Value::Null, Value::Null),
    ]
}

fn of(settings: &Settings, placement: &Placement<'_>, all: &[Placement<'_>]) -> Object {
    let before = order::before(placement, all);
    let app = super::is_app(placement.domain);
    let inputs = settings.secrets == "runtime-inputs" && !placement.translation.secrets.is_empty();
    let mut sources = Vec::new();
    if !app {
        sources.push(json!({"kind": "ConfigMap", "name": "platform-settings"}));
    }
    if inputs {
        sources.push(json!({"kind": "Secret", "name": super::RUNTIME_INPUTS}));
    }
    let build = if sources.is_empty() { Value::Null } else { json!({"substituteFrom": sources}) };
    // What others may wait for is waited for as a whole; an app reports by its workloads alone.
    let checks = match app {
        true => placement
            .translation
            .objects
            .iter()
            .filter(|o| is_workload(o))
            .map(|o| check(o, placement))
            .collect(),
        false => Value::Null,
    };
    kustomization(settings, &order::name(placement), &placement.path, &before, !app, build, checks)
}

fn is_workload(object: &Object) -> bool {
    matches!(object.kind.as_str(), "Deployment" | "StatefulSet" | "DaemonSet")
}

fn check(object: &Object, placement: &Placement<'_>) -> Value {
    json!({"apiVersion": object.api_version, "kind": object.kind, "name": object.name, "namespace": placement.namespace})
}

fn kustomization(
    settings: &Settings,
    name: &str,
    path: &str,
    before: &[String],
    wait: bool,
    build: Value,
    checks: Value,
) -> Object {
    let root = settings.path.trim_end_matches('/').trim_start_matches("./").trim_start_matches('.');
    let path = if root.is_empty() { format!("./{path}") } else { format!("./{root}/{path}") };
    let before: Vec<Value> = before.iter().map(|name| json!({"name": name})).collect();
    let spec = json!({
        "interval": "10m",
        "retryInterval": "2m",
        "timeout": "10m",
        "path": path,
        "prune": true,
        "wait": wait,
        "dependsOn": super::object::unless_empty(json!(before)),
        "sourceRef": {"kind": "GitRepository", "name": NAMESPACE},
        "postBuild": build,
        "healthChecks": super::object::unless_empty(checks),
    });
    let metadata = json!({"labels": {"app.kubernetes.io/managed-by": "foundry"}});
    Object::new("kustomize.toolkit.fluxcd.io/v1", "Kustomization", name, metadata, json!({"spec": spec}))
        .inside(NAMESPACE)
}
