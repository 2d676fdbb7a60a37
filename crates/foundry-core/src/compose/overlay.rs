//! The second compose file: labels by which containers are found again and compared.

use super::hash::{digests, print_fields};
use super::project::Project;
use crate::yaml;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Name of the file, beside `compose.yml`.
pub const FILE: &str = "compose.foundry.yml";

/// What every label of ours begins with.
pub const LABEL_PREFIX: &str = "foundry.";

/// Whose a container, network or volume is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks {
    /// The registry's name.
    pub registry: String,
    /// The environment.
    pub environment: String,
    /// The domain.
    pub domain: String,
}

impl Marks {
    /// The labels `foundry.registry`, `foundry.environment` and `foundry.domain`.
    pub fn labels(&self) -> BTreeMap<String, String> {
        [("registry", &self.registry), ("environment", &self.environment), ("domain", &self.domain)]
            .into_iter()
            .map(|(key, value)| (format!("{LABEL_PREFIX}{key}"), value.clone()))
            .collect()
    }
}

/// The text of [`FILE`]: for each started service whose it is and the digests of what it is made from.
/// `docker compose -p NAME -f compose.yml -f compose.foundry.yml` takes it as an ordinary override.
pub fn overlay(project: &Project, marks: &Marks, files: &BTreeMap<String, String>) -> String {
    let mut services = Map::new();
    for service in &project.services {
        let mut labels = marks.labels();
        let (hash, fields) = digests(project, service, files);
        labels.insert(format!("{LABEL_PREFIX}config-hash"), hash);
        labels.insert(format!("{LABEL_PREFIX}fields"), print_fields(&fields));
        let labels: BTreeMap<String, String> =
            labels.into_iter().map(|(key, value)| (key, value.replace('$', "$$"))).collect();
        services.insert(service.name.clone(), json!({"labels": labels}));
    }
    let body = yaml::emit(&json!({"services": Value::Object(services)}));
    format!(
        "# Written by Foundry beside compose.yml: labels that say what each container was made from.\n{body}"
    )
}
