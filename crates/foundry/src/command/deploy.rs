//! `foundry deploy`: show the plan, ask, carry it out.

use super::backup::refuse_interrupted;
use super::plan::{refuse_conflicts, say_forward};
use crate::carry_out::{CarryOut, Consent, carry_out};
use crate::cluster::{self, Place};
use crate::delivery::{self, Publish};
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
  foundry deploy --all --env home --push  through Git: write the tree, commit it alone, push it

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
    publish: Publish,
    #[command(flatten)]
    consent: Consent,
}

impl Deploy {
    fn delivered(&self) -> delivery::Options<'_> {
        delivery::Options {
            domains: &self.domains,
            scope: &self.scope,
            publish: &self.publish,
            yes: self.consent.is_given(),
            json: self.consent.as_json(),
            lock_timeout: self.consent.lock_timeout(),
        }
    }

    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.deploy(session).into()
    }

    fn deploy(self, session: &Session) -> Result<Outcome> {
        let loaded = session.load_valid()?;
        let environment = loaded.environment(self.scope.name())?;
        if delivery::is_delivered(environment) {
            return delivery::deploy(session, environment, &self.delivered());
        }
        self.publish.refuse(environment)?;
        let (live, chosen) = Live::anywhere(session, &self.scope, |l, e| self.domains.choose(l, e), true)?;
        if let Some(place) = Place::of(session, &self.scope, &live, &chosen)? {
            return cluster::deploy(&place, &self.consent, self.domains.is_all(), self.prune);
        }
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
