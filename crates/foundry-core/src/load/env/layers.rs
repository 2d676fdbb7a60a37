//! The layers of one environment, merged: every value remembers who set it.

use super::expand::{Problem, expand};
use super::secret_name::looks_secret;
use crate::diag::{Finding, Findings, Span};
use crate::load::did_you_mean;
use crate::model::{EnvFile, EnvLine, LayerKind, Registry};
use indexmap::IndexMap;
use secrecy::SecretString;
use std::collections::HashMap;
use std::sync::Arc;

/// One place that sets a key.
#[derive(Clone)]
pub struct Layered {
    /// Which layer.
    pub kind: LayerKind,
    /// Its file.
    pub file: Arc<str>,
    /// Place of the key.
    pub span: Span,
    /// Place of the value.
    pub value_span: Span,
    /// The value as written there, not expanded.
    pub raw: SecretString,
    /// Whether the raw value is empty.
    pub is_empty: bool,
}

/// A key's value in one environment.
#[derive(Clone)]
pub struct ResolvedValue {
    /// Expanded value of the winning layer.
    pub value: SecretString,
    /// Whether it must not be shown: it comes from the vault, refers to such a value, or its name says so.
    pub secret: bool,
    /// Every layer that sets it, the winner first.
    pub layers: Vec<Layered>,
}

/// Every key of one environment, in order of first appearance.
#[derive(Clone, Default)]
pub struct ResolvedEnv {
    /// Key → value.
    pub values: IndexMap<String, ResolvedValue>,
}

impl ResolvedEnv {
    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&ResolvedValue> {
        self.values.get(key)
    }
}

/// Merges base, override, host, vault and extra files for `environment`, later ones winning, and expands.
pub fn resolve(
    registry: &Registry,
    environment: &str,
    vault: Option<&EnvFile>,
    extra: &[EnvFile],
) -> (ResolvedEnv, Findings) {
    let base = registry.base.iter();
    let layers =
        base.chain(registry.overrides.get(environment)).chain(&registry.host_env).chain(vault).chain(extra);
    let mut merged: IndexMap<String, Vec<Layered>> = IndexMap::new();
    for file in layers {
        for line in &file.lines {
            merged.entry(line.key.clone()).or_default().insert(0, layered(file, line));
        }
    }
    expand_all(merged)
}

fn layered(file: &EnvFile, line: &EnvLine) -> Layered {
    Layered {
        kind: file.kind,
        file: file.path.clone(),
        span: line.key_span.clone(),
        value_span: line.value_span.clone(),
        raw: SecretString::from(line.value.clone()),
        is_empty: line.value.is_empty(),
    }
}

fn expand_all(merged: IndexMap<String, Vec<Layered>>) -> (ResolvedEnv, Findings) {
    use secrecy::ExposeSecret;
    let raw: HashMap<&str, &str> =
        merged.iter().map(|(k, layers)| (k.as_str(), layers[0].raw.expose_secret())).collect();
    let (mut expanded, problems) = expand(&raw);
    let mut findings = Findings::new();
    for (key, problem) in problems {
        findings.push(explain(&merged, &key, &problem));
    }
    let secret = secrets(&merged, &raw);
    let values = merged
        .iter()
        .map(|(key, layers)| {
            let value = SecretString::from(expanded.remove(key).unwrap_or_default());
            let is_secret = secret.contains(key.as_str());
            (key.clone(), ResolvedValue { value, secret: is_secret, layers: layers.clone() })
        })
        .collect();
    (ResolvedEnv { values }, findings)
}

/// Keys that are secret by layer or name, and those that refer to one.
fn secrets<'a>(
    merged: &'a IndexMap<String, Vec<Layered>>,
    raw: &HashMap<&str, &str>,
) -> std::collections::HashSet<&'a str> {
    let mut secret: std::collections::HashSet<&str> = merged
        .iter()
        .filter(|(key, layers)| layers[0].kind == LayerKind::Vault || looks_secret(key))
        .map(|(key, _)| key.as_str())
        .collect();
    loop {
        let more: Vec<&str> = merged
            .keys()
            .map(String::as_str)
            .filter(|key| !secret.contains(key))
            .filter(|key| references(raw[key]).any(|name| secret.contains(name)))
            .collect();
        if more.is_empty() {
            return secret;
        }
        secret.extend(more);
    }
}

fn references(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name))
}

fn explain(merged: &IndexMap<String, Vec<Layered>>, key: &str, problem: &Problem) -> Finding {
    let layer = &merged[key][0];
    let span = &layer.value_span;
    match problem {
        Problem::Cycle(path) => {
            let message = format!("values refer to each other in a circle: {}", path.join(" → "));
            Finding::error("ENV-004", span, message).help("give one of them a value of its own")
        }
        // It may be no reference at all but a part of a password.
        Problem::Unknown(_) if layer.kind == LayerKind::Vault => {
            let message = format!("the value of `{key}` refers to a name that is set in no layer");
            Finding::error("ENV-004", span, message).help("look for `${` in it: foundry vault edit")
        }
        Problem::Unknown(name) => {
            let finding = Finding::error("ENV-004", span, format!("`${{{name}}}` is set in no layer"));
            match did_you_mean(name, merged.keys().map(String::as_str)) {
                Some(near) => finding.help(format!("write `${{{near}}}`, if that is what you mean")),
                None => finding.help(format!("set {name} in base.env: foundry env set {name}=…")),
            }
        }
        Problem::TooLong => {
            Finding::error("ENV-004", span, format!("`{key}` is longer than 1 MiB when expanded"))
                .help("let fewer values refer to each other")
        }
    }
}
