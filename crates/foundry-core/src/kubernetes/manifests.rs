//! Objects that somebody wrote beside a domain (`domains/<name>/manifests/*.yaml`): taken into its base as they are.

use super::object::Object;
use super::settings::Settings;
use super::unit::Input;
use super::{is_app, namespaces_of};
use crate::diag::{Finding, Findings};
use crate::model::{Domain, TextFile};
use crate::tree::Schemas;
use crate::tree::object::cluster_scoped;
use crate::yaml::{Limits, Node, parse};
use serde_json::{Value, json};
use std::sync::Arc;

/// One of them: as it will be applied, and where it stands.
pub(super) struct Written {
    pub object: Object,
    pub node: Arc<Node>,
}

/// The objects beside a domain, with what is wrong about them.
pub(super) fn manifests(
    input: &Input<'_>,
    settings: &Settings,
    domain: &Domain,
    out: &mut Findings,
) -> Vec<Written> {
    let files = input.registry.manifests.get(&domain.name.value).map(Vec::as_slice).unwrap_or_default();
    let mut all = Vec::new();
    for file in files {
        for node in documents(file, out) {
            all.extend(one(settings, domain, node, out));
        }
    }
    fields(input, &all, out);
    all
}

/// The documents of a file; its findings are put into `out`.
pub(super) fn documents(file: &TextFile, out: &mut Findings) -> Vec<Arc<Node>> {
    let (documents, findings) = parse(&file.path, &file.text, &Limits::default());
    out.extend(findings);
    documents.into_iter().filter(|node| !node.to_json().is_null()).collect()
}

fn one(settings: &Settings, domain: &Domain, node: Arc<Node>, out: &mut Findings) -> Option<Written> {
    let value = node.to_json();
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
    let (Some(version), Some(kind), Some(name)) =
        (text("/apiVersion"), text("/kind"), text("/metadata/name"))
    else {
        let message = "this document is no object: apiVersion, kind or metadata.name is missing";
        out.push(Finding::error("MAN-001", &node.span, message).help("write one object for each document"));
        return None;
    };
    let group = version.rsplit_once('/').map_or("", |(group, _)| group);
    let spaces = namespaces_of(domain, settings, None);
    let elsewhere = |space: &&str| cluster_scoped(group, kind) || spaces != [*space];
    if let Some(space) = text("/metadata/namespace").filter(elsewhere) {
        let message =
            format!("{kind}/{name} lies in {space}, and {} in {}", domain.name.value, spaces.join(", "));
        let span = node.at(&["metadata", "namespace"]).map_or(&node.span, |n| &n.span);
        let help = "remove the namespace: the domain's is added, or put the object beside the domain that lives there";
        out.push(Finding::error("MAN-001", span, message).help(help));
    }
    if cluster_scoped(group, kind) && is_app(domain) && settings.apps.len() > 1 {
        let message = format!("{kind}/{name} would have an owner in each of {} namespaces", spaces.len());
        out.push(
            Finding::error("MAN-001", &node.span, message)
                .help("put it beside a domain of the infrastructure or the platform, which is there once"),
        );
    }
    if group.is_empty()
        && kind == "Secret"
        && (value.get("data").is_some() || value.get("stringData").is_some())
    {
        let message = format!("Secret/{name} has its values in Git");
        out.push(Finding::error("MAN-002", &node.span, message).help(
            "write an ExternalSecret, or let the domain's templates use the value: they become references",
        ));
    }
    let (version, kind, name) = (version.to_owned(), kind.to_owned(), name.to_owned());
    Some(Written { object: labelled(domain, &version, &kind, &name, value), node })
}

/// With the labels that everything of a domain has; what is written wins.
fn labelled(domain: &Domain, version: &str, kind: &str, name: &str, mut value: Value) -> Object {
    let ours = json!({
        "app.kubernetes.io/name": name.get(..name.len().min(63)).unwrap_or(name),
        "app.kubernetes.io/part-of": domain.name.value,
        "app.kubernetes.io/managed-by": "foundry",
    });
    let metadata = &mut value["metadata"];
    if let Some(map) = metadata.as_object_mut() {
        map.shift_remove("namespace");
    }
    for (key, label) in ours.as_object().into_iter().flatten() {
        if metadata["labels"].get(key).is_none() {
            metadata["labels"][key] = label.clone();
        }
    }
    Object {
        api_version: version.to_owned(),
        kind: kind.to_owned(),
        name: name.to_owned(),
        namespace: None,
        value,
    }
}

/// What Kubernetes and the common extensions would not take. CRDs beside any domain count, too.
fn fields(input: &Input<'_>, all: &[Written], out: &mut Findings) {
    if all.is_empty() {
        return;
    }
    let object = |node: Arc<Node>| crate::tree::Object { value: node.to_json(), source: node };
    let mut definitions = Vec::new();
    for file in
        input.registry.manifests.values().flatten().filter(|f| f.text.contains("CustomResourceDefinition"))
    {
        definitions.extend(documents(file, &mut Findings::new()).into_iter().map(object));
    }
    let schemas = Schemas::new(definitions.iter());
    for written in all {
        let object = object(written.node.clone());
        let title = format!("{}/{}", written.object.kind, written.object.name);
        let Some(wrong) = schemas.check(&object) else {
            let message = format!("{title}: nobody here knows the kind {}", written.object.api_version);
            out.push(
                Finding::warning("MAN-001", &written.node.span, message)
                    .help("correct apiVersion and kind, or put the CustomResourceDefinition beside the domain that brings it"),
            );
            continue;
        };
        for (wrong, _) in wrong {
            let mut finding =
                Finding::error("MAN-001", &object.span(&wrong.path), format!("{title}: {}", wrong.message));
            finding.help = wrong.help;
            out.push(finding);
        }
    }
}

/// Objects that are generated as well: each has one owner.
pub(super) fn owned(written: &[Written], generated: &[Object], out: &mut Findings) {
    for (i, one) in written.iter().enumerate() {
        let same = |o: &Object| o.kind == one.object.kind && o.name == one.object.name;
        let title = format!("{}/{}", one.object.kind, one.object.name);
        if generated.iter().any(same) {
            let message = format!("{title} is generated from the Compose file as well");
            out.push(Finding::error("MAN-001", &one.node.span, message).help(
                "change what is generated with a file in domains/NAME/patches, or name yours otherwise",
            ));
        } else if written[..i].iter().any(|other| same(&other.object)) {
            let message = format!("{title} is written twice");
            out.push(Finding::error("MAN-001", &one.node.span, message).help("remove one of the two"));
        }
    }
}
