//! A Secret that is filled from outside of Git: compared key by key without showing a value, and applied.

use super::{Answer, Apply, Cluster};
use crate::error::{Error, Kind, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use foundry_core::plan::cluster::Reference;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The field manager of these values: what it no longer says goes, what others wrote stays.
const MANAGER: &str = "foundry-runtime-inputs";

/// How the keys of a Secret differ from what they should be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct InputChange {
    /// Not there yet.
    pub create: Vec<String>,
    /// There with another value.
    pub update: Vec<String>,
    /// Ours, and not wanted any more.
    pub remove: Vec<String>,
    /// As they should be.
    pub unchanged: usize,
}

impl InputChange {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.create.is_empty() && self.update.is_empty() && self.remove.is_empty()
    }
}

impl Cluster {
    /// Compares the keys of the Secret with `wanted`.
    ///
    /// # Errors
    /// `Engine` when reading is forbidden, `Unreachable` when nobody answers.
    pub async fn compare_inputs(
        &self,
        secret: &Reference,
        wanted: &BTreeMap<String, SecretString>,
    ) -> Result<InputChange> {
        let live = self.get(secret).await?.unwrap_or_default();
        let mut change = InputChange::default();
        for (key, value) in wanted {
            let there = live["data"][key].as_str().and_then(|text| STANDARD.decode(text).ok());
            match there {
                None => change.create.push(key.clone()),
                Some(bytes) if bytes == value.expose_secret().as_bytes() => change.unchanged += 1,
                Some(_) => change.update.push(key.clone()),
            }
        }
        change.remove = ours(&live).into_iter().filter(|key| !wanted.contains_key(key)).collect();
        Ok(change)
    }

    /// Makes the Secret hold `wanted`, and nothing else of ours.
    ///
    /// # Errors
    /// `Refused` when somebody else owns a key, `Engine` when the server says no, `Unreachable` when nobody answers.
    pub async fn fill_inputs(
        &self,
        secret: &Reference,
        wanted: &BTreeMap<String, SecretString>,
    ) -> Result<()> {
        let encoded = |(key, value): (&String, &SecretString)| {
            (key.clone(), Value::from(STANDARD.encode(value.expose_secret())))
        };
        let data: Map<String, Value> = wanted.iter().map(encoded).collect();
        let object = json!({
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": {
                "name": secret.name, "namespace": secret.namespace,
                // Flux looks at what it substitutes from as soon as it changes.
                "labels": {"app.kubernetes.io/managed-by": "foundry", "reconcile.fluxcd.io/watch": "Enabled"},
                // It is in no commit, and must not go because of that.
                "annotations": {"kustomize.toolkit.fluxcd.io/prune": "disabled"},
            },
            "data": data,
        });
        let how = Apply { manager: MANAGER, force: false, dry_run: false };
        match self.apply(&object, how).await? {
            Answer::Object(_) => Ok(()),
            Answer::Refused(no) if no.code == 409 => {
                let keys: Vec<&str> = no.causes.iter().map(|(.., field)| field.as_str()).collect();
                Err(Error::new(Kind::Refused, format!("somebody else wrote {} of {secret}", keys.join(", ")))
                    .hint("delete the Secret, then run the same command again: it is filled anew"))
            }
            Answer::Refused(no) if no.code == 404 => {
                let namespace = secret.namespace.clone().unwrap_or_default();
                Err(Error::new(Kind::Refused, format!("the cluster has no namespace {namespace}"))
                    .hint("install Flux first"))
            }
            Answer::Refused(no) => {
                let said = self.redactor().text(&no.message);
                Err(Error::new(Kind::Engine, format!("the API server does not take {secret}: {said}")))
            }
        }
    }
}

/// The keys that we wrote, as the server remembers.
fn ours(live: &Value) -> Vec<String> {
    let fields = live.pointer("/metadata/managedFields").and_then(Value::as_array);
    let mine = fields.into_iter().flatten().filter(|f| f["manager"] == MANAGER);
    mine.filter_map(|f| f.pointer("/fieldsV1/f:data")?.as_object())
        .flat_map(|data| data.keys())
        .filter_map(|key| key.strip_prefix("f:").map(str::to_owned))
        .collect()
}
