//! What follows from a change of the registry: the generated files that will be different, by rendering both.

use crate::session::{Loaded, Session};
use foundry_core::diag::Span;
use foundry_core::load::env::resolve;
use foundry_core::model::{EnvFile, EnvLine, LayerKind};
use foundry_core::render::{metadata, render};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Generated files that a change reaches.
pub struct Downstream {
    /// Their paths, sorted.
    pub files: Vec<String>,
    /// Whether some cannot be rendered.
    incomplete: bool,
}

/// Compares what both registries render to, in every environment. The vault stays closed: something else stands in for
/// its values, the same on both sides.
pub fn downstream(before: &Loaded, after: &Loaded) -> Downstream {
    let mut files = BTreeSet::new();
    let (old, new) = (metadata_of(before), metadata_of(after));
    files.extend(differing(&old, &new).map(|domain| format!("domains/{domain}/metadata.yml")));
    let mut incomplete = false;
    for environment in &after.registry.environments {
        let rendered = |loaded: &Loaded| {
            let closed = loaded.registry.vault.as_ref().map(|file| stand_ins(loaded, &file.path));
            let (env, _) = resolve(&loaded.registry, &environment.name, closed.as_ref(), &[]);
            let (artifacts, findings) = render(&loaded.registry, &environment.name, &env);
            let files = artifacts.files.into_iter().map(|f| (f.full_path(), f.content.expose().to_owned()));
            (files.collect::<BTreeMap<String, String>>(), findings.has_errors())
        };
        let ((old, _), (new, failed)) = (rendered(before), rendered(after));
        incomplete |= failed;
        files.extend(differing(&old, &new).map(|path| format!("generated/{path}")));
    }
    Downstream { files: files.into_iter().collect(), incomplete }
}

impl Downstream {
    /// Prints them.
    pub fn say(&self, session: &Session) {
        if !self.files.is_empty() {
            session.ui.print(format!("downstream: {}", self.files.join(", ")));
        }
        if self.incomplete {
            session.ui.note("Not compared: files that cannot be rendered (see foundry validate).");
        }
    }
}

/// A value for every name in capitals that a template uses and no open layer sets.
fn stand_ins(loaded: &Loaded, path: &Arc<str>) -> EnvFile {
    let registry = &loaded.registry;
    let open = registry.base.iter().chain(registry.overrides.values()).chain(&registry.host_env);
    let known: BTreeSet<&str> = open.flat_map(|file| &file.lines).map(|line| line.key.as_str()).collect();
    let values = registry
        .base
        .iter()
        .chain(registry.overrides.values())
        .flat_map(|f| &f.lines)
        .map(|l| l.value.as_str());
    let folders =
        registry.templates.values().chain(registry.includes.values()).chain([&registry.machine_templates]);
    let texts = folders.flatten().map(|template| template.text.as_ref()).chain(values);
    let is_name = |word: &&str| {
        let capitals = word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        capitals
            && word.starts_with(|c: char| c.is_ascii_uppercase())
            && *word != "ENV"
            && !word.starts_with("PORT_")
    };
    let words =
        texts.flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')).filter(is_name);
    let names: BTreeSet<&str> = words.filter(|word| !known.contains(word)).collect();
    let span = || Span::file(path.clone());
    let line = |name: &str| EnvLine {
        key: name.to_owned(),
        value: "x".to_owned(),
        key_span: span(),
        value_span: span(),
    };
    EnvFile { path: path.clone(), kind: LayerKind::Vault, lines: names.into_iter().map(line).collect() }
}

fn metadata_of(loaded: &Loaded) -> BTreeMap<String, String> {
    let registry = &loaded.registry;
    let one = |d: &foundry_core::model::Domain| {
        (d.name.value.clone(), metadata::generate(registry, d).stable_text())
    };
    registry.domains.iter().map(one).collect()
}

fn differing<'a>(
    old: &'a BTreeMap<String, String>,
    new: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = &'a String> {
    let changed = new.iter().filter(|(path, text)| old.get(*path) != Some(text)).map(|(path, _)| path);
    changed.chain(old.keys().filter(|path| !new.contains_key(*path)))
}
