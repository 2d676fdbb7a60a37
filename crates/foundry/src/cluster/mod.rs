//! Commands on an environment that is a Kubernetes cluster.

mod ps;

pub use ps::ps;

use crate::live::{Live, connect_cluster, redactor};
use crate::scope::EnvScope;
use crate::session::Session;
use foundry_core::kubernetes::{Settings, namespaces_of};
use foundry_core::load::env::ResolvedEnv;
use foundry_core::model::Engine;
use foundry_runtime::engine::kubernetes::Cluster;
use foundry_runtime::error::Result;
use std::collections::BTreeSet;
use std::time::Duration;

/// A registry and the cluster that it is for.
pub struct Place<'a> {
    /// Where to print.
    pub session: &'a Session,
    /// The registry, rendered with marks in the place of secrets.
    pub live: &'a Live,
    /// The environment's values, secrets and all: they go into Secrets and nowhere else.
    pub env: ResolvedEnv,
    /// The chosen domains.
    pub chosen: Vec<String>,
}

impl<'a> Place<'a> {
    /// The place of a command, when its environment is a cluster.
    pub fn of(
        session: &'a Session,
        scope: &EnvScope,
        live: &'a Live,
        chosen: &[String],
    ) -> Result<Option<Place<'a>>> {
        if live.environment.engine != Engine::Kubernetes {
            return Ok(None);
        }
        let (env, _) = scope.resolve(session, &live.loaded, &live.environment.name)?;
        Ok(Some(Place { session, live, env, chosen: chosen.to_vec() }))
    }

    /// Opens the way to the cluster.
    pub async fn connect(&self, timeout: Option<Duration>) -> Result<Cluster> {
        connect_cluster(&self.live.loaded, &self.live.environment, redactor(&self.env), timeout).await
    }

    /// The namespaces of the chosen domains.
    pub fn namespaces(&self) -> BTreeSet<String> {
        let settings = Settings::read(&self.live.environment);
        let domains = self.chosen.iter().filter_map(|name| self.live.loaded.registry.domain(name));
        domains.flat_map(|domain| namespaces_of(domain, &settings, None)).collect()
    }
}
