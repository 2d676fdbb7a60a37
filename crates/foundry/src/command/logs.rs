//! `foundry logs`: what the containers of domains wrote.

use super::ps::of_domains;
use crate::cluster::{self, Place};
use crate::live::{Live, run};
use crate::scope::{DomainScope, EnvScope};
use crate::session::Session;
use crate::ui::Outcome;
use clap::Args;
use foundry_core::plan::Container;
use foundry_runtime::engine::compose::{LogOptions, Scope};
use foundry_runtime::error::{Error, Kind, Result};

/// Show what the containers of domains wrote; secrets are masked
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry logs forgejo --env dev --tail 50
  foundry logs -f --all --env dev         follow every domain until Ctrl-C")]
pub struct Logs {
    #[command(flatten)]
    domains: DomainScope,
    #[command(flatten)]
    scope: EnvScope,
    /// Go on with new lines until Ctrl-C.
    #[arg(short, long)]
    follow: bool,
    /// Only so many of the last lines of each container.
    #[arg(short = 'n', long, value_name = "LINES")]
    tail: Option<usize>,
    /// Put the time before each line.
    #[arg(short, long)]
    timestamps: bool,
}

impl Logs {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.show(session).into()
    }

    fn show(self, session: &Session) -> Result<Outcome> {
        let (live, chosen) = Live::anywhere(session, &self.scope, |l, e| self.domains.choose(l, e), false)?;
        let options = LogOptions {
            follow: self.follow,
            tail: self.tail,
            timestamps: self.timestamps,
            ..LogOptions::default()
        };
        if let Some(place) = Place::of(session, &self.scope, &live, &chosen)? {
            return cluster::logs(&place, &options);
        }
        run(async |cancel| {
            let engine = live.connect(None).await?;
            let observed = engine.observe(Scope::Containers).await?;
            let ours: Vec<Container> =
                of_domains(&live, &chosen, &observed.containers).into_iter().cloned().collect();
            if ours.is_empty() {
                return Err(Error::new(Kind::Findings, format!("no container of {}", chosen.join(", ")))
                    .hint(format!("deploy first: foundry deploy {}", chosen.join(" "))));
            }
            let width = ours.iter().map(|c| c.name.chars().count()).max().unwrap_or(0);
            let print = |line: foundry_runtime::engine::compose::LogLine<'_>| {
                session.ui.print(format!("{:<width$} | {}", line.container.name, line.text));
            };
            engine.logs(&ours, &options, &cancel, &print).await?;
            Ok(Outcome::DONE)
        })
    }
}
