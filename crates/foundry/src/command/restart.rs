//! `foundry restart`: restart domains in the order of their relations.

use super::deploy::Limits;
use crate::carry_out::{CarryOut, carry_out};
use crate::live::{Live, or_cancelled, run};
use crate::scope::{DomainScope, EnvScope};
use crate::session::Session;
use crate::ui::Outcome;
use clap::Args;
use foundry_core::plan::restart;
use foundry_runtime::engine::compose::Scope;
use foundry_runtime::error::Result;

/// Restart the containers of domains, what they depend on first
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  foundry restart forgejo --env dev --yes\n  foundry restart --all --env dev"
)]
pub struct Restart {
    #[command(flatten)]
    domains: DomainScope,
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

impl Restart {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.restart(session).into()
    }

    fn restart(self, session: &Session) -> Result<Outcome> {
        let (live, chosen) = Live::new(session, &self.scope, |l, e| self.domains.choose(l, e), false)?;
        run(async |cancel| {
            let engine = or_cancelled(&cancel, live.connect(self.limits.timeout())).await?;
            let options = CarryOut {
                session,
                live: &live,
                engine: &engine,
                cancel: &cancel,
                command: "foundry restart",
                yes: self.yes,
                json: self.json,
                limits: &self.limits,
                question: None,
            };
            let replan = async || {
                let observed = or_cancelled(&cancel, engine.observe(Scope::All)).await?;
                Ok(restart(&live.desired(&engine.place(), &chosen, false), &observed))
            };
            carry_out(&options, replan).await
        })
    }
}
