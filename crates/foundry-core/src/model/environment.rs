//! An environment: a named combination of engine, place and settings.

use crate::diag::Span;
use serde_json::Value;

/// One environment.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Its name, such as `prod`.
    pub name: String,
    /// What runs its domains.
    pub engine: Engine,
    /// Docker host as a URL; `None` means this machine (or what `DOCKER_HOST` says).
    pub host: Option<String>,
    /// The settings as written; null when only an override file declares it.
    pub settings: Value,
    /// Where it is declared.
    pub span: Span,
}

/// What runs domains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Engine {
    /// Docker Compose.
    #[default]
    Compose,
    /// A Kubernetes cluster.
    Kubernetes,
    /// Incus.
    Incus,
}

impl Engine {
    /// The word in `environments.yml`.
    pub fn word(self) -> &'static str {
        match self {
            Engine::Compose => "compose",
            Engine::Kubernetes => "kubernetes",
            Engine::Incus => "incus",
        }
    }
}
