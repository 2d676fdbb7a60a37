//! Relative paths: what they lead to stays where it is, so they become absolute ones.

use super::Work;
use super::text::quoted;
use crate::diag::Span;
use crate::yaml::{Kind, Node};
use std::sync::Arc;

impl Work<'_> {
    /// Mounts, build contexts, and files of secrets and configs.
    pub(super) fn paths(&mut self) {
        for (_, service) in self.services() {
            for mount in service.get("volumes").map(|n| n.items().to_vec()).unwrap_or_default() {
                self.mount(&mount);
            }
            match service.get("build").filter(|n| !n.is_null()) {
                Some(build) if build.text().is_some() => self.path(build),
                Some(build) => {
                    match build.get("context") {
                        Some(context) => self.path(context),
                        None => self.without_context(build),
                    }
                    for entry in build.get("additional_contexts").map(|n| n.entries()).unwrap_or_default() {
                        self.path(&entry.value);
                    }
                }
                None => {}
            }
            if let Some(file) = service.get("label_file") {
                let all = if file.text().is_some() { vec![file.clone()] } else { file.items().to_vec() };
                all.iter().for_each(|file| self.path(file));
            }
        }
        for section in ["secrets", "configs"] {
            for entry in self.root.get(section).map(|n| n.entries()).unwrap_or_default() {
                if let Some(file) = entry.value.get("file") {
                    self.path(file);
                }
            }
        }
    }

    fn mount(&mut self, mount: &Arc<Node>) {
        if let Kind::Mapping(_) = mount.kind {
            if mount.get("type").and_then(|n| n.text()) == Some("bind")
                && let Some(source) = mount.get("source")
            {
                self.path(source);
            }
            return;
        }
        let Some(text) = mount.text() else { return };
        let (source, rest) = text.split_once(':').unwrap_or((text, ""));
        if source.starts_with('.') {
            let new = format!("{}:{rest}", self.absolute(source));
            self.moved(&mount.span, source);
            self.splices.put(&mount.span, quoted(&new));
        }
    }

    fn path(&mut self, node: &Arc<Node>) {
        let Some(text) = node.text() else { return };
        let elsewhere = text.starts_with(['/', '~', '$']) || text.contains("://") || text.starts_with("git@");
        let reference = ["service:", "target:", "docker-image:"].iter().any(|p| text.starts_with(p));
        if text.is_empty() || elsewhere || reference {
            return;
        }
        let new = self.absolute(text);
        self.moved(&node.span, text);
        self.splices.put(&node.span, quoted(&new));
    }

    /// A build section without a context means the project's folder.
    fn without_context(&mut self, build: &Arc<Node>) {
        let Some(first) = build.entries().first().map(|e| e.key.span.start as usize) else { return };
        let text = self.source.text;
        let line = text[..first].rfind('\n').map_or(0, |at| at + 1);
        let context = quoted(&escaped(self.source.folder));
        let new = match text[line..first].trim().is_empty() {
            true => format!("context: {context}\n{}", &text[line..first]),
            false => format!("context: {context}, "),
        };
        self.splices.insert(first, new);
    }

    fn moved(&mut self, span: &Span, was: &str) {
        self.note(span, format!("{was} stays where it is, in {}", self.source.folder));
    }

    /// The absolute path, safe from Compose and from the template engine.
    pub(super) fn absolute(&self, path: &str) -> String {
        // What the file says is in Compose's own writing already.
        let full = format!("{}/{path}", escaped(self.source.folder));
        super::text::verbatim(&crate::compose::clean_path(&full))
    }
}

/// A text of ours in Compose's writing.
fn escaped(text: &str) -> String {
    text.replace('$', "$$")
}
