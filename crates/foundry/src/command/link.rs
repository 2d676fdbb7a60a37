//! `foundry link A B`: attach A's containers to B's network.

use super::deploy::Limits;
use crate::carry_out::{CarryOut, carry_out};
use crate::live::{Live, or_cancelled, run};
use crate::scope::EnvScope;
use crate::session::Session;
use crate::ui::Outcome;
use clap::Args;
use foundry_core::plan::link;
use foundry_runtime::engine::compose::Scope;
use foundry_runtime::error::{Error, Kind, Result};

/// Attach the running containers of one domain to the network of another
///
/// It lasts until the containers are made anew; declare the network under `networks` to keep it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  foundry link grafana postgres --env dev")]
pub struct Link {
    /// The domain whose containers are attached.
    #[arg(value_name = "DOMAIN", add = crate::complete::domains())]
    domain: String,
    /// The domain whose network they join.
    #[arg(value_name = "TO", add = crate::complete::domains())]
    to: String,
    #[command(flatten)]
    scope: EnvScope,
    /// Do not ask.
    #[arg(short, long)]
    yes: bool,
    /// Print the report as JSON (needs --yes).
    #[arg(long, requires = "yes")]
    json: bool,
    #[command(flatten)]
    limits: Limits,
}

impl Link {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.link(session).into()
    }

    fn link(self, session: &Session) -> Result<Outcome> {
        let both = vec![self.domain.clone(), self.to.clone()];
        let choose = |l: &crate::session::Loaded, _: &str| {
            both.iter().try_for_each(|name| l.check_domain(name)).map(|()| both.clone())
        };
        let (live, chosen) = Live::new(session, &self.scope, choose, false)?;
        run(async |cancel| {
            let engine = or_cancelled(&cancel, live.connect(self.limits.timeout())).await?;
            let options = CarryOut {
                session,
                live: &live,
                engine: &engine,
                cancel: &cancel,
                command: "foundry link",
                yes: self.yes,
                json: self.json,
                limits: &self.limits,
                question: None,
            };
            let replan = async || {
                let observed = or_cancelled(&cancel, engine.observe(Scope::All)).await?;
                link(&live.desired(&engine.place(), &chosen, false), &observed, &self.domain, &self.to)
                    .map_err(|message| Error::new(Kind::Refused, message).hint("deploy both first"))
            };
            carry_out(&options, replan).await
        })
    }
}
