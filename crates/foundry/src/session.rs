//! What every command begins with: the options, the registry's folder and what was read from it.

use crate::cli::Global;
use crate::ui::{Sources, Ui};
use foundry_core::diag::Findings;
use foundry_core::load::env::looks_secret;
use foundry_core::load::{FileContent, Files, MARKER, did_you_mean, load};
use foundry_core::model::{Environment, Registry};
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::files::{find_root, read_one, read_registry};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One run of the program.
pub struct Session {
    /// Where to print.
    pub ui: Ui,
    global: Global,
}

/// A registry that was read: its values and what is wrong with its files.
pub struct Loaded {
    /// The folder, canonical.
    pub root: PathBuf,
    /// The files as read.
    pub files: Files,
    /// What they say.
    pub registry: Registry,
    /// What is wrong with their form.
    pub findings: Findings,
}

/// Leaves a large value to the end of the process, which is near: to take it apart would be a tenth of a run.
pub fn until_exit<T>(value: T) {
    std::mem::forget(value);
}

impl Session {
    /// A run with these options.
    pub fn new(global: Global, ui: Ui) -> Session {
        Session { ui, global }
    }

    /// The registry's folder.
    pub fn root(&self) -> Result<PathBuf> {
        find_root(self.global.registry.as_deref(), Path::new("."))
    }

    /// Reads the registry.
    pub fn load(&self) -> Result<Loaded> {
        let root = self.root()?;
        let files = read_registry(&root)?;
        let (registry, findings) = load(&files);
        Ok(Loaded { root, files, registry, findings })
    }

    /// Reads which domains there are and how they relate, and nothing else; stops when that has an error in its form.
    pub fn load_relations(&self) -> Result<Loaded> {
        let root = self.root()?;
        let files = read_one(&root, MARKER);
        let (registry, findings) = load(&files);
        self.valid(Loaded { root, files, registry, findings })
    }

    /// Reads the registry and stops when a file has an error in its form.
    pub fn load_valid(&self) -> Result<Loaded> {
        self.valid(self.load()?)
    }

    fn valid(&self, mut loaded: Loaded) -> Result<Loaded> {
        if loaded.findings.has_errors() {
            return Err(self.refuse(&loaded.sources(), &mut loaded.findings));
        }
        Ok(loaded)
    }

    /// Prints the errors among `findings` and gives the failure that stands for them.
    pub fn refuse(&self, sources: &Sources, findings: &mut Findings) -> Error {
        findings.retain(|f| f.severity == foundry_core::diag::Severity::Error);
        findings.sort();
        let count = findings.iter().count();
        self.ui.complain_findings(findings, sources);
        let plural = if count == 1 { "" } else { "s" };
        Error::new(Kind::Findings, format!("{count} error{plural} in the registry; nothing was changed"))
            .hint("see all of them with `foundry validate`")
    }
}

impl Loaded {
    /// Texts for drawing findings.
    pub fn sources(&self) -> Sources {
        self.files
            .entries
            .iter()
            .filter_map(|(path, content)| match content {
                // Places in a vault are places in its plain text, which is not for drawing.
                FileContent::Text(text) if foundry_core::vault::is_vault(text) => None,
                FileContent::Text(text) => Some((path.clone(), self.drawable(path, text))),
                FileContent::Problem(_) => None,
            })
            .collect()
    }

    /// A file's text without the secrets that an env file holds.
    fn drawable(&self, path: &str, text: &Arc<str>) -> Arc<str> {
        let registry = &self.registry;
        let env = registry.base.iter().chain(registry.overrides.values()).chain(&registry.host_env);
        match { env }.find(|file| &*file.path == path) {
            Some(file) => file.drawable(text, looks_secret).into(),
            None => text.clone(),
        }
    }

    /// The environment called `name`, or the only one there is.
    pub fn environment(&self, name: Option<&str>) -> Result<&Environment> {
        let all = &self.registry.environments;
        let names = || all.iter().map(|e| e.name.as_str()).collect::<Vec<_>>().join(", ");
        let Some(name) = name else {
            return match all.as_slice() {
                [only] => Ok(only),
                [] => Err(Error::new(Kind::Usage, "the registry declares no environment")
                    .hint("make config-registry/env/overrides/dev.env, or declare one in config-registry/env/environments.yml")),
                _ => Err(Error::new(Kind::Usage, format!("which environment? There are {}", names()))
                    .hint("name one with --env NAME, or set FOUNDRY_ENV")),
            };
        };
        self.registry.environment(name).ok_or_else(|| {
            let error = Error::new(Kind::Usage, format!("there is no environment `{name}`; there are: {}", names()));
            match did_you_mean(name, all.iter().map(|e| e.name.as_str())) {
                Some(near) => error.hint(format!("say --env {near}, if that is what you mean")),
                None => error.hint(format!(
                    "declare it in config-registry/env/environments.yml, or make config-registry/env/overrides/{name}.env"
                )),
            }
        })
    }

    /// The name of a declared domain, or an error with the nearest one.
    pub fn check_domain(&self, name: &str) -> Result<()> {
        if self.registry.domain(name).is_some() {
            return Ok(());
        }
        let error = Error::new(Kind::Usage, format!("there is no domain `{name}`"));
        let names = || self.registry.domains.iter().map(|d| d.name.value.as_str());
        Err(match did_you_mean(name, names()) {
            Some(near) => error.hint(format!("write {near}, if that is what you mean")),
            None if self.registry.domains.is_empty() => {
                error.hint("none is declared yet: declare one with `foundry domain add NAME`")
            }
            None => error.hint(format!("choose one of: {}", names().collect::<Vec<_>>().join(", "))),
        })
    }
}
