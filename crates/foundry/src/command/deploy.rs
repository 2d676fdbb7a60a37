//! `foundry deploy`: show the plan, ask, carry it out.

use super::plan::refuse_conflicts;
use crate::carry_out::{CarryOut, carry_out};
use crate::live::{Live, or_cancelled, run};
use crate::scope::{DomainScope, EnvScope};
use crate::session::Session;
use crate::ui::Outcome;
use clap::Args;
use foundry_runtime::error::Result;
use std::time::Duration;

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
    /// Do not ask.
    #[arg(short, long)]
    yes: bool,
    /// Also remove what is ours and no longer declared.
    #[arg(long)]
    prune: bool,
    /// Print the report as JSON (needs --yes).
    #[arg(long, requires = "yes")]
    json: bool,
    #[command(flatten)]
    limits: Limits,
}

/// Limits of time and number.
#[derive(Debug, Clone, Args)]
pub struct Limits {
    /// Seconds that a service may take to become healthy (default: from its health check, at least 30).
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u64>,
    /// Seconds to wait for another run on the same environment.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    lock_timeout: u64,
    /// How many steps run at once.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64))]
    parallel: u8,
}

impl Limits {
    /// How long a service may take.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout.map(Duration::from_secs)
    }

    /// How long to wait for another run.
    pub fn lock_timeout(&self) -> Duration {
        Duration::from_secs(self.lock_timeout)
    }

    /// How many steps run at once.
    pub fn parallel(&self) -> usize {
        usize::from(self.parallel)
    }
}

impl Deploy {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.deploy(session).into()
    }

    fn deploy(self, session: &Session) -> Result<Outcome> {
        let (live, chosen) = Live::new(session, &self.scope, |l, e| self.domains.choose(l, e), true)?;
        run(async |cancel| {
            let engine = or_cancelled(&cancel, live.connect(self.limits.timeout())).await?;
            let options = CarryOut {
                session,
                live: &live,
                engine: &engine,
                cancel: &cancel,
                command: "foundry deploy",
                yes: self.yes,
                json: self.json,
                limits: &self.limits,
                question: None,
            };
            let replan = async || {
                let planned = or_cancelled(&cancel, live.plan(&engine, &chosen, self.prune)).await?;
                refuse_conflicts(session, &live, &planned)?;
                Ok(planned.plan)
            };
            carry_out(&options, replan).await
        })
    }
}
