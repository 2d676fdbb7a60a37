//! The registry: everything that the declarative files say, each value with its place.

use super::{Domain, DomainPorts, Environment, Network};
use crate::diag::Span;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A repository's declarative files, read.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    /// Its name on the engines (label `foundry.registry`).
    pub name: String,
    /// The domains in file order.
    pub domains: Vec<Domain>,
    /// The ports in file order.
    pub ports: Vec<DomainPorts>,
    /// Shared networks of `networks.yml`, in file order.
    pub networks: Vec<Network>,
    /// The environments, sorted by name.
    pub environments: Vec<Environment>,
    /// `base.env`.
    pub base: Option<EnvFile>,
    /// `overrides/<env>.env` by environment.
    pub overrides: BTreeMap<String, EnvFile>,
    /// `.env` of this machine, not tracked.
    pub host_env: Option<EnvFile>,
    /// `secrets.env.vault`, encrypted or (a finding) not.
    pub vault: Option<TextFile>,
    /// Templates that apply to every domain.
    pub machine_templates: Vec<Template>,
    /// A domain's own templates, sorted by path.
    pub templates: BTreeMap<String, Vec<Template>>,
    /// Every file below a `templates/` folder that is no template itself and can be included.
    pub includes: BTreeMap<String, Vec<Template>>,
    /// Committed `domains/<name>/metadata.yml`.
    pub metadata: BTreeMap<String, TextFile>,
    /// `domains/<name>/dashboards/*.json`, sorted by path.
    pub dashboards: BTreeMap<String, Vec<TextFile>>,
    /// `domains/<name>/manifests/*.yaml`, sorted by path.
    pub manifests: BTreeMap<String, Vec<TextFile>>,
    /// `domains/<name>/patches/*.yaml` and `patches/<app environment>/*.yaml`, sorted by path.
    pub patches: BTreeMap<String, Vec<TextFile>>,
    /// `*.tf` files below `infra/`.
    pub terraform: Vec<TextFile>,
    /// `backup/policy.yml`.
    pub backup_policy: Option<TextFile>,
    /// `.gitignore` at the root.
    pub gitignore: Option<TextFile>,
    /// Paths that Git tracks; `None` outside Git.
    pub tracked: Option<Vec<String>>,
    /// Declaring files (`domains.yml`, `ports.yml`, …) that are there and could not be read: what depends on
    /// them cannot be said.
    pub unread: Vec<Arc<str>>,
    index: HashMap<String, usize>,
    ports_index: HashMap<String, usize>,
}

/// A text file and its path.
#[derive(Debug, Clone)]
pub struct TextFile {
    /// Path relative to the registry's root.
    pub path: Arc<str>,
    /// Content.
    pub text: Arc<str>,
}

/// A file below a `templates/` folder.
#[derive(Debug, Clone)]
pub struct Template {
    /// Path relative to the registry's root.
    pub path: Arc<str>,
    /// Path relative to its `templates/` folder, by which others include it.
    pub name: String,
    /// Path of what it renders to, relative to the domain's generated folder (suffixes stripped).
    pub output: String,
    /// Content.
    pub text: Arc<str>,
}

/// Which layer of the environment a file is; later layers win.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LayerKind {
    /// `base.env`.
    Base,
    /// `overrides/<env>.env`.
    Override,
    /// `.env` of this machine.
    Host,
    /// The decrypted vault.
    Vault,
    /// A file given with `--extra-env`.
    Extra,
}

impl LayerKind {
    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            LayerKind::Base => "base",
            LayerKind::Override => "override",
            LayerKind::Host => "host",
            LayerKind::Vault => "vault",
            LayerKind::Extra => "extra",
        }
    }
}

/// One env file, read. It has no `Debug` of its values on purpose: some are secrets.
#[derive(Clone)]
pub struct EnvFile {
    /// Path relative to the registry's root.
    pub path: Arc<str>,
    /// Its layer.
    pub kind: LayerKind,
    /// Its lines that set something, in file order.
    pub lines: Vec<EnvLine>,
}

/// `KEY=VALUE` in an env file.
#[derive(Clone)]
pub struct EnvLine {
    /// The key.
    pub key: String,
    /// The value with quotes stripped, not expanded.
    pub value: String,
    /// Place of the key.
    pub key_span: Span,
    /// Place of the value (empty range when there is none).
    pub value_span: Span,
}

impl EnvFile {
    /// Its `text` for drawing: every byte of a value whose key `hidden` names is a `*`, all places stay.
    pub fn drawable(&self, text: &str, hidden: impl Fn(&str) -> bool) -> String {
        let mut out = text.as_bytes().to_vec();
        for line in self.lines.iter().filter(|line| hidden(&line.key)) {
            let range = line.value_span.start as usize..line.value_span.end as usize;
            for byte in out.get_mut(range).into_iter().flatten().filter(|b| **b != b'\n') {
                *byte = b'*';
            }
        }
        String::from_utf8_lossy(&out).into_owned()
    }
}

impl std::fmt::Debug for EnvFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EnvFile({}, {} keys)", self.path, self.lines.len())
    }
}

impl Registry {
    /// Sets the domains and the index by name; of two with one name the first is found.
    pub fn set_domains(&mut self, domains: Vec<Domain>) {
        self.index.clear();
        for (i, domain) in domains.iter().enumerate() {
            self.index.entry(domain.name.value.clone()).or_insert(i);
        }
        self.domains = domains;
    }

    /// Sets the ports and their index by domain.
    pub fn set_ports(&mut self, ports: Vec<DomainPorts>) {
        self.ports_index = ports.iter().enumerate().map(|(i, p)| (p.domain.value.clone(), i)).collect();
        self.ports = ports;
    }

    /// The domain called `name`.
    pub fn domain(&self, name: &str) -> Option<&Domain> {
        self.index.get(name).map(|i| &self.domains[*i])
    }

    /// The position of the domain called `name`.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// The ports declared for `domain`.
    pub fn ports_of(&self, domain: &str) -> Option<&DomainPorts> {
        self.ports_index.get(domain).map(|i| &self.ports[*i])
    }

    /// The environment called `name`.
    pub fn environment(&self, name: &str) -> Option<&Environment> {
        self.environments.iter().find(|e| e.name == name)
    }

    /// The domains that Foundry deploys in `environment`, in file order.
    pub fn deployed_in<'a>(&'a self, environment: &'a str) -> impl Iterator<Item = &'a Domain> {
        self.domains.iter().filter(move |d| d.is_deployed_here() && d.is_in(environment))
    }
}
