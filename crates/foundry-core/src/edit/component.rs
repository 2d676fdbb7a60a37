//! A domain of the catalogue: what it adds to a registry.

use crate::yaml::{Limits, Node, parse};
use serde_json::{Map, Value};
use std::sync::Arc;

/// What `catalog/<name>/domain.yml` says.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// One line for people.
    pub summary: String,
    /// Its entry in `domains.yml`, without the name. `exposes_to` holds domains that may be there or not.
    pub record: Map<String, Value>,
    /// Networks for `networks.yml`, where they need more than a name.
    pub networks: Map<String, Value>,
    /// Port names and wishes.
    pub ports: Vec<(String, String)>,
    /// Keys for `base.env`.
    pub env: Vec<Setting>,
    /// Values for the vault.
    pub secrets: Vec<Need>,
}

/// A key for `base.env`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The key.
    pub key: String,
    /// Its first value.
    pub value: String,
    /// What it is about, if the key does not say it.
    pub about: Option<String>,
}

/// A value for the vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The key.
    pub key: String,
    /// Where a person gets it.
    pub about: Option<String>,
    /// Whether any random value will do.
    pub random: bool,
}

impl Component {
    /// Reads it; `name` is for messages.
    ///
    /// # Errors
    /// When it is no YAML or a field is unknown.
    pub fn parse(name: &str, text: &str) -> Result<Component, String> {
        let (documents, findings) = parse(&Arc::from(name), text, &Limits::default());
        if let Some(finding) = findings.iter().next() {
            return Err(format!("{name}: {}", finding.message));
        }
        let root = documents.into_iter().next().ok_or_else(|| format!("{name} is empty"))?;
        let known = ["summary", "record", "networks", "ports", "env", "secrets"];
        if let Some(other) =
            root.entries().iter().find(|e| !known.contains(&e.key.text().unwrap_or_default()))
        {
            return Err(format!("{name}: unknown field `{}`", other.key.text().unwrap_or_default()));
        }
        let map =
            |key: &str| root.get(key).and_then(|n| n.to_json().as_object().cloned()).unwrap_or_default();
        let entries = |key: &str| root.get(key).map(|n| n.entries()).unwrap_or_default();
        let text = |node: &Node, key: &str| node.get(key).and_then(|n| n.text()).map(str::to_owned);
        let key = |entry: &crate::yaml::Entry| entry.key.text().unwrap_or_default().to_owned();
        Ok(Component {
            summary: text(&root, "summary").ok_or_else(|| format!("{name} has no summary"))?,
            record: map("record"),
            networks: map("networks"),
            ports: entries("ports")
                .iter()
                .map(|e| (key(e), e.value.text().unwrap_or_default().to_owned()))
                .collect(),
            env: entries("env")
                .iter()
                .map(|e| Setting {
                    key: key(e),
                    value: text(&e.value, "value").unwrap_or_default(),
                    about: text(&e.value, "about"),
                })
                .collect(),
            secrets: entries("secrets")
                .iter()
                .map(|e| Need {
                    key: key(e),
                    about: text(&e.value, "about"),
                    random: e.value.get("random").and_then(|n| n.bool()).unwrap_or(false),
                })
                .collect(),
        })
    }

    /// The names in a list of its record.
    pub fn names(&self, key: &str) -> Vec<&str> {
        let list = self.record.get(key).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).collect()
    }
}
