//! Follows Flux: which Kustomization applies which folder, what is substituted, and who waits for whom.

use super::kustomize::{self, Build};
use super::object::Object;
use super::substitute::{Known, Seen, substitute};
use super::unit::{Cluster, Reconciler, Unit};
use super::{Tree, emit, join, value};
use crate::diag::Span;
use crate::yaml::{self, Node};
use rayon::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// The API group of Flux's Kustomizations.
pub const GROUP: &str = "kustomize.toolkit.fluxcd.io";

/// Fields of a Flux Kustomization that change what is built.
const BUILDING: [&str; 9] = [
    "path",
    "targetNamespace",
    "namePrefix",
    "nameSuffix",
    "patches",
    "images",
    "components",
    "commonMetadata",
    "patchesStrategicMerge",
];

/// How deep Kustomizations may apply Kustomizations.
const DEEPEST: usize = 20;

/// Whether the object is a Flux Kustomization.
pub fn is_kustomization(object: &Object) -> bool {
    object.is(GROUP, "Kustomization")
}

/// The folder that a Kustomization applies; `None` when it leads out of the tree or comes from elsewhere.
pub fn path_of(object: &Object) -> Option<String> {
    join("", object.text(&["spec", "path"]).trim_start_matches('/'))
}

/// One cluster per root: a Kustomization that no other one applies.
pub fn clusters(tree: &Tree) -> Vec<Cluster> {
    let raw: Vec<&Object> = tree.objects().map(|(_, o)| o).filter(|o| is_kustomization(o)).collect();
    let builds: Vec<(String, Arc<Build>)> =
        raw.par_iter().map(|o| (key(o), Arc::new(built(tree, o)))).collect();
    let mut read_by: HashMap<&Arc<str>, Vec<usize>> = HashMap::new();
    for (at, (_, build)) in builds.iter().enumerate() {
        build.used.iter().for_each(|file| read_by.entry(file).or_default().push(at));
    }
    let mut roots = Vec::new();
    for (at, object) in raw.iter().enumerate() {
        let file = &object.source.span.file;
        let readers = read_by.get(file).map_or(&[][..], Vec::as_slice);
        if readers.is_empty() || readers.contains(&at) {
            roots.push(*object);
        }
    }
    drop(read_by);
    if roots.is_empty() {
        roots.clone_from(&raw);
    }
    let mut cache: HashMap<String, Arc<Build>> = builds.into_iter().collect();
    let mut clusters = Vec::new();
    for root in roots {
        let mut cluster = Cluster { name: path_of(root).unwrap_or_default(), ..Cluster::default() };
        add(
            tree,
            root.clone(),
            None,
            0,
            &mut Followed { builds: &mut cache, units: HashSet::new() },
            &mut cluster,
        );
        clusters.push(cluster);
    }
    let mut clusters = joined(clusters);
    clusters.par_iter_mut().for_each(|cluster| {
        substitute_all(cluster);
        depend(cluster);
        cluster.order();
    });
    clusters
}

/// Roots whose files lie in one folder belong to one cluster: that of several Kustomizations applied by hand.
fn joined(clusters: Vec<Cluster>) -> Vec<Cluster> {
    let mut by_folder: Vec<(String, Cluster)> = Vec::new();
    for cluster in clusters {
        let Some(root) = cluster.units.first() else { continue };
        let folder = super::parent(&root.object.source.span.file).trim_end_matches("/flux-system").to_owned();
        match by_folder.iter_mut().find(|(f, _)| *f == folder) {
            None => by_folder.push((folder.clone(), Cluster { name: folder, ..cluster })),
            Some((_, into)) => {
                let offset = into.units.len();
                into.units.extend(cluster.units.into_iter().map(|mut unit| {
                    unit.parent = unit.parent.map(|p| p + offset);
                    unit
                }));
            }
        }
    }
    by_folder.into_iter().map(|(_, cluster)| cluster).collect()
}

fn key(object: &Object) -> String {
    let parts: Vec<String> = BUILDING
        .iter()
        .map(|field| object.get(&["spec", field]).map(Value::to_string).unwrap_or_default())
        .collect();
    parts.join("\n")
}

fn built(tree: &Tree, object: &Object) -> Build {
    let Some(path) = path_of(object).filter(|p| tree.has_folder(p)) else { return Build::default() };
    let (documents, _) =
        yaml::parse(&object.source.span.file, &emit::emit(&object.value), &yaml::Limits::default());
    let spec = documents.first().and_then(|d| d.get("spec").cloned());
    let empty = || {
        Arc::new(Node { span: object.source.span.clone(), tag: None, kind: yaml::Kind::Mapping(Vec::new()) })
    };
    let mut build = kustomize::build_for_flux(tree, &path, &spec.unwrap_or_else(empty));
    // Places in the object's own fields are those of a copy: the object's path stands for them.
    for fault in build.faults.iter_mut().filter(|f| f.span.file == object.source.span.file) {
        fault.span = object.span(&["spec", "path"]);
    }
    build
}

/// What following one cluster has met.
struct Followed<'b> {
    builds: &'b mut HashMap<String, Arc<Build>>,
    /// Namespace and name of its units.
    units: HashSet<(String, String)>,
}

fn add(
    tree: &Tree,
    object: Object,
    parent: Option<usize>,
    depth: usize,
    followed: &mut Followed<'_>,
    cluster: &mut Cluster,
) {
    let me = (object.namespace().to_owned(), object.name().to_owned());
    if depth > DEEPEST || !followed.units.insert(me) {
        return;
    }
    let build = followed.builds.entry(key(&object)).or_insert_with(|| Arc::new(built(tree, &object))).clone();
    let mut unit = Unit::new(Reconciler::Flux, object);
    unit.path = path_of(&unit.object).filter(|p| tree.has_folder(p));
    unit.build = build.clone();
    unit.parent = parent;
    let at = cluster.units.len();
    cluster.units.push(unit);
    for child in build.objects.iter().filter(|o| is_kustomization(o)) {
        add(tree, child.clone(), Some(at), depth + 1, followed, cluster);
    }
}

/// Variables by the ConfigMap or Secret that holds them.
type Sources = BTreeMap<(String, String, String), BTreeMap<String, Known>>;

fn substitute_all(cluster: &mut Cluster) {
    let mut sources = Sources::new();
    for object in cluster.units.iter().flat_map(|u| &u.build.objects) {
        if matches!(object.kind(), "ConfigMap" | "Secret") && object.group().is_empty() {
            let key = (object.kind().to_owned(), object.namespace().to_owned(), object.name().to_owned());
            sources.insert(key, variables_of(object));
        }
    }
    cluster.units.par_iter_mut().for_each(|unit| substitute_unit(unit, &sources));
}

fn variables_of(object: &Object) -> BTreeMap<String, Known> {
    let encrypted = super::manifest::is_encrypted(&object.source);
    let mut all = BTreeMap::new();
    for field in ["data", "stringData"] {
        for (name, text) in object.get(&[field]).and_then(Value::as_object).into_iter().flatten() {
            let hidden = encrypted || (field == "data" && object.kind() == "Secret");
            let known = match text.as_str().filter(|t| !hidden && !t.contains("${")) {
                Some(text) => Known::Text(text.to_owned()),
                None => Known::Hidden,
            };
            all.insert(name.clone(), known);
        }
    }
    all
}

fn substitute_unit(unit: &mut Unit, sources: &Sources) {
    let post = unit.object.get(&["spec", "postBuild"]).cloned().unwrap_or_default();
    for (at, source) in post.get("substituteFrom").and_then(Value::as_array).into_iter().flatten().enumerate()
    {
        let text = |key: &str| source.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (kind, name) = (text("kind"), text("name"));
        let namespace = unit.object.namespace().to_owned();
        let exact = sources.get(&(kind.clone(), namespace, name.clone()));
        // The namespace may come from a layer that is not in the tree: the name has to do then.
        let found =
            exact.or_else(|| sources.iter().find(|((k, _, n), _)| *k == kind && *n == name).map(|(_, v)| v));
        match found {
            Some(found) => unit.variables.extend(found.iter().map(|(k, v)| (k.clone(), v.clone()))),
            None => {
                let place =
                    unit.object.span(&["spec", "postBuild", "substituteFrom", &at.to_string(), "name"]);
                let optional = source.get("optional").and_then(Value::as_bool) == Some(true);
                unit.missing_sources.push((kind, name, place, optional));
            }
        }
    }
    for (name, text) in post.get("substitute").and_then(Value::as_object).into_iter().flatten() {
        let text = text.as_str().map_or_else(|| text.to_string(), str::to_owned);
        unit.variables.insert(name.clone(), Known::Text(text));
    }
    let substitutes = !unit.variables.is_empty() || !unit.missing_sources.is_empty();
    unit.objects = Vec::with_capacity(unit.build.objects.len());
    for object in &unit.build.objects {
        let disabled = "kustomize.toolkit.fluxcd.io/substitute";
        let off = [object.annotation(disabled), object.label(disabled)].contains(&Some("disabled"));
        if !substitutes || off || !has_dollar(&object.value) {
            unit.objects.push(object.clone());
            continue;
        }
        let mut seen = Seen::default();
        let text = substitute(&emit::emit(&object.value), &unit.variables, &mut seen);
        unit.seen.push((object.place(), seen));
        let (documents, findings) = yaml::parse(&Arc::from("substituted"), &text, &yaml::Limits::default());
        match documents.first().filter(|d| !findings.has_errors() && d.get("kind").is_some()) {
            Some(document) => {
                unit.objects.push(Object { value: value::of(document), source: object.source.clone() });
            }
            None => {
                let why = findings.iter().next().map(|f| f.message.clone()).unwrap_or_default();
                unit.spoiled.push((object.place(), format!("{}: {why}", object.title())));
            }
        }
    }
}

fn has_dollar(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("${"),
        Value::Array(items) => items.iter().any(has_dollar),
        Value::Object(map) => map.iter().any(|(k, v)| k.contains("${") || has_dollar(v)),
        _ => false,
    }
}

/// `spec.dependsOn` of a Kustomization: namespace, name and place.
pub fn dependencies(object: &Object) -> Vec<(String, String, Span)> {
    let list = object.list(&["spec", "dependsOn"]);
    let entry = |(at, entry): (usize, &Value)| {
        let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let namespace = match text("namespace") {
            n if n.is_empty() => object.namespace().to_owned(),
            n => n,
        };
        (namespace, text("name"), object.span(&["spec", "dependsOn", &at.to_string(), "name"]))
    };
    list.iter().enumerate().map(entry).collect()
}

fn depend(cluster: &mut Cluster) {
    let names: HashMap<(String, String), usize> = cluster
        .units
        .iter()
        .enumerate()
        .map(|(at, u)| ((u.object.namespace().to_owned(), u.object.name().to_owned()), at))
        .collect();
    for unit in &mut cluster.units {
        let found =
            dependencies(&unit.object).into_iter().filter_map(|(ns, n, _)| names.get(&(ns, n)).copied());
        unit.depends_on = found.collect();
    }
}
