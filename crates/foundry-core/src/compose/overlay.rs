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

/// What the overlay of an older revision adds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Past {
    /// Service → image by digest, where its tag means something else by now.
    pub images: BTreeMap<String, String>,
    /// The revision, as label `foundry.revision`.
    pub revision: Option<String>,
}

/// The label that names the revision which a container was rolled back to.
pub const REVISION_LABEL: &str = "foundry.revision";

/// The text of [`FILE`]: for each started service whose it is and the digests of what it is made from.
/// `docker compose -p NAME -f compose.yml -f compose.foundry.yml` takes it as an ordinary override.
pub fn overlay(project: &Project, marks: &Marks, files: &BTreeMap<String, String>) -> String {
    overlay_of(project, marks, files, &Past::default())
}

/// The same for an older revision.
pub fn overlay_of(project: &Project, marks: &Marks, files: &BTreeMap<String, String>, past: &Past) -> String {
    let mut services = Map::new();
    for service in &project.services {
        let mut labels = marks.labels();
        let (hash, fields) = digests(project, service, files);
        labels.insert(format!("{LABEL_PREFIX}config-hash"), hash);
        labels.insert(format!("{LABEL_PREFIX}fields"), print_fields(&fields));
        labels.extend(past.revision.iter().map(|r| (REVISION_LABEL.to_owned(), r.clone())));
        let labels: BTreeMap<String, String> =
            labels.into_iter().map(|(key, value)| (key, value.replace('$', "$$"))).collect();
        let mut entry = json!({"labels": labels});
        if let Some(image) = past.images.get(&service.name) {
            entry["image"] = image.as_str().into();
        }
        services.insert(service.name.clone(), entry);
    }
    let body = yaml::emit(&json!({"services": Value::Object(services)}));
    format!(
        "# Written by Foundry beside compose.yml: labels that say what each container was made from.\n{body}"
    )
}
