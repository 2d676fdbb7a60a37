//! `environments.yml` and the override files to environments.

use crate::diag::Span;
use crate::model::{Engine, EnvFile, Environment};
use crate::yaml::Node;
use serde_json::Value;
use std::collections::BTreeMap;

/// Every environment that either source declares, sorted by name. One that only an override file names runs
/// on Compose on this machine.
pub(super) fn read(root: Option<&Node>, overrides: &BTreeMap<String, EnvFile>) -> Vec<Environment> {
    let mut all: BTreeMap<String, Environment> = BTreeMap::new();
    for (name, file) in overrides {
        all.insert(name.clone(), plain(name, Span::file(file.path.clone())));
    }
    let declared = root.and_then(|r| r.get("environments"));
    for entry in declared.map(|n| n.entries()).unwrap_or_default() {
        let Some(name) = entry.key.text() else { continue };
        let node = &entry.value;
        let mut environment = plain(name, entry.key.span.clone());
        environment.engine = match node.get("engine").and_then(|n| n.text()) {
            Some("kubernetes") => Engine::Kubernetes,
            Some("incus") => Engine::Incus,
            _ => Engine::Compose,
        };
        environment.host = node.get("host").and_then(|n| n.text()).map(str::to_owned);
        environment.settings = node.to_json();
        all.insert(name.to_owned(), environment);
    }
    all.into_values().collect()
}

fn plain(name: &str, span: Span) -> Environment {
    Environment { name: name.to_owned(), engine: Engine::Compose, host: None, settings: Value::Null, span }
}
