//! Secrets of a domain: objects that fetch them, never a value.

use super::env::{Wanted, secret_name};
use super::object::{Object, labels};
use super::secret;
use super::unit::Unit;
use crate::diag::{Finding, Findings};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The objects that give a domain its secret values and the files that hold some.
pub(super) fn secrets(
    unit: &Unit<'_>,
    wanted: &Wanted,
    files: &BTreeMap<String, BTreeMap<String, String>>,
    out: &mut Findings,
) -> Vec<Object> {
    let mut all = Vec::new();
    let domain = unit.domain_name();
    if !wanted.is_empty() {
        let data: BTreeMap<String, String> =
            wanted.iter().map(|key| (key.clone(), format!("FOUNDRY_SECRET_{key}_FOUNDRY_END"))).collect();
        all.extend(one(unit, &secret_name(domain), domain, &data, out));
    }
    for (service, files) in files {
        all.extend(one(unit, &format!("{service}-files"), service, files, out));
    }
    all
}

fn one(
    unit: &Unit<'_>,
    name: &str,
    owner: &str,
    data: &BTreeMap<String, String>,
    out: &mut Findings,
) -> Option<Object> {
    let metadata = json!({"labels": labels(unit.domain_name(), owner, None)});
    match unit.settings.secrets.as_str() {
        "external-secrets" => Some(external(unit, name, metadata, data)),
        "runtime-inputs" if unit.settings.gitops == "flux" => {
            let text = |text: &str| {
                secret::replaced(text, |key| format!("${{{key}}}"), |other| other.replace("${", "$${"))
            };
            let data: Map<String, Value> = data.iter().map(|(k, v)| (k.clone(), text(v).into())).collect();
            Some(Object::new("v1", "Secret", name, metadata, json!({"type": "Opaque", "stringData": data})))
        }
        // Foundry applies these objects itself and puts the values in the places of the marks while it does.
        "runtime-inputs" if unit.settings.gitops == "none" => {
            Some(Object::new("v1", "Secret", name, metadata, json!({"type": "Opaque", "stringData": data})))
        }
        "runtime-inputs" => {
            let span = &unit.input.environment.span;
            let message = format!(
                "secrets of {} come by runtime inputs, which Argo CD does not put into the objects that it applies",
                unit.domain_name()
            );
            let help = "choose `secrets: external-secrets`, or `gitops: flux` or `none`";
            out.push(Finding::error("TRN-005", span, message).help(help));
            None
        }
        other => {
            let span = &unit.input.environment.span;
            let message = format!(
                "secrets of {} come by `{other}`, which this version cannot write yet",
                unit.domain_name()
            );
            out.push(
                Finding::error("TRN-005", span, message).help("choose external-secrets or runtime-inputs"),
            );
            None
        }
    }
}

/// An ExternalSecret; what is more than the bare value is put together by its template.
fn external(unit: &Unit<'_>, name: &str, metadata: Value, data: &BTreeMap<String, String>) -> Object {
    let keys: BTreeSet<String> = data.values().flat_map(|text| secret::keys(text)).collect();
    let from = format!("{}/{}", unit.input.registry.name, unit.input.environment.name);
    let references: Vec<Value> = keys
        .iter()
        .map(|key| json!({"secretKey": key, "remoteRef": {"key": from, "property": key}}))
        .collect();
    let bare = data.iter().all(|(key, text)| secret::whole(text) == Some(key.as_str()));
    let text = |text: &str| {
        let literal = |other: &str| other.replace("{{", "{{ \"{{\" }}");
        Value::from(secret::replaced(text, |key| format!("{{{{ .{key} }}}}"), literal))
    };
    let templates: Map<String, Value> = data.iter().map(|(k, v)| (k.clone(), text(v))).collect();
    let template = (!bare).then(|| json!({"engineVersion": "v2", "data": templates}));
    Object::new(
        "external-secrets.io/v1",
        "ExternalSecret",
        name,
        metadata,
        json!({"spec": {
            "refreshInterval": "1h0m0s",
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": unit.settings.secret_store},
            "target": {"name": name, "template": template},
            "data": references,
        }}),
    )
}
