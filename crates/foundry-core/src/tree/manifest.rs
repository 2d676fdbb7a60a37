//! What a YAML file of a repository holds: Kubernetes objects, kustomizations, or something to set aside.

use super::object::Object;
use super::value;
use crate::diag::Findings;
use crate::yaml::{self, Limits, Node};
use std::sync::Arc;

/// One YAML file.
#[derive(Debug, Clone)]
pub struct File {
    /// What it is.
    pub role: Role,
    /// Its documents that are Kubernetes objects, lists (`kind: List`) taken apart.
    pub objects: Vec<Object>,
    /// All documents that are not empty.
    pub documents: Vec<Arc<Node>>,
}

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Kubernetes objects.
    Manifest,
    /// `kustomization.yaml` and its other spellings.
    Kustomization,
    /// Objects with values that SOPS has encrypted.
    Encrypted,
    /// A template of a Helm chart, or another file with `{{` that is no YAML yet.
    Template,
    /// YAML without objects: values of a chart, settings of a tool.
    Other,
}

/// The names of a kustomization file, in kustomize's order.
pub const KUSTOMIZATION: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The last part of a path.
pub fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Reads one file. What is wrong with its YAML is a finding; templates are no YAML and have none.
pub fn read(path: &Arc<str>, text: &str, in_chart: bool) -> (File, Findings) {
    let empty = |role| File { role, objects: Vec::new(), documents: Vec::new() };
    if in_chart {
        return (empty(Role::Template), Findings::new());
    }
    let (documents, findings) = yaml::parse(path, text, &Limits::default());
    if findings.has_errors() && (text.contains("{{") || text.contains("{%")) {
        return (empty(Role::Template), Findings::new());
    }
    let documents: Vec<Arc<Node>> = documents.into_iter().filter(|d| !d.is_null()).collect();
    if KUSTOMIZATION.contains(&base_name(path)) {
        return (File { role: Role::Kustomization, objects: Vec::new(), documents }, findings);
    }
    let objects: Vec<Object> = documents.iter().flat_map(objects).collect();
    let role = match &objects[..] {
        [] => Role::Other,
        _ if documents.iter().any(|d| is_encrypted(d)) => Role::Encrypted,
        _ => Role::Manifest,
    };
    (File { role, objects, documents }, findings)
}

/// Whether SOPS wrote this: a trailing `sops` map with its checksum.
pub fn is_encrypted(document: &Node) -> bool {
    document.get("sops").is_some_and(|sops| sops.get("mac").is_some() || sops.get("lastmodified").is_some())
}

/// The objects of one document.
pub fn objects(document: &Arc<Node>) -> Vec<Object> {
    let named = |key: &str| document.get(key).and_then(|n| n.text()).is_some_and(|t| !t.is_empty());
    if !named("apiVersion") || !named("kind") {
        return Vec::new();
    }
    let kind = document.get("kind").and_then(|n| n.text()).unwrap_or_default();
    match document.get("items") {
        Some(items) if kind.ends_with("List") => items.items().iter().flat_map(objects).collect(),
        _ => vec![Object { value: value::of(document), source: document.clone() }],
    }
}
