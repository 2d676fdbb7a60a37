//! `foundry plan`: what a deploy would do, and why.

use crate::cluster::{self, Place};
use crate::live::{Live, Planned, or_cancelled, run};
use crate::scope::{DomainScope, EnvScope};
use crate::session::Session;
use crate::ui::Outcome;
use clap::Args;
use foundry_core::plan::{Observed, text};
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::files::shown_revision;

/// Show what a deploy would do, step by step with its cause; nothing is changed
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry plan --all --env dev
  foundry plan forgejo --env prod --json
  foundry plan --all --env prod --exit-code   exit code 3 when there is something to do
  foundry plan --all --env home --live   a cluster that Git drives: the tree's changes and the cluster's
  foundry plan --all --env prod --from-nothing   what a new machine would get; needs no Docker")]
pub struct PlanArgs {
    #[command(flatten)]
    domains: DomainScope,
    #[command(flatten)]
    scope: EnvScope,
    /// Also plan to remove what is ours and no longer declared.
    #[arg(long)]
    prune: bool,
    /// Plan as if nothing were there: no engine is asked, so none is needed.
    #[arg(long)]
    from_nothing: bool,
    /// For a cluster that Flux or Argo CD reconciles: also what would change there, by dry runs of its API server.
    #[arg(long)]
    live: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// End with exit code 3 when the plan is not empty.
    #[arg(long)]
    exit_code: bool,
}

impl PlanArgs {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.show(session).into()
    }

    fn show(mut self, session: &Session) -> Result<Outcome> {
        self.domains.all_unless_named();
        let (live, chosen) = Live::anywhere(session, &self.scope, |l, e| self.domains.choose(l, e), true)?;
        if let Some(place) = Place::of(session, &self.scope, &live, &chosen)? {
            let wish = cluster::Wish {
                all: self.domains.is_all(),
                prune: self.prune,
                live: self.live,
                json: self.json,
                exit_code: self.exit_code,
            };
            return cluster::plan(&place, &wish);
        }
        let planned = match self.from_nothing {
            true => live.compare("as if nothing were there", &Observed::default(), &chosen, self.prune),
            false => run(async |cancel| {
                or_cancelled(&cancel, async {
                    let engine = live.connect(None).await?;
                    live.plan(&engine, &chosen, self.prune).await
                })
                .await
            })?,
        };
        refuse_conflicts(session, &live, &planned)?;
        match self.json {
            true => session.ui.json(&planned.plan),
            false => session.ui.print(text(&planned.plan)),
        }
        say_forward(session, &live, &planned);
        let pending = self.exit_code && !planned.plan.steps.is_empty();
        Ok(if pending { Outcome::PENDING } else { Outcome::DONE })
    }
}

/// Says that a plan undoes a rollback.
pub fn say_forward(session: &Session, live: &Live, planned: &Planned) {
    if let Some(revision) = &planned.rolled_back_to {
        let (name, revision) = (&live.environment.name, shown_revision(&live.loaded.root, revision));
        session.ui.note(format!("{name} was rolled back to {revision}; this plan rolls it forward again."));
    }
}

/// Draws what planning found, and stops at a conflict: a network that nothing makes, a name that somebody else uses.
pub fn refuse_conflicts(session: &Session, live: &Live, planned: &Planned) -> Result<()> {
    session.ui.complain_findings(&planned.findings, &live.rendered.sources(&live.loaded));
    if !planned.findings.has_errors() {
        return Ok(());
    }
    Err(Error::new(
        Kind::Findings,
        format!("what is on {} stands in the way; nothing was changed", planned.plan.place),
    ))
}
