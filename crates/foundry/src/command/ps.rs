//! `foundry ps`: the containers of domains, on a cluster their pods.

use crate::cluster::{self, Place};
use crate::live::{Live, or_cancelled, run};
use crate::scope::{DomainScope, EnvScope};
use crate::session::Session;
use crate::ui::{Outcome, Table};
use clap::Args;
use foundry_core::plan::{Container, ContainerState, Health};
use foundry_runtime::engine::compose::Scope;
use foundry_runtime::error::Result;

/// List the containers of domains, or their pods: state, health and ports
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  foundry ps --env dev\n  foundry ps forgejo --env prod --json")]
pub struct Ps {
    #[command(flatten)]
    domains: DomainScope,
    #[command(flatten)]
    scope: EnvScope,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Ps {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.list(session).into()
    }

    fn list(self, session: &Session) -> Result<Outcome> {
        let (live, chosen) =
            Live::anywhere(session, &self.scope, |l, e| self.domains.choose_or_all(l, e), false)?;
        if let Some(place) = Place::of(session, &self.scope, &live, &chosen)? {
            return cluster::ps(&place, self.json);
        }
        let containers = run(async |cancel| {
            or_cancelled(&cancel, async {
                let engine = live.connect(None).await?;
                Ok(engine.observe(Scope::Containers).await?.containers)
            })
            .await
        })?;
        let ours: Vec<&Container> = of_domains(&live, &chosen, &containers);
        if self.json {
            session.ui.json(&ours);
            return Ok(Outcome::DONE);
        }
        let mut table = Table::new(&["NAME", "SERVICE", "IMAGE", "STATE", "HEALTH", "PORTS"]);
        for container in ours {
            table.row([
                container.name.clone(),
                container.service.clone(),
                container.image.clone(),
                state(container),
                health(container.health).to_owned(),
                ports(container),
            ]);
        }
        session.ui.print(table.text());
        Ok(Outcome::DONE)
    }
}

/// The containers of the projects of `chosen` domains; not those that another registry or environment marked as its own.
pub fn of_domains<'a>(live: &Live, chosen: &[String], containers: &'a [Container]) -> Vec<&'a Container> {
    let projects: Vec<&str> = chosen
        .iter()
        .map(|d| live.rendered.projects.get(d).map_or(d.as_str(), |p| p.name.as_str()))
        .collect();
    let desired = live.desired("", chosen, false);
    let ours = |c: &&Container| desired.ours(&c.labels) != Some(false);
    containers.iter().filter(|c| projects.contains(&c.project.as_str())).filter(ours).collect()
}

fn state(container: &Container) -> String {
    let word = format!("{:?}", container.state).to_lowercase();
    match container.state {
        ContainerState::Exited | ContainerState::Dead => format!("{word} ({})", container.exit_code),
        _ => word,
    }
}

fn health(health: Health) -> &'static str {
    match health {
        Health::None => "-",
        Health::Starting => "starting",
        Health::Healthy => "healthy",
        Health::Unhealthy => "unhealthy",
    }
}

fn ports(container: &Container) -> String {
    let each =
        container.ports.iter().map(|p| format!("{}:{}→{}/{}", p.address, p.host, p.container, p.protocol));
    each.collect::<Vec<_>>().join(", ")
}
