//! Files that rendering produced, in memory; contents that may hold secrets cannot be printed or serialised.

use crate::digest::sha256;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The text of an artifact. It has neither `Debug` nor `Serialize`: it may hold secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Content(Arc<str>);

impl Content {
    /// Wraps a text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Content(text.into())
    }

    /// The text itself: for writing it to its file and for reading its structure, never for showing it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The same, shared: for those who keep a file's structure to themselves.
    pub fn shared(&self) -> Arc<str> {
        self.0.clone()
    }

    /// SHA-256 of the text, in hex.
    pub fn digest(&self) -> String {
        sha256(self.0.as_bytes())
    }
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Content({} bytes)", self.0.len())
    }
}

/// One rendered file.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// The domain it belongs to.
    pub domain: String,
    /// Path relative to the domain's folder below `generated/`, such as `compose.yml`.
    pub path: String,
    /// Path of the template it was rendered from, relative to the registry's root.
    pub template: Arc<str>,
    /// Its text.
    pub content: Content,
    /// Whether a secret value took part in it: written with mode 0600, never shown.
    pub secret: bool,
}

impl Artifact {
    /// The path below `generated/`.
    pub fn full_path(&self) -> String {
        format!("{}/{}", self.domain, self.path)
    }
}

/// Everything rendered for one environment.
#[derive(Debug, Clone, Default)]
pub struct Artifacts {
    /// The environment.
    pub environment: String,
    /// The files, sorted by domain and path.
    pub files: Vec<Artifact>,
    /// Names that templates looked up at the top level of their context.
    pub used: BTreeSet<String>,
}

impl Artifacts {
    /// The files of `domain`.
    pub fn of<'a>(&'a self, domain: &str) -> impl Iterator<Item = &'a Artifact> {
        let start = self.files.partition_point(|f| f.domain.as_str() < domain);
        self.files[start..].iter().take_while(move |f| f.domain == domain)
    }

    /// The file `path` of `domain`.
    pub fn get<'a>(&'a self, domain: &str, path: &str) -> Option<&'a Artifact> {
        self.of(domain).find(|f| f.path == path)
    }
}
