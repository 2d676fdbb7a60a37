//! Changes that somebody makes to a domain's objects (`domains/<name>/patches/`): files of its kustomizations.

use super::manifests::documents;
use super::object::Object;
use super::settings::Settings;
use super::tree::PatchFile;
use super::unit::Input;
use super::{is_app, mounts::name_of};
use crate::diag::{Finding, Findings, Span};
use crate::model::Domain;
use crate::tree::kustomize::is_target;
use crate::yaml::Node;
use serde_json::Value;
use std::sync::Arc;

/// One patch, read.
#[derive(Debug, Clone)]
pub(super) struct Patch {
    /// The application environment that it is for; `None` for all.
    pub app: Option<String>,
    /// The file that it becomes.
    pub file: PatchFile,
    /// Where it says what it changes.
    span: Span,
    target: Target,
}

#[derive(Debug, Clone)]
enum Target {
    /// The object that a strategic merge patch names.
    Named { group: String, kind: String, name: String },
    /// A selector, as kustomize has it.
    Selected(Arc<Node>),
}

impl Patch {
    /// Whether it changes `object`.
    pub fn is_for(&self, object: &Object) -> bool {
        match &self.target {
            Target::Named { group, kind, name } => {
                object.api_version.rsplit_once('/').map_or("", |(g, _)| g) == group
                    && object.kind == *kind
                    && object.name == *name
            }
            Target::Selected(node) => {
                let object = crate::tree::Object { value: object.value.clone(), source: node.clone() };
                is_target(node, object)
            }
        }
    }
}

/// The patches of a domain, with what is wrong about their form.
pub(super) fn patches(
    input: &Input<'_>,
    settings: &Settings,
    domain: &Domain,
    out: &mut Findings,
) -> Vec<Patch> {
    let files = input.registry.patches.get(&domain.name.value).map(Vec::as_slice).unwrap_or_default();
    let mut all = Vec::new();
    for file in files {
        let below = file.path.split("/patches/").nth(1).unwrap_or_default();
        let (app, name) = below.split_once('/').map_or((None, below), |(app, name)| (Some(app), name));
        let known = app.is_none_or(|app| is_app(domain) && settings.apps.iter().any(|a| a.name == app));
        if !known {
            let app = app.unwrap_or_default();
            let message = format!("`{app}` is no application environment of {}", domain.name.value);
            let help =
                "name the folder after one of the environment's `apps`, or put the file into patches/ itself";
            out.push(Finding::error("MAN-003", &Span::file(file.path.clone()), message).help(help));
            continue;
        }
        let stem = name_of(name.trim_end_matches(".yaml").trim_end_matches(".yml"));
        let documents = documents(file, out);
        for (i, node) in documents.iter().enumerate() {
            let stem = if i == 0 { stem.clone() } else { format!("{stem}-{}", i + 1) };
            all.extend(read(app, stem, node, out));
        }
    }
    all
}

fn read(app: Option<&str>, name: String, node: &Arc<Node>, out: &mut Findings) -> Option<Patch> {
    let value = node.to_json();
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let app = app.map(str::to_owned);
    if let (Some(target), Some(patch)) = (node.get("target"), value.get("patch")) {
        let body = match patch {
            Value::String(text) => crate::yaml::parse(&node.span.file, text, &crate::yaml::Limits::default())
                .0
                .first()
                .map(|n| n.to_json())
                .unwrap_or_default(),
            other => other.clone(),
        };
        if !is_patch(&body) {
            let message = "`patch` is neither a list of operations nor a part of an object";
            let help = "write operations such as `{op: replace, path: /spec/replicas, value: 2}`";
            out.push(Finding::error("MAN-003", &node.span, message).help(help));
            return None;
        }
        let said = value["target"].clone();
        let file = PatchFile { name, target: Some(said), body };
        return Some(Patch {
            app,
            file,
            span: target.span.clone(),
            target: Target::Selected(target.clone()),
        });
    }
    let (Some(version), Some(kind), Some(object)) =
        (text("/apiVersion"), text("/kind"), text("/metadata/name"))
    else {
        let message = "this patch does not say what it changes";
        let help = "write `target: {kind: KIND, name: NAME}` and `patch: [OPERATION…]`, or apiVersion, kind and metadata.name";
        out.push(Finding::error("MAN-003", &node.span, message).help(help));
        return None;
    };
    let group = version.rsplit_once('/').map_or("", |(group, _)| group).to_owned();
    let span = node.at(&["metadata", "name"]).map_or(node.span.clone(), |n| n.span.clone());
    let file = PatchFile { name, target: None, body: value };
    Some(Patch { app, file, span, target: Target::Named { group, kind, name: object } })
}

/// Operations of JSON 6902, or a mapping to merge.
fn is_patch(body: &Value) -> bool {
    let operation = |item: &Value| item.get("op").is_some() && item.get("path").is_some();
    match body {
        Value::Array(items) => !items.is_empty() && items.iter().all(operation),
        Value::Object(map) => !map.is_empty(),
        _ => false,
    }
}

/// Patches that change nothing of `objects`, which are all that the domain has in one of its places.
pub(super) fn aimless(patches: &[&Patch], objects: &[&Object], out: &mut Findings) {
    for patch in patches.iter().filter(|p| !objects.iter().any(|o| p.is_for(o))) {
        let what = match &patch.target {
            Target::Named { kind, name, .. } => format!("{kind}/{name}"),
            Target::Selected(node) => node.to_json().to_string(),
        };
        let message = format!("the patch changes {what}, which the domain does not have");
        out.push(
            Finding::error("MAN-003", &patch.span, message).help("see what there is: foundry render --diff"),
        );
    }
}

/// The files of `patches`.
pub(super) fn files<'p>(patches: impl Iterator<Item = &'p Patch>) -> Vec<PatchFile> {
    patches.map(|p| p.file.clone()).collect()
}

/// The same where Flux substitutes variables: none of theirs is one.
pub(super) fn escaped(files: Vec<PatchFile>) -> Vec<PatchFile> {
    let escape = |file: PatchFile| PatchFile { body: super::flux::walk(file.body), ..file };
    files.into_iter().map(escape).collect()
}
