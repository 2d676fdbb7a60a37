//! `foundry teardown`: remove everything of an environment from its cluster.

use crate::carry_out::Consent;
use crate::cluster::{self, Place};
use crate::live::Live;
use crate::scope::EnvScope;
use crate::session::Session;
use crate::ui::Outcome;
use clap::Args;
use foundry_runtime::error::{Error, Kind, Result};

/// Remove everything of an environment from its Kubernetes cluster, in reverse order; data only with --data
///
/// Only what carries the labels of this registry and environment is removed. Each step lasts until its object is gone;
/// what is held by a finalizer is named after the time limit and never forced. A deploy brings all of it back.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry teardown --env home             show the plan, ask, remove; claims and their namespaces stay
  foundry teardown --env home --data      also claims and their data; asks for the environment's name
  foundry teardown --env home --timeout 60 --yes")]
pub struct Teardown {
    #[command(flatten)]
    scope: EnvScope,
    /// Also remove claims with their data, definitions of kinds, and the namespaces that hold claims.
    #[arg(long)]
    data: bool,
    #[command(flatten)]
    consent: Consent,
}

impl Teardown {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.remove(session).into()
    }

    fn remove(self, session: &Session) -> Result<Outcome> {
        let all = |loaded: &crate::session::Loaded, environment: &str| {
            let here = loaded.registry.deployed_in(environment);
            Ok(here.map(|d| d.name.value.clone()).collect())
        };
        let (live, chosen) = Live::anywhere(session, &self.scope, all, false)?;
        match Place::of(session, &self.scope, &live, &chosen)? {
            Some(place) => cluster::teardown(&place, &self.consent, self.data),
            None => Err(Error::new(Kind::Usage, format!("{} is no cluster", live.environment.name)).hint(
                "remove its containers with `foundry down --all`, its data with `foundry destroy --all`",
            )),
        }
    }
}
