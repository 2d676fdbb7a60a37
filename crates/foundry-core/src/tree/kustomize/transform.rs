//! The fields of a kustomization that change objects, in kustomize's order.

use super::super::object::Object;
use super::super::value;
use super::fields::{self, REPLICATED, write_pairs};
use super::images::{self, Image};
use super::resource::{Resource, child, metadata};
use super::select::{Selector, pairs};
use super::{Builder, json6902, patch, replace};
use crate::diag::Span;
use crate::yaml::{Kind, Node};
use serde_json::Value;
use std::sync::Arc;

impl Builder<'_> {
    /// Applies patches, namespace, names, labels, annotations, replicas, images and replacements of `node`.
    pub(super) fn transform(&mut self, dir: &str, node: &Arc<Node>, mut all: Vec<Resource>) -> Vec<Resource> {
        let list = |key: &str| node.get(key).map(|n| n.items().to_vec()).unwrap_or_default();
        for entry in list("patchesStrategicMerge") {
            let text = entry.text().unwrap_or_default();
            let inline = text.contains('\n') || text.trim_start().starts_with('{');
            let (path, inline) = if inline { (None, Some(&*entry)) } else { (Some(&*entry), None) };
            if let Some((documents, span)) = self.documents(dir, path, inline) {
                documents.iter().for_each(|d| self.merge_patch(d, None, &span, None, true, &mut all));
            }
        }
        for entry in list("patches") {
            self.patch(dir, &entry, &mut all);
        }
        self.namespace(node, &mut all);
        self.affix(node, &mut all);
        self.labels(node, &mut all);
        let annotations = pairs(node.get("commonAnnotations"));
        if !annotations.is_empty() {
            all.iter_mut().for_each(|r| write_pairs(&mut r.object, &annotations, &fields::annotations()));
        }
        for entry in list("patchesJson6902") {
            self.patch(dir, &entry, &mut all);
        }
        for entry in list("replicas") {
            self.replicas(&entry, &mut all);
        }
        for entry in list("images").iter().chain(&list("imageTags")) {
            let number = ["newTag", "name", "newName", "digest"].iter().find_map(|key| {
                let node = entry.get(key)?;
                matches!(value::of(node), Value::Number(_) | Value::Bool(_))
                    .then(|| (*key, node.span.clone()))
            });
            if let Some((key, span)) = number {
                self.broken(&span, format!("`{key}` takes a string: write it in quotes"));
                continue;
            }
            let text = |key: &str| entry.get(key).and_then(|n| n.text()).unwrap_or_default().to_owned();
            let image = Image {
                name: text("name"),
                new_name: text("newName"),
                new_tag: text("newTag"),
                digest: text("digest"),
                tag_suffix: text("tagSuffix"),
            };
            let objects = all.iter_mut().filter(|r| r.object.kind() != "CustomResourceDefinition");
            objects.for_each(|r| images::apply(&mut r.object.value, &image));
        }
        for entry in list("replacements") {
            self.replacement(dir, &entry, &mut all);
        }
        all
    }

    fn replacement(&mut self, dir: &str, entry: &Arc<Node>, all: &mut [Resource]) {
        let documents = match entry.get("path") {
            Some(path) => self.documents(dir, Some(path), None).map(|(d, _)| d).unwrap_or_default(),
            None => vec![entry.clone()],
        };
        let single = |d: &Arc<Node>| if d.items().is_empty() { vec![d.clone()] } else { d.items().to_vec() };
        for replacement in documents.iter().flat_map(single) {
            if let Err(message) = replace::apply(all, &replacement) {
                self.broken(&super::place(entry, &["source"]), message);
            }
        }
    }

    fn patch(&mut self, dir: &str, entry: &Arc<Node>, all: &mut Vec<Resource>) {
        let inline = entry.get("patch").filter(|n| n.text().is_some_and(|t| !t.trim().is_empty()));
        let path = entry.get("path").filter(|_| inline.is_none());
        let Some((documents, span)) = self.documents(dir, path.map(|n| &**n), inline.map(|n| &**n)) else {
            return;
        };
        let target = match entry.get("target").map(|t| Selector::read(t)).transpose() {
            Ok(target) => target,
            Err(message) => return self.broken(&super::place(entry, &["target"]), message),
        };
        for document in &documents {
            match (&document.kind, &target) {
                (Kind::Sequence(_), None) => {
                    self.broken(&span, "a JSON patch needs a `target`");
                }
                (Kind::Sequence(_), Some(target)) => self.json_patch(document, target, &span, all),
                _ => {
                    let options = entry.get("options").map(|o| &**o);
                    self.merge_patch(document, target.as_ref(), &span, options, target.is_some(), all);
                }
            }
        }
    }

    fn json_patch(&mut self, patch: &Node, target: &Selector, span: &Span, all: &mut [Resource]) {
        for resource in all.iter_mut().filter(|r| target.selects(r)) {
            resource.remember();
            if let Err(message) = json6902::apply(&mut resource.object.value, patch) {
                self.broken(span, format!("{}: {message}", resource.object.title()));
            }
        }
    }

    fn merge_patch(
        &mut self,
        document: &Arc<Node>,
        target: Option<&Selector>,
        span: &Span,
        options: Option<&Node>,
        as_text: bool,
        all: &mut Vec<Resource>,
    ) {
        let mut patch = Resource::new(Object { value: value::of(document), source: document.clone() });
        if as_text {
            label_texts(&mut patch, document);
        }
        let id = patch.id();
        let selected: Vec<usize> = match target {
            Some(target) => (0..all.len()).filter(|i| target.selects(&all[*i])).collect(),
            None => (0..all.len()).filter(|i| all[*i].any_id().any(|is| is == id)).collect(),
        };
        if target.is_none() && selected.len() != 1 {
            let what = patch.object.title();
            let message = match selected.len() {
                0 => format!("the patch for {what} finds no such object"),
                n => format!("the patch for {what} finds {n} objects"),
            };
            return self.broken(span, message);
        }
        let may = |key: &str| options.and_then(|o| o.get(key)).and_then(|n| n.bool()) == Some(true);
        let (rename, change_kind) = (may("allowNameChange"), may("allowKindChange"));
        for at in selected {
            let resource = &mut all[at];
            if rename || change_kind {
                resource.remember();
            }
            let old = resource.object.clone();
            let mut change = patch.object.value.clone();
            if target.is_some() {
                change["apiVersion"] = old.api_version().into();
            }
            resource.object.value = match patch::merge_object(&old, &change) {
                Some(merged) => merged,
                None => Value::Object(serde_json::Map::new()),
            };
            if resource.is_empty() {
                continue;
            }
            if !change_kind {
                resource.object.value["kind"] = old.kind().into();
            }
            if !rename {
                resource.set_name(old.name());
            }
            set_namespace(&mut resource.object.value, old.namespace());
        }
        all.retain(|r| !r.is_empty());
    }

    fn namespace(&mut self, node: &Node, all: &mut [Resource]) {
        // A Flux object calls it by another name.
        let Some(named) = node.get("namespace").or_else(|| node.get("targetNamespace")) else { return };
        let Some(name) = named.text().filter(|n| !n.is_empty()) else { return };
        for at in 0..all.len() {
            let resource = &mut all[at];
            resource.remember();
            if !resource.is_cluster_scoped() {
                set_namespace(&mut resource.object.value, name);
            }
            if resource.object.kind() == "Namespace" && resource.object.api_version() == "v1" {
                resource.set_name(name);
            }
            for field in fields::namespaces() {
                if !field.selects(&resource.object) {
                    continue;
                }
                field.each(&mut resource.object.value, &Value::from(""), &mut |v| *v = name.into());
            }
            if matches!(resource.object.kind(), "RoleBinding" | "ClusterRoleBinding")
                && let Some(Value::Array(subjects)) = resource.object.value.get_mut("subjects")
            {
                for subject in
                    subjects.iter_mut().filter(|s| s.get("name").and_then(Value::as_str) == Some("default"))
                {
                    subject["namespace"] = name.into();
                }
            }
            let id = all[at].id();
            if all.iter().filter(|r| r.id() == id).count() > 1 {
                let message = format!("two objects become {} in namespace {name}", all[at].object.title());
                self.broken(&named.span, message);
            }
        }
    }

    fn affix(&mut self, node: &Node, all: &mut [Resource]) {
        let text = |key: &str| node.get(key).and_then(|n| n.text()).unwrap_or_default();
        for (affix, before) in [(text("namePrefix"), true), (text("nameSuffix"), false)] {
            if affix.is_empty() {
                continue;
            }
            for resource in all.iter_mut() {
                let original = resource.original();
                let skipped = matches!(original.kind.as_str(), "CustomResourceDefinition" | "Namespace")
                    || (original.kind == "APIService" && original.group == "apiregistration.k8s.io");
                if skipped {
                    continue;
                }
                let name = resource.object.name();
                let new = if before { format!("{affix}{name}") } else { format!("{name}{affix}") };
                let list = if before { &mut resource.prefixes } else { &mut resource.suffixes };
                list.push(affix.to_owned());
                resource.remember();
                resource.set_name(&new);
            }
        }
    }

    fn labels(&mut self, node: &Node, all: &mut [Resource]) {
        for entry in node.get("labels").map_or(&[][..], |n| n.items()) {
            let said = |key: &str| entry.get(key).and_then(|n| n.bool()) == Some(true);
            let mut fields = match (said("includeSelectors"), said("includeTemplates")) {
                (true, _) => fields::selectors(),
                (false, true) => fields::templates(),
                (false, false) => fields::metadata_labels(),
            };
            for field in entry.get("fields").map_or(&[][..], |n| n.items()) {
                let text = |key: &str| field.get(key).and_then(|n| n.text()).unwrap_or_default().to_owned();
                fields.push(fields::Field {
                    group: text("group"),
                    version: text("version"),
                    kind: text("kind"),
                    path: text("path"),
                    create: field.get("create").and_then(|n| n.bool()) == Some(true),
                });
            }
            let labels = pairs(entry.get("pairs"));
            all.iter_mut().for_each(|r| write_pairs(&mut r.object, &labels, &fields));
        }
        let common = pairs(node.get("commonLabels"));
        if !common.is_empty() {
            let fields = fields::selectors();
            all.iter_mut().for_each(|r| write_pairs(&mut r.object, &common, &fields));
        }
        // A Flux object's labels and annotations for everything that it applies.
        if let Some(meta) = node.get("commonMetadata") {
            for (key, texts) in
                [("labels", pairs(meta.get("labels"))), ("annotations", pairs(meta.get("annotations")))]
            {
                for resource in all.iter_mut() {
                    for (k, v) in &texts {
                        child(metadata(&mut resource.object.value), key).insert(k.clone(), v.as_str().into());
                    }
                }
            }
        }
    }

    fn replicas(&mut self, entry: &Arc<Node>, all: &mut [Resource]) {
        let name = entry.get("name").and_then(|n| n.text()).unwrap_or_default();
        let count = entry.get("count").and_then(|n| n.int()).unwrap_or_default();
        let mut found = false;
        for resource in all.iter_mut() {
            if resource.any_id().any(|id| id.name == name && REPLICATED.contains(&id.kind.as_str())) {
                found = true;
                child(super::resource::as_map(&mut resource.object.value), "spec")
                    .insert("replicas".into(), count.into());
            }
        }
        if !found {
            self.broken(&super::place(entry, &["name"]), format!("no object called `{name}` has replicas"));
        }
    }
}

fn set_namespace(value: &mut Value, namespace: &str) {
    let meta = metadata(value);
    match namespace {
        "" => drop(meta.shift_remove("namespace")),
        name => drop(meta.insert("namespace".into(), name.into())),
    }
}

/// kustomize copies a patch's labels and annotations as text before it merges: `null` becomes a word.
fn label_texts(patch: &mut Resource, document: &Node) {
    for key in ["labels", "annotations"] {
        let Some(written) = document.get("metadata").and_then(|m| m.get(key)) else { continue };
        for entry in written.entries() {
            if let (Some(name), Some(text)) = (entry.key.text(), entry.value.text()) {
                child(metadata(&mut patch.object.value), key).insert(name.to_owned(), text.into());
            }
        }
    }
}
