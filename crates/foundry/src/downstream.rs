//! What follows from a change of the registry: the generated files that will be different, by rendering both.

use crate::session::{Loaded, Session};
use foundry_core::load::env::resolve;
use foundry_core::render::{metadata, render};
use std::collections::{BTreeMap, BTreeSet};

/// Generated files that a change reaches.
pub struct Downstream {
    /// Their paths, sorted.
    pub files: Vec<String>,
    /// Whether some could not be rendered without the vault's password.
    incomplete: bool,
}

/// Compares what both registries render to, in every environment, the vault closed.
pub fn downstream(before: &Loaded, after: &Loaded) -> Downstream {
    let mut files = BTreeSet::new();
    let (old, new) = (metadata_of(before), metadata_of(after));
    files.extend(differing(&old, &new).map(|domain| format!("domains/{domain}/metadata.yml")));
    let mut incomplete = false;
    for environment in &after.registry.environments {
        let rendered = |loaded: &Loaded| {
            let (env, _) = resolve(&loaded.registry, &environment.name, None, &[]);
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
            session.ui.note("Not compared: files that cannot be rendered while the vault is closed.");
        }
    }
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
