//! `foundry rollback`: an environment as a recorded manifest says, as a plan.

use super::manifest::every_domain;
use super::plan::refuse_conflicts;
use crate::carry_out::{CarryOut, Consent, carry_out};
use crate::live::{Live, or_cancelled, run};
use crate::past::{Target, declared, mark, pin, previous, target};
use crate::scope::EnvScope;
use crate::session::{Loaded, Session};
use crate::ui::Outcome;
use clap::Args;
use foundry_core::compose::REVISION_LABEL;
use foundry_core::manifest::{ImagePin, PinProblem, pin_images};
use foundry_core::plan::{Action, Observed};
use foundry_runtime::engine::compose::{Compose, Scope};
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::files::{Revision, revision};
use std::collections::BTreeSet;

/// Return to a recorded manifest: plan, ask, carry out
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry rollback --env prod             to the last recorded manifest before the current one
  foundry rollback --env prod --to v1.4   to a tag, branch or commit
  foundry rollback --env prod --to HEAD~2 --prune   also remove domains that did not exist then

The registry of that revision is deployed from a folder of its own: your files, committed or not, are not touched.
Images are those that the manifest recorded, by digest. Data stays as it is: volumes are not rolled back.
The next `foundry deploy` rolls forward again.")]
pub struct Rollback {
    /// The revision: anything Git understands (default: the last recorded manifest before the current one).
    #[arg(long, value_name = "REV")]
    to: Option<String>,
    #[command(flatten)]
    scope: EnvScope,
    /// Also remove what is ours and was not declared then.
    #[arg(long)]
    prune: bool,
    #[command(flatten)]
    consent: Consent,
}

impl Rollback {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.back(session).into()
    }

    fn back(self, session: &Session) -> Result<Outcome> {
        // The vault of each revision is opened by itself.
        let scope_of_then = self.scope.clone();
        let wanted = match &self.to {
            Some(to) => vec![revision(&session.root()?, to)?],
            None => {
                let choose = |l: &Loaded, e: &str| every_domain(l, e);
                let (live, chosen) = Live::new(session, &self.scope, choose, false)?;
                previous(&live.loaded, &declared(&live, &chosen))?
            }
        };
        let now = session.load_valid()?;
        let environment = now.environment(self.scope.name())?.clone();
        let mut target =
            first(wanted, |revision| target(session, &scope_of_then.clone(), &now, &environment, revision))?;
        let pins = run(async |cancel| {
            or_cancelled(&cancel, async {
                let engine = target.live.connect(None).await?;
                prepare(&mut target, &engine, self.prune).await
            })
            .await
        })?;
        announce(session, &target, &pins);
        let live = &target.live;
        let command = format!("foundry rollback --to {}", target.revision.short);
        let options = CarryOut { session, live, command: &command, consent: &self.consent, question: None };
        carry_out(&options, async |engine| {
            let planned = live.plan(engine, &target.chosen, self.prune).await?;
            refuse_conflicts(session, live, &planned).map_err(|error| match self.prune {
                true => error,
                false => error.hint("say --prune when it is in the way of a domain that did not exist then"),
            })?;
            Ok(planned.plan)
        })
    }
}

/// The first revision that can be returned to; where none can, why not the first.
fn first(wanted: Vec<Revision>, target: impl Fn(Revision) -> Result<Target>) -> Result<Target> {
    let mut refused = None;
    for revision in wanted {
        match target(revision) {
            Err(error) if error.kind == Kind::Refused => _ = refused.get_or_insert(error),
            done => return done,
        }
    }
    Err(refused.unwrap_or_else(|| Error::new(Kind::Internal, "there is no revision to return to")))
}

/// Pins images, sees that each can be had, and marks what will be made anew with the revision.
async fn prepare(target: &mut Target, engine: &Compose, prune: bool) -> Result<Vec<ImagePin>> {
    let observed = engine.observe(Scope::All).await?;
    let live = &mut target.live;
    let desired = live.desired(&engine.place(), &target.chosen, prune);
    let (pins, problems) = pin_images(&target.recorded, &desired, &observed);
    refuse_problems(&problems, &target.revision.short)?;
    pin(&mut live.rendered, &pins);
    can_be_had(live, &target.chosen, engine, &observed).await?;
    mark(live, &pins, &BTreeSet::new(), &target.revision.commit);
    if target.revision.behind > 0 {
        let plan = live.compare(&engine.place(), &observed, &target.chosen, prune).plan;
        let made = plan.steps.iter().filter_map(|step| match &step.action {
            Action::Create { .. } | Action::Recreate { .. } => step.domain.clone(),
            _ => None,
        });
        let commit = &target.revision.commit;
        let there = observed.containers.iter().filter(|c| c.labels.get(REVISION_LABEL) == Some(commit));
        let there = there.filter_map(|c| c.labels.get("foundry.domain").cloned());
        let marked: BTreeSet<String> = made.chain(there).collect();
        mark(live, &pins, &marked, commit);
    }
    Ok(pins)
}

fn refuse_problems(problems: &[PinProblem], revision: &str) -> Result<()> {
    let Some(first) = problems.first() else { return Ok(()) };
    let words = |problem: &PinProblem| match problem {
        PinProblem::NotRecorded(service) => format!("{service} has no recorded image"),
        PinProblem::Gone(service, id) => {
            format!(
                "{service} ran the image {}, which was built here and is gone",
                id.chars().take(19).collect::<String>()
            )
        }
    };
    let all: Vec<String> = problems.iter().map(words).collect();
    let error = Error::new(Kind::Refused, format!("images of {revision} cannot be had: {}", all.join("; ")));
    Err(match first {
        PinProblem::Gone(..) => {
            error.hint("load it again (docker load), or choose another revision with --to")
        }
        PinProblem::NotRecorded(_) => {
            error.hint("choose a revision whose manifest was recorded while all of it ran")
        }
    })
}

/// Every image that is not at the place has to be in its registry.
async fn can_be_had(live: &Live, chosen: &[String], engine: &Compose, observed: &Observed) -> Result<()> {
    let projects = chosen.iter().filter_map(|d| Some((d, live.rendered.projects.get(d)?)));
    for (domain, project) in projects {
        for service in project.services.iter().filter(|s| s.build.is_none()) {
            let image = service.image_name(&project.name);
            if observed.image(&image).is_some() {
                continue;
            }
            let problem = match engine.remote_image(&image).await {
                Ok(Some(_)) => continue,
                Ok(None) => "and its registry does not have it any more".to_owned(),
                Err(error) => format!("and its registry cannot tell: {}", error.message),
            };
            let message =
                format!("{domain}/{} ran {image}, which is no longer here, {problem}", service.name);
            return Err(Error::new(Kind::Refused, message)
                .hint("load it again (docker load), or choose another revision with --to"));
        }
    }
    Ok(())
}

/// What the plan itself does not say.
fn announce(session: &Session, target: &Target, pins: &[ImagePin]) {
    let (ui, name) = (&session.ui, &target.live.environment.name);
    let before = match target.revision.behind {
        0 => String::new(),
        1 => ", 1 commit before what is checked out".to_owned(),
        n => format!(", {n} commits before what is checked out"),
    };
    ui.note(format!("Rolling {name} back to {}{before}.", target.revision));
    if !target.exact {
        ui.note("The configuration is not byte for byte the recorded one: values of this machine or of the vault have changed, or it was recorded with uncommitted changes.");
    }
    if target.other_secrets {
        ui.note("The vault has changed since: secrets are those of that revision, too. What was changed elsewhere with them, such as a database's password, is not changed back.");
    }
    for pin in pins {
        let how = if pin.present { "" } else { ", to be pulled" };
        ui.note(format!("{}/{} by digest: {}{how}.", pin.domain, pin.service, pin.image));
    }
    let projects = target.chosen.iter().filter_map(|d| target.live.rendered.projects.get(d));
    let volumes: BTreeSet<&str> =
        projects.flat_map(|p| p.used_volumes()).map(|(_, v)| v.name.as_str()).collect();
    if !volumes.is_empty() {
        let volumes: Vec<&str> = volumes.into_iter().collect();
        ui.note(format!(
            "Data is not rolled back: volumes {} stay as they are. Back them up first: foundry backup run --all --env {name}",
            volumes.join(", ")
        ));
    }
}
