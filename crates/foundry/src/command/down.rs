//! `foundry down`: stop and remove the containers of domains; volumes stay.

use super::backup::refuse_interrupted;
use crate::away::marked;
use crate::carry_out::{CarryOut, Consent, carry_out};
use crate::cluster::{self, Place};
use crate::live::Live;
use crate::scope::{DomainScope, EnvScope};
use crate::session::Session;
use crate::ui::Outcome;
use clap::Args;
use foundry_core::plan::{Plan, Refusal, Stop, stop};
use foundry_runtime::engine::compose::{Compose, Scope};
use foundry_runtime::error::{Error, Kind, Result};

/// Stop domains and remove their containers; their data stays
///
/// Refused while domains that require them run. With --for a marker is left at the place, which status, drift, watch and
/// monitoring understand; it goes when the domain comes back, and means nothing any more when the time is over.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry down forgejo --env dev
  foundry down postgres --env dev --with-dependents   also what requires it, first
  foundry down forgejo --env prod --for 30m   say that it is meant to be away: no drift, no alerts")]
pub struct Down {
    #[command(flatten)]
    domains: DomainScope,
    #[command(flatten)]
    scope: EnvScope,
    #[command(flatten)]
    dependents: Dependents,
    /// Say that they are meant to be away so long: 30m, 2h, 1h30m, 7d.
    #[arg(long = "for", value_name = "DURATION", value_parser = crate::away::duration)]
    away: Option<u64>,
    #[command(flatten)]
    consent: Consent,
}

/// What happens to domains that require the chosen ones.
#[derive(Debug, Clone, Copy, Args)]
pub struct Dependents {
    /// Go on although domains that require them run.
    #[arg(long)]
    force: bool,
    /// Also stop the domains that require them.
    #[arg(long, conflicts_with = "force")]
    with_dependents: bool,
}

impl Dependents {
    /// As the planner wants it.
    pub fn stop(self, destroy: bool) -> Stop {
        Stop { force: self.force, with_dependents: self.with_dependents, destroy }
    }
}

impl Down {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.down(session).into()
    }

    fn down(self, session: &Session) -> Result<Outcome> {
        let (live, chosen) = Live::anywhere(session, &self.scope, |l, e| self.domains.choose(l, e), false)?;
        if let Some(place) = Place::of(session, &self.scope, &live, &chosen)? {
            if self.away.is_some() {
                return Err(Error::new(Kind::Usage, "--for is not known on a cluster yet")
                    .hint("leave it out; a deploy brings the domain back"));
            }
            return cluster::take_away(&place, &self.consent, self.dependents.stop(false));
        }
        let options = CarryOut {
            session,
            live: &live,
            command: "foundry down",
            consent: &self.consent,
            question: None,
        };
        let how = self.dependents.stop(false);
        carry_out(&options, async |engine| {
            let Some(seconds) = self.away else { return stop_plan(&live, engine, &chosen, how).await };
            let observed = engine.observe(Scope::All).await?;
            let desired = live.desired(&engine.place(), &chosen, false);
            let plan = stop(&desired, &observed, how).map_err(|refusal| refused(&refusal))?;
            Ok(marked(plan, &desired, &observed, seconds))
        })
    }
}

/// The plan that takes domains away, or the refusal because others require them.
pub async fn stop_plan(live: &Live, engine: &Compose, chosen: &[String], how: Stop) -> Result<Plan> {
    if how.destroy {
        // A volume takes what is kept beside its data with it.
        refuse_interrupted(live, engine, chosen).await?;
    }
    let observed = engine.observe(Scope::All).await?;
    let desired = live.desired(&engine.place(), chosen, false);
    stop(&desired, &observed, how).map_err(|refusal| refused(&refusal))
}

fn refused(refusal: &Refusal) -> Error {
    Error::new(Kind::Refused, refusal.to_string())
        .hint("stop them too with --with-dependents, or say --force")
}
