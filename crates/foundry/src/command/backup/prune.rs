//! `foundry backup prune`: removes the snapshots that the policy does not keep.

use super::open::{Opened, open};
use crate::carry_out::{CarryOut, Consent, carry_out_on};
use crate::live::{or_cancelled, run};
use crate::scope::{DomainScope, EnvScope};
use crate::session::Session;
use crate::ui::Outcome;
use clap::Args;
use foundry_core::plan::{Plan, pruning, text};
use foundry_runtime::backup::Keeper;
use foundry_runtime::error::Result;

/// Remove the snapshots that `keep` of their profile does not keep, and give back the room
///
/// The newest snapshot of which a restore was proved is kept in any case.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry backup prune --env prod --dry-run    only show what would go
  foundry backup prune wiki --env prod
  foundry backup prune --all --env prod --yes")]
pub struct Prune {
    #[command(flatten)]
    domains: DomainScope,
    #[command(flatten)]
    scope: EnvScope,
    /// Show the plan and end.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    consent: Consent,
}

impl Prune {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Result<Outcome> {
        let opened = open(session, &self.scope, &self.domains, true)?;
        if self.dry_run {
            let shown = run(async |cancel| {
                or_cancelled(&cancel, async {
                    let keeper = opened.keeper(opened.live.connect(None).await?);
                    plan(session, &opened, &keeper).await
                })
                .await
            })?;
            session.ui.print(text(&shown));
            return Ok(Outcome::DONE);
        }
        let options = CarryOut {
            session,
            live: &opened.live,
            command: "foundry backup prune",
            consent: &self.consent,
            question: None,
        };
        carry_out_on(
            &options,
            async |engine| Ok(opened.keeper(engine)),
            async |keeper| plan(session, &opened, keeper).await,
            async |keeper: &Keeper, report| {
                if !report.done.is_empty() {
                    keeper.refresh().await?;
                }
                Ok(None)
            },
        )
    }
}

async fn plan(session: &Session, opened: &Opened, keeper: &Keeper) -> Result<Plan> {
    let known = keeper.refresh().await?;
    let mut remove = Vec::new();
    for set in &opened.sets {
        let Some(profile) = opened.policy.profiles.iter().find(|p| p.name.value == set.profile) else {
            continue;
        };
        if profile.keep.is_forever() {
            session.ui.note(format!("{} keeps everything of {}: it has no `keep`.", set.profile, set.domain));
            continue;
        }
        let old =
            keeper.outdated(&set.repository, &set.domain, &set.profile, &profile.keep.arguments()).await?;
        let own: Vec<_> =
            known.backups.iter().filter(|b| b.domain == set.domain && b.profile == set.profile).collect();
        let proved = own.iter().rev().find(|b| b.verified.is_some()).map(|b| b.id.as_str());
        let gone: Vec<_> =
            own.iter().filter(|b| old.contains(&b.id) && proved != Some(b.id.as_str())).collect();
        if gone.is_empty() {
            continue;
        }
        let ids: Vec<String> =
            gone.iter().flat_map(|b| std::iter::once(&b.id).chain(&b.records)).cloned().collect();
        let names: Vec<&str> = gone.iter().map(|b| b.short()).collect();
        let cause = format!(
            "{} of {} of the profile {}: it keeps {}",
            names.join(", "),
            own.len(),
            set.profile,
            profile.keep.words()
        );
        remove.push((set.repository.clone(), set.domain.clone(), ids, cause));
    }
    Ok(pruning(&opened.head(&keeper.engine().place()), &remove))
}
