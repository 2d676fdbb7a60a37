//! `foundry restart`: restart domains in the order of their relations.

use crate::carry_out::{CarryOut, Consent, carry_out};
use crate::cluster::{self, Place};
use crate::live::Live;
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
    #[command(flatten)]
    consent: Consent,
}

impl Restart {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.restart(session).into()
    }

    fn restart(self, session: &Session) -> Result<Outcome> {
        let (live, chosen) = Live::anywhere(session, &self.scope, |l, e| self.domains.choose(l, e), false)?;
        if let Some(place) = Place::of(session, &self.scope, &live, &chosen)? {
            return cluster::restart(&place, &self.consent);
        }
        let options = CarryOut {
            session,
            live: &live,
            command: "foundry restart",
            consent: &self.consent,
            question: None,
        };
        carry_out(&options, async |engine| {
            let observed = engine.observe(Scope::All).await?;
            Ok(restart(&live.desired(&engine.place(), &chosen, false), &observed))
        })
    }
}
