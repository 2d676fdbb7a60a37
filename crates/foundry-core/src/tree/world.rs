//! A whole repository followed: its clusters, what belongs to none, and the order in which things come.

use super::unit::{Cluster, Reconciler, Unit};
use super::{Object, Tree, argocd, flux, kustomize};
use crate::yaml::{Kind, Node};
use rayon::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What was found in a repository.
#[derive(Debug)]
pub struct World {
    /// The files.
    pub tree: Tree,
    /// What reconcilers apply, and kustomizations that nobody applies (last, one cluster each).
    pub clusters: Vec<Cluster>,
    /// Files that some unit reads.
    pub used: BTreeSet<Arc<str>>,
    /// The address that Argo CD knows the repository by.
    pub address: Option<String>,
}

impl World {
    /// Follows everything in the tree.
    pub fn new(tree: Tree) -> World {
        let mut clusters = flux::clusters(&tree);
        clusters.extend(argocd::cluster(&tree));
        let mut used: BTreeSet<Arc<str>> = BTreeSet::new();
        for unit in clusters.iter().flat_map(|c| &c.units) {
            used.extend(unit.build.used.iter().cloned());
        }
        let alone = alone(&tree, &used);
        for unit in alone.iter().flat_map(|c| &c.units) {
            used.extend(unit.build.used.iter().cloned());
        }
        clusters.extend(alone);
        if clusters.is_empty() {
            clusters.extend(loose(&tree));
        }
        {
            let address = argocd::own_address(&tree);
            World { tree, clusters, used, address }
        }
    }

    /// Whether a reconciler's objects are in the tree.
    pub fn is_followed(&self) -> bool {
        self.units().any(|u| u.reconciler != Reconciler::Nobody)
    }

    /// Every unit of every cluster.
    pub fn units(&self) -> impl Iterator<Item = &Unit> {
        self.clusters.iter().flat_map(|c| &c.units)
    }

    /// The levels as text, one cluster after the other; empty when nothing is followed.
    pub fn levels(&self) -> Vec<(String, Vec<Vec<String>>)> {
        let followed = |c: &&Cluster| c.units.iter().any(|u| u.reconciler != Reconciler::Nobody);
        let levels = |cluster: &Cluster| {
            let deepest =
                cluster.units.iter().map(|u| u.level).filter(|l| *l != usize::MAX).max().unwrap_or(0);
            let mut rows = vec![Vec::new(); deepest + 1];
            for unit in cluster.units.iter().filter(|u| u.level != usize::MAX) {
                rows[unit.level].push(unit.title());
            }
            rows.iter_mut().for_each(|row| row.sort());
            (cluster.name.clone(), rows)
        };
        self.clusters.iter().filter(followed).map(levels).collect()
    }

    /// The levels as JSON.
    pub fn levels_json(&self) -> Value {
        let cluster = |(name, levels): (String, Vec<Vec<String>>)| json!({"cluster": name, "levels": levels});
        Value::Array(self.levels().into_iter().map(cluster).collect())
    }
}

/// Kustomizations that no unit and no other kustomization reads: one cluster each.
fn alone(tree: &Tree, used: &BTreeSet<Arc<str>>) -> Vec<Cluster> {
    let folders: Vec<(String, Arc<Node>)> = tree
        .files
        .keys()
        .filter(|path| kustomize::is_kustomization_file(path) && !used.contains(*path))
        .filter_map(|path| {
            let dir = super::parent(path);
            let (_, node) = tree.kustomization(dir)?;
            let component = node.get("kind").and_then(|k| k.text()) == Some("Component");
            (!component).then(|| (dir.to_owned(), node))
        })
        .collect();
    let built: Vec<Unit> = folders
        .into_par_iter()
        .map(|(dir, node)| {
            let mut unit = Unit::new(Reconciler::Nobody, Object { value: Value::Null, source: node });
            unit.build = Arc::new(kustomize::build(tree, &dir));
            unit.objects.clone_from(&unit.build.objects);
            unit.path = Some(dir);
            unit
        })
        .collect();
    let inner = |unit: &Unit| {
        let own = &unit.object.source.span.file;
        built.iter().any(|other| other.path != unit.path && other.build.used.contains(own))
    };
    let outer: Vec<&Unit> = built.iter().filter(|u| !inner(u)).collect();
    outer
        .into_iter()
        .map(|u| Cluster {
            name: u.path.clone().unwrap_or_default(),
            units: vec![u.clone()],
            ..Cluster::default()
        })
        .collect()
}

/// A tree without any reconciler or kustomization: its manifests as one unit.
fn loose(tree: &Tree) -> Option<Cluster> {
    let files: Vec<Arc<str>> = tree.files.keys().cloned().collect();
    let build = kustomize::plain(tree, &files);
    let file = files.first()?.clone();
    let node = Node { span: crate::diag::Span::file(file), tag: None, kind: Kind::Mapping(Vec::new()) };
    let mut unit = Unit::new(Reconciler::Nobody, Object { value: Value::Null, source: Arc::new(node) });
    unit.objects.clone_from(&build.objects);
    unit.build = Arc::new(build);
    unit.path = Some(String::new());
    Some(Cluster { name: String::new(), units: vec![unit], ..Cluster::default() })
}
