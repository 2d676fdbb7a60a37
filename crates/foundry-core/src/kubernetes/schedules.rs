//! When the cluster's backup saves what: one Velero Schedule for each domain that keeps something.

use super::namespaces_of;
use super::object::{Object, labels};
use super::order;
use super::settings::Settings;
use super::tree::{Folder, Placement};
use super::unit::Input;
use crate::model::Domain;
use serde_json::{Value, json};

/// Where schedules stand, below the layout's `shared`, and the name of their Kustomization or Application.
pub(super) const UNIT: &str = "backup-policies";

/// What schedules wait for: their namespace, and the domain that brings their API.
pub(super) fn before(settings: &Settings, placements: &[Placement<'_>]) -> Vec<String> {
    let provider = |p: &&Placement<'_>| Some(&p.domain.name.value) == settings.backup.provided_by.as_ref();
    let mut all: Vec<String> = placements.iter().filter(provider).map(order::name).collect();
    all.push(order::NAMESPACES.to_owned());
    all.sort();
    all
}

/// The folder of schedules; none where the environment wants none, or nothing is kept.
pub(super) fn folder(input: &Input<'_>, settings: &Settings, placements: &[Placement<'_>]) -> Option<Folder> {
    if settings.backup.kind != "Schedule" {
        return None;
    }
    let mut objects = Vec::new();
    for domain in input.registry.deployed_in(&input.environment.name) {
        let is_here = placements.iter().any(|p| p.domain.name.value == domain.name.value);
        if is_here && keeps(domain) {
            objects.push(schedule(settings, domain));
        }
    }
    (!objects.is_empty()).then(|| Folder {
        path: format!("{}/{UNIT}", settings.layout.shared),
        domain: None,
        objects,
        resources: Vec::new(),
        patches: Vec::new(),
        namespace: None,
        source: "config-registry/env/domains.yml".to_owned(),
    })
}

/// Whether the domain's `state` names something that is saved.
fn keeps(domain: &Domain) -> bool {
    let state = domain.record.get("state").and_then(Value::as_array).into_iter().flatten();
    let saved = |entry: &Value| {
        let none = entry.get("backup").and_then(Value::as_str) == Some("none");
        !none && entry.get("ephemeral") != Some(&Value::Bool(true))
    };
    state.into_iter().any(saved)
}

fn schedule(settings: &Settings, domain: &Domain) -> Object {
    let name = &domain.name.value;
    let own = domain.record.pointer("/backup/schedule").and_then(Value::as_str);
    let metadata = json!({"labels": labels(name, name, Some("backup"))});
    let spec = json!({
        "schedule": own.unwrap_or(&settings.backup.schedule),
        "useOwnerReferencesInBackup": false,
        "template": {
            "includedNamespaces": namespaces_of(domain, settings, None),
            "labelSelector": {"matchLabels": {"app.kubernetes.io/part-of": name}},
            "ttl": settings.backup.keep,
        },
    });
    Object::new("velero.io/v1", "Schedule", name, metadata, json!({"spec": spec}))
        .inside(&settings.backup.namespace)
}
