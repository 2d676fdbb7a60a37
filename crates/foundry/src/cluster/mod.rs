//! Commands on an environment that is a Kubernetes cluster.

mod away;
mod deploy;
mod drift;
mod logs;
mod plan;
mod ps;
mod status;

pub use away::{restart, take_away, teardown};
pub use deploy::deploy;
pub use drift::drift;
pub use logs::logs;
pub use plan::{Wish, plan};
pub use ps::ps;
pub use status::status;

use crate::live::{Live, connect_cluster};
use crate::scope::EnvScope;
use crate::session::Session;
use foundry_core::diag::Findings;
use foundry_core::kubernetes::{Input, Settings, namespaces_of, translate};
use foundry_core::load::env::ResolvedEnv;
use foundry_core::model::Engine;
use foundry_core::plan::cluster::{Desired, Member, Obstacle, compare, items};
use foundry_core::plan::{Plan, in_order};
use foundry_runtime::engine::kubernetes::Cluster;
use foundry_runtime::engine::kubernetes::MANAGER;
use foundry_runtime::error::{Error, Kind, Result};
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
        connect_cluster(&self.live.loaded, &self.live.environment, &self.env, timeout).await
    }

    /// The namespaces of the chosen domains.
    pub fn namespaces(&self) -> BTreeSet<String> {
        let settings = Settings::read(&self.live.environment);
        let domains = self.chosen.iter().filter_map(|name| self.live.loaded.registry.domain(name));
        domains.flat_map(|domain| namespaces_of(domain, &settings, None)).collect()
    }

    /// What the registry says about its cluster.
    pub fn settings(&self) -> Settings {
        Settings::read(&self.live.environment)
    }

    /// Who applies there, as the server knows it.
    pub fn manager(&self) -> &'static str {
        match self.settings().gitops.as_str() {
            "flux" => "kustomize-controller",
            "argocd" => "argocd-controller",
            _ => MANAGER,
        }
    }

    /// What the cluster should have; `all`: whether it is about every domain.
    pub fn desired(&self, at: String, all: bool, prune: bool) -> (Desired, Findings) {
        let registry = &self.live.loaded.registry;
        let rendered = &self.live.rendered;
        let environment = &self.live.environment;
        let input = Input {
            registry,
            environment,
            env: &rendered.env,
            artifacts: &rendered.artifacts,
            projects: &rendered.projects,
        };
        let (translations, _) = translate(&input);
        let (items, findings) = items(&input, &translations);
        let deployed: Vec<_> = registry.deployed_in(&environment.name).collect();
        let requires = |name: &str| -> Vec<&str> {
            let found = deployed.iter().find(|d| d.name.value == name);
            found.map(|d| d.requires.iter().map(|r| r.value.as_str()).collect()).unwrap_or_default()
        };
        let names = deployed.iter().map(|d| d.name.value.as_str()).collect();
        let member = |name: &&str| Member {
            name: (*name).to_owned(),
            requires: requires(name).into_iter().map(str::to_owned).collect(),
        };
        let desired = Desired {
            registry: registry.name.clone(),
            environment: environment.name.clone(),
            place: at,
            items,
            domains: in_order(names, requires).iter().map(member).collect(),
            selected: self.chosen.iter().cloned().collect(),
            all,
            prune,
        };
        (desired, findings)
    }

    /// What a deploy that Foundry itself does would do, and what stands in its way. Nothing is changed.
    pub async fn compare(
        &self,
        cluster: &Cluster,
        all: bool,
        prune: bool,
    ) -> Result<(Plan, Vec<Obstacle>, Vec<String>)> {
        let (mut desired, findings) = self.desired(cluster.place(), all, prune);
        if let Some(error) = findings.iter().next() {
            return Err(Error::new(
                Kind::Internal,
                format!("the tree cannot be read back: {}", error.message),
            ));
        }
        desired.own();
        desired.seal(&cluster.seals(&desired).await?);
        let observed = cluster.observe(&desired, MANAGER).await?;
        let (plan, obstacles) = compare(&desired, &observed);
        Ok((plan, obstacles, observed.unlisted))
    }

    /// What the reconciler will do to the cluster once the tree is in Git, by dry runs in its name.
    pub async fn foresee(&self, cluster: &Cluster, all: bool) -> Result<(Plan, Vec<Obstacle>, Vec<String>)> {
        let (mut desired, _) = self.desired(cluster.place(), all, false);
        // Values of Secrets are put in by the reconciler; what they will be is not known here.
        desired.items.retain(|item| item.object["kind"] != "Secret");
        let observed = cluster.observe(&desired, self.manager()).await?;
        let (plan, obstacles) = compare(&desired, &observed);
        Ok((plan, obstacles, observed.unlisted))
    }

    /// Stops at what a plan cannot get past.
    pub fn refuse(&self, plan: &Plan, obstacles: &[Obstacle]) -> Result<()> {
        for obstacle in obstacles {
            let Obstacle { object, message, hint } = obstacle;
            self.session.ui.complain(format!("{object}: {message}\n  = help: {hint}"));
        }
        match obstacles.len() {
            0 => Ok(()),
            1 => Err(stands_in_the_way(plan, "1 object stands")),
            n => Err(stands_in_the_way(plan, &format!("{n} objects stand"))),
        }
    }

    /// Says which kinds could not be looked through for what is ours.
    pub fn tell_unlisted(&self, unlisted: &[String]) {
        if !unlisted.is_empty() {
            let kinds = unlisted.join(", ");
            self.session
                .ui
                .note(format!("Not looked for what is ours among: {kinds} (listing them is forbidden)."));
        }
    }

    /// Refuses what only makes sense where Foundry itself applies.
    pub fn applies_itself(&self, what: &str) -> Result<()> {
        let gitops = self.settings().gitops;
        if gitops == "none" {
            return Ok(());
        }
        let name = &self.live.environment.name;
        let message = format!("{name} is reconciled by {gitops} from Git, which would undo {what} by hand");
        Err(Error::new(Kind::Refused, message)
            .hint("change the registry and commit the tree, or say `gitops: none` for the environment"))
    }
}

fn stands_in_the_way(plan: &Plan, what: &str) -> Error {
    Error::new(Kind::Findings, format!("{what} in the way on {}; nothing was changed", plan.place))
}
