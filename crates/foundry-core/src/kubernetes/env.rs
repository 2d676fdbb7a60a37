//! A container's variables: values, references to secrets, and a ConfigMap for what env files say.

use super::object::{Object, labels};
use super::secret;
use super::unit::Unit;
use crate::diag::Findings;
use crate::load::env::parse_env;
use crate::model::LayerKind;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The secrets of a domain that its services refer to.
pub(super) type Wanted = BTreeSet<String>;

/// A container's variables on their way.
#[derive(Default)]
pub(super) struct Env {
    values: BTreeMap<String, Value>,
    helpers: BTreeSet<String>,
    /// Variables without secrets from env files.
    pub from_files: BTreeMap<String, String>,
}

/// Name of the Secret that holds a domain's secret values.
pub(super) fn secret_name(domain: &str) -> String {
    format!("{domain}-secrets")
}

impl Env {
    /// Reads env files and `environment` of the service.
    pub fn read(unit: &Unit<'_>, out: &mut Findings) -> Env {
        let mut env = Env::default();
        for (i, file) in unit.items("/env_file").enumerate() {
            env.file(unit, i, file, out);
        }
        for (name, value) in &unit.service.environment {
            env.from_files.remove(name);
            match value {
                Some(text) => env.set(unit, name, text),
                None => unit.cannot(
                    out,
                    "environment",
                    format!(
                        "`{}` takes {name} from the shell that starts it, and pods have none",
                        unit.service.name
                    ),
                    "write `NAME: \"{{ NAME }}\"` and set it in the env layers",
                ),
            }
        }
        env
    }

    fn file(&mut self, unit: &Unit<'_>, index: usize, file: &Value, out: &mut Findings) {
        let path = file.get("path").and_then(Value::as_str).unwrap_or_default();
        let below = path.strip_prefix("./").unwrap_or(path);
        let Some(artifact) = unit.input.artifacts.get(unit.domain_name(), below) else {
            if file.get("required") != Some(&Value::Bool(false)) {
                let span = unit.service.env_files.get(index).map_or(&unit.service.span, |f| &f.span);
                let message = format!("`{}` reads {path}, which is not rendered here", unit.service.name);
                out.push(
                    crate::diag::Finding::error("TRN-003", span, message)
                        .help(format!("add a template that renders to {below}")),
                );
            }
            return;
        };
        let (parsed, _) = parse_env(&Arc::from(path), artifact.content.expose(), LayerKind::Extra);
        for line in parsed.lines {
            self.values.remove(&line.key);
            match secret::keys(&line.value).is_empty() {
                true => _ = self.from_files.insert(line.key, line.value),
                false => self.set(unit, &line.key, &line.value),
            }
        }
    }

    fn set(&mut self, unit: &Unit<'_>, name: &str, text: &str) {
        let value = match secret::whole(text) {
            Some(key) => json!({"name": name, "valueFrom": reference(unit, key)}),
            None => json!({"name": name, "value": self.expanded(text)}),
        };
        self.values.insert(name.to_owned(), value);
    }

    /// `text` as Kubernetes has to read it: marks become `$(…)`, and what looks like that already is escaped.
    pub fn expanded(&mut self, text: &str) -> String {
        self.helpers.extend(secret::keys(text));
        secret::replaced(text, |key| format!("$({})", helper(key)), |other| other.replace("$(", "$$("))
    }

    /// The list for the container, helpers first: later ones may refer to them.
    pub fn list(&self, unit: &Unit<'_>, wanted: &mut Wanted) -> Vec<Value> {
        let helpers =
            self.helpers.iter().map(|key| json!({"name": helper(key), "valueFrom": reference(unit, key)}));
        let list: Vec<Value> = helpers.chain(self.values.values().cloned()).collect();
        for entry in &list {
            let key = entry.pointer("/valueFrom/secretKeyRef/key").and_then(Value::as_str);
            wanted.extend(key.map(str::to_owned));
        }
        list
    }

    /// The ConfigMap of what env files say, if they say anything.
    pub fn config_map(&self, unit: &Unit<'_>) -> Option<Object> {
        if self.from_files.is_empty() {
            return None;
        }
        let data: Map<String, Value> =
            self.from_files.iter().map(|(k, v)| (k.clone(), v.as_str().into())).collect();
        let name = &unit.service.name;
        let metadata = json!({"labels": labels(unit.domain_name(), name, None)});
        Some(Object::new("v1", "ConfigMap", &format!("{name}-env"), metadata, json!({"data": data})))
    }
}

fn helper(key: &str) -> String {
    format!("FOUNDRY_{key}")
}

fn reference(unit: &Unit<'_>, key: &str) -> Value {
    json!({"secretKeyRef": {"name": secret_name(unit.domain_name()), "key": key}})
}
