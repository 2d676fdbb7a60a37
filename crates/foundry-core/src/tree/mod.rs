//! Any GitOps repository as files: which objects it holds, what is built from where, and who refers to what.

pub mod argocd;
pub(crate) mod emit;
pub mod flux;
pub mod kustomize;
pub mod manifest;
pub mod object;
pub mod refs;
mod schema;
mod substitute;
mod unit;
pub mod value;
mod world;

pub use object::Object;
pub use schema::Schemas;
pub use substitute::{Known, Seen, substitute};
pub use unit::{Cluster, Reconciler, Unit};
pub use world::World;

use crate::diag::{Finding, Findings, Span};
use crate::load::{FileContent, Files};
use manifest::{File, Role};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A repository that was read.
#[derive(Debug, Default)]
pub struct Tree {
    /// Its YAML files by path.
    pub files: BTreeMap<Arc<str>, File>,
    /// What could not be read as YAML.
    pub findings: Findings,
    texts: BTreeMap<Arc<str>, Arc<str>>,
    folders: BTreeSet<String>,
}

impl Tree {
    /// Reads every YAML file; others are kept as text for generators.
    pub fn read(files: &Files) -> Tree {
        let mut tree = Tree::default();
        let mut charts: BTreeSet<String> = BTreeSet::new();
        for (path, content) in &files.entries {
            match content {
                FileContent::Text(text) => drop(tree.texts.insert(path.clone(), text.clone())),
                FileContent::Problem(problem) => {
                    let (message, help) = problem.explain();
                    let (message, help) =
                        (message.replace("registry", "repository"), help.replace("registry", "repository"));
                    if is_yaml(path) {
                        tree.findings
                            .push(Finding::error("FIL-001", &Span::file(path.clone()), message).help(help));
                    }
                }
            }
            if manifest::base_name(path) == "Chart.yaml" {
                charts.insert(format!("{}/", parent(path)).trim_start_matches('/').to_owned());
            }
            let mut folder = parent(path);
            while tree.folders.insert(folder.to_owned()) && !folder.is_empty() {
                folder = parent(folder);
            }
        }
        let in_chart = |path: &str| {
            charts
                .iter()
                .any(|c| path.strip_prefix(c.as_str()).is_some_and(|rest| rest.starts_with("templates/")))
        };
        let yaml: Vec<(&Arc<str>, &Arc<str>)> = tree.texts.iter().filter(|(p, _)| is_yaml(p)).collect();
        let read: Vec<(Arc<str>, File, Findings)> = yaml
            .into_par_iter()
            .map(|(path, text)| {
                let (file, findings) = manifest::read(path, text, in_chart(path));
                (path.clone(), file, findings)
            })
            .collect();
        for (path, file, findings) in read {
            tree.findings.extend(findings);
            tree.files.insert(path, file);
        }
        tree
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> Option<Arc<str>> {
        self.texts.get(path).cloned()
    }

    /// Whether there is a folder `path` (empty: the root) with files in or below it.
    pub fn has_folder(&self, path: &str) -> bool {
        self.folders.contains(path)
    }

    /// The folders with files in or below them.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.folders.iter().map(String::as_str)
    }

    /// The path and the document of a folder's kustomization.
    pub fn kustomization(&self, dir: &str) -> Option<(Arc<str>, Arc<crate::yaml::Node>)> {
        manifest::KUSTOMIZATION.iter().find_map(|name| {
            let path = if dir.is_empty() { (*name).to_owned() } else { format!("{dir}/{name}") };
            let (path, file) = self.files.get_key_value(path.as_str())?;
            (file.role == Role::Kustomization).then_some(())?;
            Some((path.clone(), file.documents.first()?.clone()))
        })
    }

    /// Every path that was read, YAML or not.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().map(|p| p.as_ref())
    }

    /// The YAML files in and below `dir`.
    pub fn below(&self, dir: &str) -> Vec<Arc<str>> {
        let prefix = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        let from = self
            .files
            .range::<str, _>((std::ops::Bound::Included(prefix.as_str()), std::ops::Bound::Unbounded));
        from.take_while(|(p, _)| p.starts_with(&prefix)).map(|(p, _)| p.clone()).collect()
    }

    /// Every object that stands in a file as it is, with the file's path.
    pub fn objects(&self) -> impl Iterator<Item = (&Arc<str>, &Object)> {
        self.files.iter().flat_map(|(path, file)| file.objects.iter().map(move |o| (path, o)))
    }
}

/// Whether a file's name says that it is YAML.
pub fn is_yaml(path: &str) -> bool {
    path.ends_with(".yaml") || path.ends_with(".yml") || manifest::base_name(path) == "Kustomization"
}

/// The folder of a path; empty for the root.
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

/// `relative` as seen from `dir`; `None` when it leads out of the tree.
pub fn join(dir: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = dir.split('/').filter(|p| !p.is_empty()).collect();
    if relative.starts_with('/') {
        return None;
    }
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
