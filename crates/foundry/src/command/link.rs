//! `foundry link A B`: attach A's containers to B's network.

use crate::carry_out::{CarryOut, Consent, carry_out};
use crate::live::Live;
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
    #[command(flatten)]
    consent: Consent,
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
        let options = CarryOut {
            session,
            live: &live,
            command: "foundry link",
            consent: &self.consent,
            question: None,
        };
        carry_out(&options, async |engine| {
            let observed = engine.observe(Scope::All).await?;
            link(&live.desired(&engine.place(), &chosen, false), &observed, &self.domain, &self.to)
                .map_err(|message| Error::new(Kind::Refused, message).hint("deploy both first"))
        })
    }
}
