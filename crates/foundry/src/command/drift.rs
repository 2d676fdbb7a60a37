//! `foundry drift`: what differs between registry, metadata, rendered files and what runs.

use crate::cluster::{self, Place};
use crate::drifting::look;
use crate::live::{Live, or_cancelled, run};
use crate::scope::{DomainScope, EnvScope};
use crate::session::Session;
use crate::ui::Outcome;
use clap::Args;
use foundry_core::drift::text;
use foundry_runtime::error::Result;

/// Show what differs: metadata, rendered files, and what runs; nothing is changed
///
/// Three differences are told apart: committed metadata against the registry, the rendered files at the place
/// against what would be rendered now, and what runs against the rendered files.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry drift --env dev                 every domain of the environment
  foundry drift web --env dev --explain   each field, since when, and the two ways out
  foundry drift --env prod --exit-code    for scripts: exit code 3 when something differs")]
pub struct Drift {
    #[command(flatten)]
    domains: DomainScope,
    #[command(flatten)]
    scope: EnvScope,
    /// Say each field as found and as wanted, since when, and the ways out; values that look secret are masked.
    #[arg(long)]
    explain: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// End with exit code 3 when something differs.
    #[arg(long)]
    exit_code: bool,
}

impl Drift {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.show(session).into()
    }

    fn show(self, session: &Session) -> Result<Outcome> {
        let (live, chosen) =
            Live::anywhere(session, &self.scope, |l, e| self.domains.choose_or_all(l, e), false)?;
        if let Some(place) = Place::of(session, &self.scope, &live, &chosen)? {
            return cluster::drift(&place, self.json, self.exit_code);
        }
        let report = run(async |cancel| {
            or_cancelled(&cancel, async {
                let engine = live.connect(None).await?;
                look(&live, &engine, &chosen, self.explain).await
            })
            .await
        })?;
        match self.json {
            true => session.ui.json(&report),
            false => session.ui.print(text(&report, self.explain)),
        }
        if !self.json && !self.explain && !report.drift.is_empty() {
            session.ui.note("See since when, and the ways out: foundry drift --explain.");
        }
        live.note_errors(session);
        Ok(if self.exit_code && !report.drift.is_empty() { Outcome::PENDING } else { Outcome::DONE })
    }
}
