//! Changes to the user's files: shown as a diff, checked as a whole, then written one by one.

use crate::session::{Loaded, Session};
use crate::ui::unified;
use foundry_core::diag::{Findings, Severity};
use foundry_core::edit::{Change, Refused, change_yaml};
use foundry_core::load::{FileContent, Files, load};
use foundry_core::render::metadata::generate;
use foundry_runtime::clock::now_utc;
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::files::{Mode, ensure_dir, git_state, write_in_place};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// `config-registry/env/domains.yml`.
pub const DOMAINS: &str = "config-registry/env/domains.yml";
/// `config-registry/env/ports.yml`.
pub const PORTS: &str = "config-registry/env/ports.yml";
/// `config-registry/env/networks.yml`.
pub const NETWORKS: &str = "config-registry/env/networks.yml";
/// `config-registry/env/base.env`.
pub const BASE: &str = "config-registry/env/base.env";

/// New texts for files of a registry, by path; nothing is written yet.
#[derive(Clone)]
pub struct Rewrite<'a> {
    loaded: &'a Loaded,
    new: BTreeMap<String, String>,
}

impl<'a> Rewrite<'a> {
    /// No change yet.
    pub fn of(loaded: &'a Loaded) -> Rewrite<'a> {
        Rewrite { loaded, new: BTreeMap::new() }
    }

    /// The text of a file with the changes so far; empty where there is none.
    pub fn text(&self, path: &str) -> Result<String> {
        if let Some(new) = self.new.get(path) {
            return Ok(new.clone());
        }
        match self.loaded.files.entries.get(path) {
            Some(FileContent::Text(text)) => Ok(text.to_string()),
            Some(FileContent::Problem(problem)) => {
                let (why, hint) = problem.explain();
                Err(Error::new(Kind::Findings, format!("{path}: {why}")).hint(hint))
            }
            None => Ok(String::new()),
        }
    }

    /// Puts a text in place of a file's.
    pub fn put(&mut self, path: &str, text: String) {
        self.new.insert(path.to_owned(), text);
    }

    /// Changes a YAML file.
    pub fn yaml(&mut self, path: &str, changes: &[Change]) -> Result<()> {
        let text = change_yaml(path, &self.text(path)?, changes).map_err(refused)?;
        self.put(path, text);
        Ok(())
    }

    /// The paths that change, in order.
    pub fn changed(&self) -> Vec<&str> {
        self.new
            .iter()
            .filter(|(path, text)| self.old(path) != text.as_str())
            .map(|(p, _)| p.as_str())
            .collect()
    }

    /// The registry as it will be.
    pub fn outcome(&self) -> Loaded {
        let mut files = Files { folder: self.loaded.files.folder.clone(), ..Files::default() };
        files.tracked.clone_from(&self.loaded.files.tracked);
        files.entries.clone_from(&self.loaded.files.entries);
        for (path, text) in &self.new {
            files.entries.insert(Arc::from(path.as_str()), FileContent::Text(Arc::from(text.as_str())));
        }
        let (registry, findings) = load(&files);
        Loaded { root: self.loaded.root.clone(), files, registry, findings }
    }

    /// Refuses when the form of a file would have an error that it has not now.
    pub fn check(&self, session: &Session) -> Result<()> {
        let after = self.outcome();
        let known: Vec<(&str, &str)> =
            self.loaded.findings.iter().map(|f| (f.rule, f.message.as_str())).collect();
        let mut fresh = Findings::new();
        let is_new = |rule: &str, message: &str| !known.contains(&(rule, message));
        for finding in
            after.findings.iter().filter(|f| f.severity == Severity::Error && is_new(f.rule, &f.message))
        {
            fresh.push(finding.clone());
        }
        if fresh.iter().next().is_none() {
            return Ok(());
        }
        Err(session.refuse(&after.sources(), &mut fresh))
    }

    /// Renews the metadata of every domain whose metadata was up to date, and makes that of new ones: what was in
    /// order before the change is so after it.
    pub fn follow_metadata(&mut self) {
        let loaded = self.loaded;
        self.renew_metadata(|name| loaded.registry.domain(name).is_none() || is_current(loaded, name));
    }

    /// Renews the metadata of the domains that are chosen.
    pub fn renew_metadata(&mut self, chosen: impl Fn(&str) -> bool) {
        let after = self.outcome();
        let (time, commit) = (now_utc(), git_state(&self.loaded.root).map(|s| s.commit).unwrap_or_default());
        for domain in after.registry.domains.iter().filter(|d| !d.managed_externally) {
            let name = &domain.name.value;
            if chosen(name) && !is_current(&after, name) {
                let text = generate(&after.registry, domain).text(&time, &commit);
                self.put(&format!("domains/{name}/metadata.yml"), text);
            }
        }
    }

    /// Whether there is a file, on disk or new.
    pub fn exists(&self, path: &str) -> bool {
        self.new.contains_key(path) || self.loaded.root.join(path).symlink_metadata().is_ok()
    }

    /// The diff for a terminal.
    pub fn diff(&self) -> String {
        self.diff_where(|_| true)
    }

    /// The diff of some files for a terminal.
    pub fn diff_where(&self, chosen: impl Fn(&str) -> bool) -> String {
        let one = |path: &&str| unified(path, path, self.old(path), &self.new[*path]);
        self.changed().iter().filter(|path| chosen(path)).map(one).collect()
    }

    /// The changed files for `--json`.
    pub fn json(&self) -> Value {
        let diff = |path: &str| {
            anstream::adapter::strip_str(&unified(path, path, self.old(path), &self.new[path])).to_string()
        };
        self.changed().into_iter().map(|path| json!({"file": path, "diff": diff(path)})).collect()
    }

    /// Writes what changes, the list of domains last: a domain is there once everything of it is.
    pub fn write(&self) -> Result<()> {
        let (last, first): (Vec<&str>, Vec<&str>) = self.changed().into_iter().partition(|p| *p == DOMAINS);
        for path in first.into_iter().chain(last) {
            let full = self.loaded.root.join(path);
            ensure_dir(full.parent().unwrap_or(Path::new(".")))?;
            let mode = if self.new[path].starts_with("#!") { Mode::Program } else { Mode::Public };
            write_in_place(&full, self.new[path].as_bytes(), mode)?;
        }
        Ok(())
    }

    fn old(&self, path: &str) -> &str {
        match self.loaded.files.entries.get(path) {
            Some(FileContent::Text(text)) => text,
            _ => "",
        }
    }
}

/// A refusal of the editor as an error.
pub fn refused(refused: Refused) -> Error {
    Error::new(Kind::Refused, refused.reason).hint(refused.by_hand)
}

/// Whether the committed metadata of a domain says what would be generated.
pub fn is_current(loaded: &Loaded, name: &str) -> bool {
    let registry = &loaded.registry;
    let committed = registry.metadata.get(name);
    registry
        .domain(name)
        .zip(committed)
        .is_some_and(|(domain, file)| generate(registry, domain).matches(&file.text))
}
