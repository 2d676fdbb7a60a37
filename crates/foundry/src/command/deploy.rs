//! `foundry deploy`: show the plan, ask, carry it out.

use super::backup::refuse_interrupted;
use super::plan::{refuse_conflicts, say_forward};
use crate::carry_out::{CarryOut, Consent, carry_out};
use crate::live::Live;
use crate::scope::{DomainScope, EnvScope};
use crate::session::Session;
use crate::ui::Outcome;
use clap::Args;
use foundry_runtime::error::Result;

/// Make what runs equal to what is declared: plan, ask, carry out, wait until healthy
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry deploy --all --env dev          show the plan, ask, carry it out
  foundry deploy forgejo --env prod --yes
  foundry deploy --all --env prod --prune remove what is ours and no longer declared

A second deploy does nothing. When a step fails, what depends on it is not started, the rest is finished,
and the same command goes on from there.")]
pub struct Deploy {
    #[command(flatten)]
    domains: DomainScope,
    #[command(flatten)]
    scope: EnvScope,
    /// Also remove what is ours and no longer declared.
    #[arg(long)]
    prune: bool,
    #[command(flatten)]
    consent: Consent,
}

impl Deploy {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.deploy(session).into()
    }

    fn deploy(self, session: &Session) -> Result<Outcome> {
        let (live, chosen) = Live::new(session, &self.scope, |l, e| self.domains.choose(l, e), true)?;
        let options = CarryOut {
            session,
            live: &live,
            command: "foundry deploy",
            consent: &self.consent,
            question: None,
        };
        carry_out(&options, async |engine| {
            refuse_interrupted(&live, engine, &chosen).await?;
            let planned = live.plan(engine, &chosen, self.prune).await?;
            refuse_conflicts(session, &live, &planned)?;
            say_forward(session, &live, &planned);
            Ok(planned.plan)
        })
    }
}
