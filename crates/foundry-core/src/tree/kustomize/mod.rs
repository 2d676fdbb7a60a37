//! Builds kustomizations as kustomize does, without it: same objects, same order, same bytes.

mod fields;
mod generate;
mod images;
mod json6902;
mod names;
mod order;
mod patch;
mod replace;
mod resource;
mod select;
mod sources;
mod transform;

use super::manifest::{self, Role};
use super::object::{Object, place};
use super::{Tree, emit};
use crate::diag::Span;
use crate::load::did_you_mean;
use crate::yaml::Node;
use resource::{Id, Resource};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// What a build came to.
#[derive(Debug, Default, Clone)]
pub struct Build {
    /// The objects in kustomize's order.
    pub objects: Vec<Object>,
    /// What kept it from being complete.
    pub faults: Vec<Fault>,
    /// The files that it read.
    pub used: BTreeSet<Arc<str>>,
}

impl Build {
    /// The objects as `kubectl kustomize` prints them.
    pub fn text(&self) -> String {
        emit::stream(self.objects.iter().map(|o| &o.value))
    }

    /// Whether nothing is missing from it.
    pub fn is_complete(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Why a build is not complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it is said.
    pub span: Span,
    /// A lowercase fragment.
    pub message: String,
    /// What kind of fault it is.
    pub kind: FaultKind,
}

/// Kinds of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// kustomize refuses it too.
    Broken,
    /// It may be right: it lies elsewhere, or needs a program.
    NotChecked,
    /// A component that is not there, or leads out of the repository.
    Component,
}

/// How deep bases may refer to bases.
const DEEPEST: usize = 40;

/// Fields of a kustomization that are followed.
const FIELDS: [&str; 23] = [
    "apiVersion",
    "kind",
    "metadata",
    "resources",
    "bases",
    "components",
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "namespace",
    "namePrefix",
    "nameSuffix",
    "labels",
    "commonLabels",
    "commonAnnotations",
    "images",
    "imageTags",
    "replicas",
    "configMapGenerator",
    "secretGenerator",
    "generatorOptions",
    "replacements",
    "sortOptions",
];

/// Fields that need a program or a network, or that kustomize itself gives up.
const NOT_FOLLOWED: [(&str, &str); 12] = [
    ("helmCharts", "charts are not inflated"),
    ("helmChartInflationGenerator", "charts are not inflated"),
    ("helmGlobals", "charts are not inflated"),
    ("vars", "vars are given up by kustomize; use replacements"),
    ("generators", "plug-ins are not run"),
    ("transformers", "plug-ins are not run"),
    ("validators", "plug-ins are not run"),
    ("configurations", "configurations of transformers are not read"),
    ("crds", "field specifications of CRDs are not read"),
    ("openapi", "another OpenAPI schema is not read"),
    ("buildMetadata", "annotations about the origin are not added"),
    ("inventory", "inventories are given up by kustomize"),
];

/// Whether the selector `target` of a patch is for `object`; one that is no selector is for none.
pub fn is_target(target: &Node, object: Object) -> bool {
    select::Selector::read(target).is_ok_and(|selector| selector.selects(&Resource::new(object)))
}

/// Builds the folder `dir` of the tree, which has a kustomization.
pub fn build(tree: &Tree, dir: &str) -> Build {
    let mut builder = Builder::new(tree);
    let Some((path, node)) = tree.kustomization(dir) else { return Build::default() };
    builder.out.used.insert(path);
    let resources = builder.accumulate(dir, &node, Vec::new());
    builder.finish(resources, node.get("sortOptions").map(|n| &**n))
}

/// Builds the folder `dir` as Flux does: with its kustomization or, without one, with every manifest below it;
/// then what the Flux object's `spec` says.
pub fn build_for_flux(tree: &Tree, dir: &str, spec: &Arc<Node>) -> Build {
    let mut builder = Builder::new(tree);
    let resources = match tree.kustomization(dir) {
        Some((path, node)) => {
            builder.out.used.insert(path);
            builder.accumulate(dir, &node, Vec::new())
        }
        None => builder.everything(dir),
    };
    let resources = builder.components(dir, spec, resources);
    let resources = builder.transform(dir, spec, resources);
    builder.finish(resources, None)
}

/// Builds the files `paths` as they are, as Argo CD does with a plain folder.
pub fn plain(tree: &Tree, paths: &[Arc<str>]) -> Build {
    let mut builder = Builder::new(tree);
    for path in paths {
        let Some(file) = tree.files.get(path) else { continue };
        builder.out.used.insert(path.clone());
        builder.out.objects.extend(file.objects.iter().cloned());
    }
    builder.out
}

struct Builder<'t> {
    tree: &'t Tree,
    out: Build,
    depth: usize,
}

impl<'t> Builder<'t> {
    fn new(tree: &'t Tree) -> Self {
        Builder { tree, out: Build::default(), depth: 0 }
    }

    fn fault(&mut self, span: &Span, kind: FaultKind, message: impl Into<String>) {
        self.out.faults.push(Fault { span: span.clone(), message: message.into(), kind });
    }

    fn broken(&mut self, span: &Span, message: impl Into<String>) {
        self.fault(span, FaultKind::Broken, message);
    }

    fn finish(mut self, mut resources: Vec<Resource>, sort: Option<&Node>) -> Build {
        for resource in resources.iter_mut().filter(|r| r.hash) {
            resource.remember();
            let name = format!("{}-{}", resource.object.name(), generate::suffix(&resource.object));
            resource.set_name(&name);
        }
        if let Err(message) = names::follow(&mut resources) {
            let span = resources.first().map_or_else(|| Span::file(""), |r| r.object.place());
            self.broken(&span, message);
        }
        resources.retain(|r| {
            r.object.annotation("config.kubernetes.io/local-config").is_none_or(|v| v == "false")
        });
        order::sort(&mut resources, sort);
        self.out.objects = resources.into_iter().map(|r| r.object).collect();
        self.out
    }

    /// Every manifest below `dir`; a folder with a kustomization stands for itself.
    fn everything(&mut self, dir: &str) -> Vec<Resource> {
        let mut found = Vec::new();
        for path in self.tree.below(dir) {
            let mut own = super::parent(&path);
            let mut covering = None;
            while own.len() >= dir.len() {
                if self.tree.kustomization(own).is_some() {
                    covering = Some(own.to_owned());
                }
                if own == dir || own.is_empty() {
                    break;
                }
                own = super::parent(own);
            }
            match covering {
                Some(folder) => {
                    let Some((file, node)) = self.tree.kustomization(&folder) else { continue };
                    if file == path {
                        self.out.used.insert(file);
                        found.extend(self.accumulate(&folder, &node, Vec::new()));
                    }
                }
                None => self.file(&path, &mut found),
            }
        }
        let mut all = Vec::new();
        self.append(&mut all, found);
        all
    }

    fn file(&mut self, path: &Arc<str>, found: &mut Vec<Resource>) {
        let Some(file) = self.tree.files.get(path) else { return };
        if matches!(file.role, Role::Manifest | Role::Encrypted) {
            self.out.used.insert(path.clone());
            found.extend(file.objects.iter().cloned().map(Resource::new));
        }
    }

    /// Adds objects; one that is already there is a fault, as it is for kustomize.
    fn append(&mut self, all: &mut Vec<Resource>, more: Vec<Resource>) {
        let mut known: HashSet<Id> = all.iter().map(Resource::id).collect();
        for new in more {
            if known.insert(new.id()) {
                all.push(new);
            } else {
                let message = format!("{} comes twice in one build", new.object.title());
                self.broken(&new.object.place(), message);
            }
        }
    }

    /// The objects of a kustomization, over those of its parent when it is a component.
    fn accumulate(&mut self, dir: &str, node: &Arc<Node>, parent: Vec<Resource>) -> Vec<Resource> {
        self.depth += 1;
        if self.depth > DEEPEST {
            self.broken(&node.span, "the kustomization refers to itself");
            self.depth -= 1;
            return parent;
        }
        self.unknown_fields(node);
        let mut resources = parent;
        let mut found = Vec::new();
        for key in ["resources", "bases"] {
            for entry in node.get(key).map(|n| n.items().to_vec()).unwrap_or_default() {
                if let Some(text) = entry.text() {
                    found.extend(self.resource(dir, text, &entry.span));
                }
            }
        }
        self.append(&mut resources, found);
        self.generators(dir, node, &mut resources);
        let resources = self.components(dir, node, resources);
        let resources = self.transform(dir, node, resources);
        self.depth -= 1;
        resources
    }

    fn unknown_fields(&mut self, node: &Arc<Node>) {
        for entry in node.entries() {
            let key = entry.key.text().unwrap_or_default();
            if let Some((_, why)) = NOT_FOLLOWED.iter().find(|(field, _)| *field == key) {
                self.fault(&entry.key.span, FaultKind::NotChecked, format!("`{key}`: {why}"));
            } else if !FIELDS.contains(&key) {
                let near = did_you_mean(key, FIELDS);
                let hint = near.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
                self.broken(&entry.key.span, format!("a kustomization has no field `{key}`{hint}"));
            }
        }
    }

    fn resource(&mut self, dir: &str, entry: &str, span: &Span) -> Vec<Resource> {
        if is_remote(entry) {
            self.fault(span, FaultKind::NotChecked, format!("`{entry}` lies in another repository"));
            return Vec::new();
        }
        let Some(path) = super::join(dir, entry) else {
            self.broken(span, format!("`{entry}` leads out of the repository"));
            return Vec::new();
        };
        if let Some((file, node)) = self.tree.kustomization(&path) {
            if path == dir {
                self.broken(span, "the kustomization refers to itself");
                return Vec::new();
            }
            self.out.used.insert(file);
            return self.accumulate(&path, &node, Vec::new());
        }
        let path: Arc<str> = Arc::from(path);
        let Some(file) = self.tree.files.get(&path) else {
            let message = match self.tree.below(&path).is_empty() {
                true => format!("there is no file or folder `{entry}`"),
                false => format!("the folder `{entry}` has no kustomization.yaml"),
            };
            self.broken(span, message);
            return Vec::new();
        };
        match file.role {
            Role::Template | Role::Kustomization => {
                self.broken(span, format!("`{entry}` holds no Kubernetes objects"));
            }
            Role::Other if !file.documents.is_empty() => {
                self.broken(span, format!("`{entry}` holds no Kubernetes objects"));
            }
            _ => {}
        }
        self.out.used.insert(path.clone());
        file.objects.iter().cloned().map(Resource::new).collect()
    }
}

/// Whether an entry of `resources` is an address rather than a path.
pub fn is_remote(entry: &str) -> bool {
    let host = entry.split(['/', ':']).next().unwrap_or_default();
    entry.contains("://")
        || entry.starts_with("git@")
        || entry.contains("?ref=")
        || entry.contains(".git//")
        || ["github.com", "gitlab.com", "bitbucket.org", "codeberg.org"].contains(&host)
}

/// Whether a document is a patch list, a kustomization or anything else that is no object: for rules about files.
pub fn is_kustomization_file(path: &str) -> bool {
    manifest::KUSTOMIZATION.contains(&manifest::base_name(path))
}
