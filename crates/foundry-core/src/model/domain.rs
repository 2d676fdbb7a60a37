//! A domain: one deployable service with its relations.

use super::Waiver;
use crate::diag::{Span, Spanned};
use serde_json::Value;

/// One entry of `domains.yml`.
#[derive(Debug, Clone)]
pub struct Domain {
    /// Unique name.
    pub name: Spanned<String>,
    /// Where it lands.
    pub placement: Placement,
    /// Whether the author says that nothing is required.
    pub standalone: Option<Spanned<bool>>,
    /// Hard relations: these must be healthy first.
    pub requires: Vec<Spanned<String>>,
    /// Soft relations: used when they are there.
    pub consumes: Vec<Spanned<String>>,
    /// Domains that may reach this one.
    pub exposes_to: Vec<Spanned<String>>,
    /// Declared here, deployed by somebody else.
    pub managed_externally: bool,
    /// Shared networks it joins.
    pub networks: Vec<Spanned<String>>,
    /// Purpose, such as `dev-tools`.
    pub category: Option<String>,
    /// `infrastructure`, `platform` or `apps`.
    pub layer: Option<String>,
    /// Environments it is deployed in; `None` means all.
    pub environments: Option<Vec<Spanned<String>>>,
    /// Accepted findings.
    pub waivers: Vec<Waiver>,
    /// The whole record as written, for templates and metadata, in file order.
    pub record: Value,
    /// The place of the whole entry.
    pub span: Span,
}

/// Where a domain lands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Placement {
    /// On the environment's engine.
    #[default]
    Local,
    /// On the environment's engine, reached through the tunnel domain.
    Tunnel,
    /// Elsewhere; nothing is rendered or deployed.
    External,
}

impl Placement {
    /// The word in `domains.yml`.
    pub fn word(self) -> &'static str {
        match self {
            Placement::Local => "local",
            Placement::Tunnel => "tunnel",
            Placement::External => "external",
        }
    }
}

impl Domain {
    /// Whether Foundry deploys it: neither external nor managed by somebody else.
    pub fn is_deployed_here(&self) -> bool {
        self.placement != Placement::External && !self.managed_externally
    }

    /// Whether it belongs to `environment`.
    pub fn is_in(&self, environment: &str) -> bool {
        self.environments.as_ref().is_none_or(|all| all.iter().any(|e| e.value == environment))
    }

    /// Its networks: the implicit `<name>-network` first, then the listed ones.
    pub fn network_names(&self) -> Vec<String> {
        let own = format!("{}-network", self.name.value);
        let listed = self.networks.iter().map(|n| n.value.clone()).filter(|n| *n != own);
        std::iter::once(own.clone()).chain(listed).collect()
    }
}
