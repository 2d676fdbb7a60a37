//! `foundry destroy`: remove domains with their volumes and rendered files.

use super::down::{Dependents, stop_plan};
use crate::carry_out::{CarryOut, Consent, carry_out};
use crate::cluster::{self, Place};
use crate::live::Live;
use crate::scope::{DomainScope, EnvScope};
use crate::session::Session;
use crate::ui::Outcome;
use clap::Args;
use foundry_runtime::error::Result;

/// Remove domains with their volumes and rendered files; the data is lost
///
/// Asks for the name (of the domain, or of the environment when there are several); --yes skips the question,
/// and without a terminal it is refused unless --yes is given.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry destroy forgejo --env dev
  foundry destroy --all --env dev --yes")]
pub struct Destroy {
    #[command(flatten)]
    domains: DomainScope,
    #[command(flatten)]
    scope: EnvScope,
    #[command(flatten)]
    dependents: Dependents,
    #[command(flatten)]
    consent: Consent,
}

impl Destroy {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.destroy(session).into()
    }

    fn destroy(self, session: &Session) -> Result<Outcome> {
        let (live, chosen) = Live::anywhere(session, &self.scope, |l, e| self.domains.choose(l, e), false)?;
        if let Some(place) = Place::of(session, &self.scope, &live, &chosen)? {
            return cluster::take_away(&place, &self.consent, self.dependents.stop(true));
        }
        let word = match chosen.as_slice() {
            [one] => one.clone(),
            _ => live.environment.name.clone(),
        };
        let question = format!("Volumes and their data are removed. Type {word} to go on:");
        let options = CarryOut {
            session,
            live: &live,
            command: "foundry destroy",
            consent: &self.consent,
            question: Some((question, word)),
        };
        let how = self.dependents.stop(true);
        carry_out(&options, async |engine| stop_plan(&live, engine, &chosen, how).await)
    }
}
