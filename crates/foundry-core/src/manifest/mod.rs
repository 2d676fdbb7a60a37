//! The manifest: what an environment runs, by digest, as a record that can be compared and returned to.

mod compare;
mod pin;
mod record;
mod text;

pub use compare::{Difference, differences, report};
pub use pin::{ImagePin, PinProblem, pin_images};
pub use record::{Input, record};
pub use text::{Unreadable, read, text, with};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Name of the file at the registry's root.
pub const FILE: &str = "MANIFEST.md";

/// JSON Schema of `foundry manifest --json`.
pub const SCHEMA: &str = include_str!("../../schema/manifest.schema.json");

/// What one environment runs. Nothing in it changes by itself: no time, no container id, no health.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The environment.
    pub environment: String,
    /// The registry's name.
    pub registry: String,
    /// The engine's word.
    pub engine: String,
    /// The last commit that changed anything in the registry other than the manifest; `None` outside Git.
    pub commit: Option<String>,
    /// Paths with changes that no commit has, sorted; the manifest aside.
    pub uncommitted: Vec<String>,
    /// The domains deployed in the environment, by name.
    pub domains: Vec<Domain>,
}

/// One domain.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    /// Its name.
    pub name: String,
    /// `source_hash` of its metadata.
    pub source_hash: String,
    /// `template_hash` of its metadata.
    pub template_hash: String,
    /// Its services, by name.
    pub services: Vec<Service>,
    /// Its rendered files: path below its folder → SHA-256 (hex) with every secret value replaced.
    pub files: BTreeMap<String, String>,
}

/// One service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// The image as declared.
    pub image: String,
    /// What runs, or is there to run: `REPOSITORY@sha256:…`, or the id of an image that no registry has;
    /// `None` when it is not there.
    pub digest: Option<String>,
    /// SHA-256 (hex) of the declared configuration with every secret value replaced; `None` when it cannot be told.
    pub config_hash: Option<String>,
    /// How what is there relates to what is declared.
    pub state: State,
}

/// How what is there relates to what is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Its containers are made from the declared configuration and image.
    AsDeclared,
    /// Its containers are made from something else.
    Differs,
    /// It has no container.
    Absent,
}

impl State {
    /// The word in the file.
    pub fn word(self) -> &'static str {
        match self {
            State::AsDeclared => "as declared",
            State::Differs => "differs",
            State::Absent => "absent",
        }
    }

    fn parse(word: &str) -> Option<State> {
        [State::AsDeclared, State::Differs, State::Absent].into_iter().find(|s| s.word() == word)
    }
}

impl Manifest {
    /// The record of `domain/service`.
    pub fn service(&self, domain: &str, service: &str) -> Option<&Service> {
        self.domains.iter().find(|d| d.name == domain)?.services.iter().find(|s| s.name == service)
    }

    /// Whether both declare the same: everything but the images that ran and how they stood.
    pub fn declares_same(&self, other: &Manifest) -> bool {
        let seen = |d: &Difference| matches!(d.field.as_str(), "digest" | "state" | "registry");
        differences(self, other).iter().all(seen)
    }

    /// Whether both were made from the same records and templates.
    pub fn same_sources(&self, other: &Manifest) -> bool {
        let source = |d: &Difference| matches!(d.field.as_str(), "source_hash" | "template_hash" | "domain");
        !differences(self, other).iter().any(source)
    }

    /// Whether both name the same images by digest and declare the same.
    pub fn same_deployment(&self, other: &Manifest) -> bool {
        let seen = |d: &Difference| matches!(d.field.as_str(), "state" | "registry");
        differences(self, other).iter().all(seen)
    }

    /// `domain/service` of everything that is not as declared.
    pub fn not_as_declared(&self) -> Vec<String> {
        let all = self.domains.iter().flat_map(|d| d.services.iter().map(move |s| (d, s)));
        let others = all.filter(|(_, s)| s.state != State::AsDeclared);
        others.map(|(d, s)| format!("{}/{} ({})", d.name, s.name, s.state.word())).collect()
    }
}
