//! Follows Argo CD: which Application applies which folder, and in which wave.

use super::kustomize;
use super::object::Object;
use super::unit::{Cluster, Reconciler, Unit};
use super::{Tree, join, parent};
use crate::diag::Span;
use regex::Regex;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The API group of Applications.
pub const GROUP: &str = "argoproj.io";

/// The annotation that carries a wave.
pub const WAVE: &str = "argocd.argoproj.io/sync-wave";

/// Whether the object is an Application.
pub fn is_application(object: &Object) -> bool {
    object.is(GROUP, "Application")
}

/// One entry of `spec.source` or `spec.sources`, with its path in the object.
pub struct Source<'o> {
    /// Its fields.
    pub value: &'o Value,
    /// Where it stands.
    pub at: Vec<String>,
}

impl Source<'_> {
    /// The text under `key`; empty when there is none.
    pub fn text(&self, key: &str) -> &str {
        self.value.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// The place of `key`.
    pub fn span(&self, object: &Object, key: &str) -> Span {
        let path: Vec<&str> = self.at.iter().map(String::as_str).chain([key]).collect();
        object.span(&path)
    }
}

/// The sources of an Application.
pub fn sources(object: &Object) -> Vec<Source<'_>> {
    let single = object.get(&["spec", "source"]).filter(|s| s.is_object());
    let single = single.map(|value| Source { value, at: vec!["spec".into(), "source".into()] });
    let many = object.list(&["spec", "sources"]).iter().enumerate();
    let many =
        many.map(|(i, value)| Source { value, at: vec!["spec".into(), "sources".into(), i.to_string()] });
    single.into_iter().chain(many).collect()
}

/// The wave of an object; 0 when none is said.
pub fn wave(object: &Object) -> i64 {
    object.annotation(WAVE).and_then(|w| w.trim().parse().ok()).unwrap_or(0)
}

/// The address of the repository that is looked at: the one from which most folders come that are there.
pub fn own_address(tree: &Tree) -> Option<String> {
    let mut count: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (_, object) in tree.objects().filter(|(_, o)| is_application(o)) {
        for source in sources(object).iter().filter(|s| s.text("chart").is_empty()) {
            let entry = count.entry(source.text("repoURL").to_owned()).or_default();
            let there = join("", source.text("path")).is_some_and(|p| !p.is_empty() && tree.has_folder(&p));
            entry.0 += usize::from(there);
            entry.1 += 1;
        }
    }
    count.into_iter().filter(|(_, (there, _))| *there > 0).max_by_key(|(_, n)| *n).map(|(url, _)| url)
}

/// Every Application of the tree as one cluster; `None` without any.
pub fn cluster(tree: &Tree) -> Option<Cluster> {
    let own = own_address(tree);
    let mut units: Vec<Unit> = Vec::new();
    for (_, object) in tree.objects().filter(|(_, o)| is_application(o)) {
        let mut unit = Unit::new(Reconciler::Argo, object.clone());
        for source in sources(object) {
            let local = source.text("chart").is_empty() && Some(source.text("repoURL")) == own.as_deref();
            let path = join("", source.text("path")).filter(|p| local && tree.has_folder(p));
            if let Some(path) = path.filter(|_| !source.text("path").is_empty()) {
                unit.build = Arc::new(built(tree, &source, &path));
                unit.path = Some(path);
            }
        }
        unit.objects.clone_from(&unit.build.objects);
        let namespace = object.text(&["spec", "destination", "namespace"]);
        for object in unit.objects.iter_mut().filter(|o| o.namespace().is_empty() && !namespace.is_empty()) {
            if !super::object::cluster_scoped(object.group(), object.kind()) && object.value.is_object() {
                object.value["metadata"]["namespace"] = namespace.into();
            }
        }
        units.push(unit);
    }
    if units.is_empty() {
        return None;
    }
    let parents: Vec<Option<usize>> = units
        .iter()
        .map(|unit| {
            let mine = |o: &Object| Arc::ptr_eq(&o.source, &unit.object.source);
            units.iter().position(|p| {
                p.build.objects.iter().any(mine) && !Arc::ptr_eq(&p.object.source, &unit.object.source)
            })
        })
        .collect();
    for (unit, parent) in units.iter_mut().zip(parents) {
        unit.parent = parent;
    }
    let mut cluster = Cluster { name: "argocd".into(), units, ..Cluster::default() };
    by_wave(&mut cluster);
    Some(cluster)
}

/// Levels are the waves that occur, in order: nothing else makes Applications wait.
fn by_wave(cluster: &mut Cluster) {
    let mut waves: Vec<i64> = cluster.units.iter().map(|u| wave(&u.object)).collect();
    waves.sort_unstable();
    waves.dedup();
    for unit in &mut cluster.units {
        unit.level = waves.binary_search(&wave(&unit.object)).unwrap_or(0);
    }
}

fn built(tree: &Tree, source: &Source<'_>, path: &str) -> kustomize::Build {
    if tree.kustomization(path).is_some() {
        return kustomize::build(tree, path);
    }
    let directory = |key: &str| source.value.get("directory").and_then(|d| d.get(key));
    let recurse = directory("recurse").and_then(Value::as_bool) == Some(true);
    let glob = |key: &str| directory(key).and_then(Value::as_str).and_then(pattern);
    let (include, exclude) = (glob("include"), glob("exclude"));
    let wanted = |file: &Arc<str>| {
        let relative = file.strip_prefix(path).unwrap_or(file).trim_start_matches('/');
        (recurse || parent(file) == path)
            && include.as_ref().is_none_or(|p| p.is_match(relative))
            && exclude.as_ref().is_none_or(|p| !p.is_match(relative))
    };
    let files: Vec<Arc<str>> = tree.below(path).into_iter().filter(wanted).collect();
    kustomize::plain(tree, &files)
}

/// A glob as Argo CD reads it: `*`, `?`, `{a,b}`, and `**` across folders.
fn pattern(glob: &str) -> Option<Regex> {
    let mut text = String::from("^");
    let mut depth = 0;
    for c in glob.chars() {
        match c {
            '*' => text.push_str(".*"),
            '?' => text.push('.'),
            '{' => {
                depth += 1;
                text.push_str("(?:");
            }
            '}' if depth > 0 => {
                depth -= 1;
                text.push(')');
            }
            ',' if depth > 0 => text.push('|'),
            c => text.push_str(&regex::escape(&c.to_string())),
        }
    }
    text.push('$');
    Regex::new(&text).ok()
}
