//! What a cluster should have: every object that the environment's tree builds, whose it is, and what it is made from.

use super::{Key, Reference, health};
use crate::diag::Findings;
use crate::kubernetes::{Input, Settings, Translation, tree};
use crate::load::{FileContent, Files};
use crate::tree::{Tree, World};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Annotation of a pod template: a digest of the ConfigMaps and Secrets that its pods read when they start.
pub const INPUTS: &str = "foundry.inputs";

/// Annotation of a Secret: what its digest is salted with, so that the digest tells nothing without it.
pub const SALT: &str = "foundry.salt";

/// One object.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The domain that it belongs to; `None` for what all share.
    pub domain: Option<String>,
    /// The application environment that it stands in.
    pub app: Option<String>,
    /// The object; values of secrets are marks.
    pub object: Value,
}

/// A domain and what it cannot work without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Names of the domains that it requires.
    pub requires: Vec<String>,
}

/// Everything that is wanted of one cluster.
#[derive(Debug, Clone, Default)]
pub struct Desired {
    /// Name of the registry.
    pub registry: String,
    /// Name of the environment.
    pub environment: String,
    /// The cluster, for people.
    pub place: String,
    /// Every object of the environment.
    pub items: Vec<Item>,
    /// Every domain that is deployed there, what is required before what requires it.
    pub domains: Vec<Member>,
    /// The domains that it is about.
    pub selected: BTreeSet<String>,
    /// Whether it is about all of them, and so about what belongs to none any more.
    pub all: bool,
    /// Whether what is ours and no longer declared is removed.
    pub prune: bool,
}

/// A name as the value of a label.
pub fn label_value(text: &str) -> String {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let fits = text.len() <= 63
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        && edge(text.chars().next())
        && edge(text.chars().last());
    if fits {
        return text.to_owned();
    }
    let plain: String = text.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    format!("r{plain}-{}", digest([text.as_bytes()]))
}

/// The labels by which everything of an environment is found, as the API server takes them.
pub fn selector(registry: &str, environment: &str) -> String {
    format!("foundry.registry={},foundry.environment={}", label_value(registry), label_value(environment))
}

/// The objects that the tree of an environment builds, as they reach the cluster, and what keeps some from being built.
pub fn items(input: &Input<'_>, all: &BTreeMap<String, Translation>) -> (Vec<Item>, Findings) {
    let mut files = Files::default();
    for file in tree(input, all) {
        files.entries.insert(Arc::from(file.path), FileContent::Text(Arc::from(file.text)));
    }
    let world = World::new(Tree::read(&files));
    let settings = Settings::read(input.environment);
    let mut out = Vec::new();
    let mut seen = BTreeSet::new();
    for unit in world.units() {
        let end = unit.path.as_deref().and_then(|p| p.rsplit('/').next());
        let app = settings.apps.iter().map(|a| &a.name).find(|name| end == Some(name.as_str()));
        for object in &unit.objects {
            let part = object.label("app.kubernetes.io/part-of").filter(|p| all.contains_key(*p));
            let item = Item {
                domain: part.map(str::to_owned),
                app: app.filter(|_| part.is_some()).cloned(),
                object: object.value.clone(),
            };
            if Reference::of(&item.object).is_some_and(|r| seen.insert(r.key())) {
                out.push(item);
            }
        }
    }
    (out, world.tree.findings)
}

impl Desired {
    /// Puts the labels on every object that say whose it is.
    pub fn own(&mut self) {
        let (registry, environment) = (label_value(&self.registry), label_value(&self.environment));
        for item in &mut self.items {
            let labels = entry(&mut item.object, "/metadata", "labels");
            labels["foundry.registry"] = registry.as_str().into();
            labels["foundry.environment"] = environment.as_str().into();
            if let Some(domain) = &item.domain {
                labels["foundry.domain"] = label_value(domain).into();
            }
        }
    }

    /// The Secrets whose values come from the environment.
    pub fn secrets(&self) -> impl Iterator<Item = &Value> {
        self.items.iter().map(|i| &i.object).filter(|o| o["kind"] == "Secret" && o["apiVersion"] == "v1")
    }

    /// Writes into every pod template what its pods are made from, so that a change starts them anew. `secrets` has
    /// salt and digest of the values of each Secret.
    pub fn seal(&mut self, secrets: &BTreeMap<Key, (String, String)>) {
        let mut digests: BTreeMap<Key, String> = BTreeMap::new();
        for item in &mut self.items {
            let Some(reference) = Reference::of(&item.object) else { continue };
            match (reference.kind.as_str(), secrets.get(&reference.key())) {
                ("Secret", Some((salt, of_values))) => {
                    entry(&mut item.object, "/metadata", "annotations")[SALT] = salt.as_str().into();
                    digests.insert(reference.key(), of_values.clone());
                }
                ("ConfigMap", _) => {
                    let data = [item.object["data"].to_string(), item.object["binaryData"].to_string()];
                    digests.insert(reference.key(), digest(data.iter().map(String::as_bytes)));
                }
                _ => {}
            }
        }
        for item in self.items.iter_mut().filter(|i| health::is_workload(&i.object)) {
            let namespace = item.object["metadata"]["namespace"].as_str().map(str::to_owned);
            let root = if item.object["kind"] == "CronJob" { "/spec/jobTemplate/spec" } else { "/spec" };
            let Some(template) = item.object.pointer(root).and_then(|s| s.get("template")) else { continue };
            let used = inputs(template).into_iter().filter_map(|(kind, name)| {
                digests.get(&(String::new(), kind.to_owned(), namespace.clone(), name)).cloned()
            });
            let used: Vec<String> = used.collect();
            if used.is_empty() {
                continue;
            }
            let pointer = format!("{root}/template");
            if let Some(template) = item.object.pointer_mut(&pointer) {
                if template.get("metadata").is_none() {
                    template["metadata"] = json!({});
                }
                entry(template, "/metadata", "annotations")[INPUTS] =
                    digest(used.iter().map(String::as_bytes)).into();
            }
        }
    }

    /// The items that it is about: those of the selected domains, and what they share.
    pub fn chosen(&self) -> impl Iterator<Item = &Item> {
        let about = |item: &&Item| item.domain.as_ref().is_some_and(|d| self.selected.contains(d));
        let text = |object: &Value, key: &str| object["metadata"][key].as_str().map(str::to_owned);
        let namespaces: BTreeSet<String> =
            self.items.iter().filter(about).filter_map(|i| text(&i.object, "namespace")).collect();
        self.items.iter().filter(move |item| match &item.domain {
            Some(domain) => self.selected.contains(domain),
            None => {
                let key = if item.object["kind"] == "Namespace" { "name" } else { "namespace" };
                self.all || text(&item.object, key).is_none_or(|n| namespaces.contains(&n))
            }
        })
    }

    /// The position of a domain in the order of relations; what belongs to none comes first.
    pub fn rank(&self, domain: Option<&str>) -> usize {
        let at = domain.and_then(|name| self.domains.iter().position(|d| d.name == name));
        at.map_or(0, |at| at + 1)
    }

    /// What `domain` requires, directly.
    pub fn requires(&self, domain: &str) -> &[String] {
        self.domains.iter().find(|d| d.name == domain).map_or(&[], |d| &d.requires)
    }

    /// Everything that requires one of `targets`, through any number of steps.
    pub fn dependents(&self, targets: &BTreeSet<String>) -> BTreeSet<String> {
        let mut all = targets.clone();
        // The order is that of relations, so one pass finds all.
        for member in &self.domains {
            if member.requires.iter().any(|r| all.contains(r)) {
                all.insert(member.name.clone());
            }
        }
        all.difference(targets).cloned().collect()
    }
}

/// The mapping `key` below `pointer`, made where it is missing.
fn entry<'v>(value: &'v mut Value, pointer: &str, key: &str) -> &'v mut Value {
    let parent = match value.pointer_mut(pointer) {
        Some(parent) => parent,
        None => panic!("an object without {pointer}"),
    };
    if parent.get(key).is_none() {
        parent[key] = json!({});
    }
    &mut parent[key]
}

/// The ConfigMaps and Secrets that pods of a template read, by kind and name, in order.
fn inputs(template: &Value) -> BTreeSet<(&'static str, String)> {
    let mut out = BTreeSet::new();
    let mut add = |kind: &'static str, name: &Value| {
        out.extend(name.as_str().map(|name| (kind, name.to_owned())));
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for key in ["containers", "initContainers"] {
        for container in list(&template["spec"][key]) {
            for variable in list(&container["env"]) {
                add("Secret", &variable["valueFrom"]["secretKeyRef"]["name"]);
                add("ConfigMap", &variable["valueFrom"]["configMapKeyRef"]["name"]);
            }
            for source in list(&container["envFrom"]) {
                add("Secret", &source["secretRef"]["name"]);
                add("ConfigMap", &source["configMapRef"]["name"]);
            }
        }
    }
    for volume in list(&template["spec"]["volumes"]) {
        add("Secret", &volume["secret"]["secretName"]);
        add("ConfigMap", &volume["configMap"]["name"]);
    }
    out
}

fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect()
}
