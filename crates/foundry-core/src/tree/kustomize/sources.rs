//! What a kustomization reads besides its resources: generators, components and patches.

use super::resource::{Behavior, Resource};
use super::{Builder, FaultKind, generate, is_remote};
use crate::diag::Span;
use crate::tree::object::place;
use crate::yaml::Node;
use std::sync::Arc;

impl Builder<'_> {
    pub(super) fn generators(&mut self, dir: &str, node: &Arc<Node>, resources: &mut Vec<Resource>) {
        let global = node.get("generatorOptions");
        for (field, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
            for entry in node.get(field).map(|n| n.items().to_vec()).unwrap_or_default() {
                let mut used = Vec::new();
                let found = {
                    let used = std::cell::RefCell::new(&mut used);
                    generate::generate(kind, &entry, global, &|name| {
                        let path = crate::tree::join(dir, name)
                            .ok_or_else(|| format!("`{name}` leads out of the repository"))?;
                        used.borrow_mut().push(Arc::from(path.as_str()));
                        self.tree.text(&path).ok_or_else(|| format!("there is no text file `{name}`"))
                    })
                };
                self.out.used.extend(used);
                match found {
                    Ok(new) => self.absorb(new, resources),
                    Err(message) => self.broken(&place(&entry, &["name"]), message),
                }
            }
        }
    }

    /// Adds a generated object, or puts it over the one of its name.
    fn absorb(&mut self, mut new: Resource, resources: &mut Vec<Resource>) {
        let id = new.id();
        let old = resources.iter().position(|r| r.any_id().any(|i| i == id));
        let span = new.object.source.span.clone();
        match (old, new.behavior) {
            (None, Behavior::Create) => resources.push(new),
            (None, _) => {
                self.broken(&span, format!("there is no {} to merge with or replace", new.object.title()))
            }
            (Some(_), Behavior::Create) => {
                let message =
                    format!("{} is already there: say `behavior: merge` or `replace`", new.object.title());
                self.broken(&span, message);
            }
            (Some(at), _) => {
                generate::merge_over(&mut new, &resources[at]);
                new.behavior = resources[at].behavior;
                resources[at] = new;
            }
        }
    }

    pub(super) fn components(
        &mut self,
        dir: &str,
        node: &Arc<Node>,
        mut resources: Vec<Resource>,
    ) -> Vec<Resource> {
        for entry in node.get("components").map(|n| n.items().to_vec()).unwrap_or_default() {
            let Some(text) = entry.text() else { continue };
            if is_remote(text) {
                self.fault(
                    &entry.span,
                    FaultKind::NotChecked,
                    format!("`{text}` lies in another repository"),
                );
                continue;
            }
            let found =
                crate::tree::join(dir, text).and_then(|path| Some((self.tree.kustomization(&path)?, path)));
            match found {
                Some(((file, component), path))
                    if component.get("kind").and_then(|k| k.text()) == Some("Component") =>
                {
                    self.out.used.insert(file);
                    resources = self.accumulate(&path, &component, resources);
                }
                Some(_) => {
                    self.broken(&entry.span, format!("`{text}` is no component: its kind is not Component"))
                }
                None => {
                    self.fault(&entry.span, FaultKind::Component, format!("there is no component `{text}`"))
                }
            }
        }
        resources
    }

    /// The documents of a patch or an inline text.
    pub(super) fn documents(
        &mut self,
        dir: &str,
        path: Option<&Node>,
        inline: Option<&Node>,
    ) -> Option<(Vec<Arc<Node>>, Span)> {
        if let Some(node) = path {
            let name = node.text().unwrap_or_default();
            let found =
                crate::tree::join(dir, name).and_then(|p| Some((Arc::from(p.as_str()), self.tree.text(&p)?)));
            let Some((file, text)) = found else {
                self.broken(&node.span, format!("there is no file `{name}`"));
                return None;
            };
            self.out.used.insert(Arc::clone(&file));
            let known = self.tree.files.get(&file).map(|f| f.documents.clone());
            let documents = known.filter(|d| !d.is_empty()).unwrap_or_else(|| parse(&file, &text));
            return Some((documents, node.span.clone()));
        }
        let node = inline?;
        let documents = parse(&node.span.file, node.text().unwrap_or_default());
        Some((documents, node.span.clone()))
    }
}

fn parse(file: &Arc<str>, text: &str) -> Vec<Arc<Node>> {
    let (documents, _) = crate::yaml::parse(file, text, &crate::yaml::Limits::default());
    documents.into_iter().filter(|d| !d.is_null()).collect()
}
