//! Dashboards that lie beside a domain: a ConfigMap for each, under the label by which Grafana finds them.

use super::mounts::name_of;
use super::object::{Object, labels};
use super::settings::Settings;
use super::unit::Input;
use crate::model::TextFile;
use serde_json::{Map, Value, json};

/// One object for each `domains/<name>/dashboards/*.json`.
pub(super) fn dashboards(input: &Input<'_>, settings: &Settings, domain: &str) -> Vec<Object> {
    let files = input.registry.dashboards.get(domain).map(Vec::as_slice).unwrap_or_default();
    files.iter().map(|file| one(settings, domain, file)).collect()
}

fn one(settings: &Settings, domain: &str, file: &TextFile) -> Object {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let (key, value) = &settings.dashboard_label;
    let mut labels = labels(domain, domain, Some("dashboard"));
    labels[key] = value.as_str().into();
    // Every dashboard of a cluster ends up in one folder: its file is named after its domain, too.
    let data = Map::from_iter([(format!("{domain}-{name}"), Value::from(file.text.as_ref()))]);
    let stem = name_of(name.trim_end_matches(".json"));
    let object = format!("{}-dashboard-{stem}", name_of(domain));
    Object::new("v1", "ConfigMap", &object, json!({"labels": labels}), json!({"data": data}))
}
