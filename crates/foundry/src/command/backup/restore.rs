//! `foundry backup restore`: put the data of a snapshot in the place of what is there.

use super::open::{Opened, open, own_script, refuse_interrupted};
use super::verify::manifest;
use crate::carry_out::{CarryOut, Consent, carry_out_on};
use crate::command::down::Dependents;
use crate::live::{or_cancelled, run};
use crate::scope::{DomainScope, EnvScope};
use crate::session::Session;
use crate::ui::Outcome;
use clap::{Args, ValueHint};
use foundry_core::backup::{Backup, Manifest, Marker, Piece};
use foundry_core::diag::Severity;
use foundry_core::plan::{self, Observed, Plan, putting_back, restoring, resuming, stop};
use foundry_runtime::backup::{Keeper, There};
use foundry_runtime::engine::compose::Scope;
use foundry_runtime::error::{Error, Kind, Result};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Restore the data of a domain from a snapshot: fetch, stop, replace, start, wait until healthy
///
/// The old data is kept beside the new until the domain is healthy; when it does not get there, the old data is put
/// back and the domain started on it. Refused while domains that require it run.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry backup restore wiki --env prod                       the last snapshot
  foundry backup restore wiki --env prod --snapshot 640be80a
  foundry backup restore wiki --env prod --to /tmp/look        only look: nothing is stopped or replaced
  foundry backup restore wiki --env prod --resume              go on after a run that was killed")]
pub struct Restore {
    /// The domain.
    #[arg(value_name = "DOMAIN", add = crate::complete::domains())]
    domain: String,
    #[command(flatten)]
    scope: EnvScope,
    /// Id of the snapshot, or its beginning; the last one where nothing is said.
    #[arg(long, value_name = "ID", default_value = "latest")]
    snapshot: String,
    /// Which profile, where the domain is in several.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Write everything into an empty folder on the engine's host instead.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with_all = ["resume", "undo"])]
    to: Option<PathBuf>,
    /// Go on with a restore that ended early.
    #[arg(long, conflicts_with_all = ["undo", "snapshot"])]
    resume: bool,
    /// Put the old data of a restore that ended early back.
    #[arg(long, conflicts_with = "snapshot")]
    undo: bool,
    #[command(flatten)]
    dependents: Dependents,
    #[command(flatten)]
    consent: Consent,
}

impl Restore {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Result<Outcome> {
        let opened = open(session, &self.scope, &DomainScope::one(&self.domain), false)?;
        let domain = self.domain.as_str();
        if let Some(folder) = &self.to {
            return self.only_look(session, &opened, domain, folder);
        }
        let options = CarryOut {
            session,
            live: &opened.live,
            command: "foundry backup restore",
            consent: &self.consent,
            question: None,
        };
        carry_out_on(
            &options,
            async |engine| Ok(opened.keeper(engine)),
            async |keeper| self.plan(&opened, keeper, domain).await,
            async |keeper: &Keeper, report| {
                let well =
                    report.failed.is_empty() && report.not_started.is_empty() && report.refused.is_empty();
                if well || self.undo {
                    return Ok(None);
                }
                way_back(&opened, keeper, domain).await
            },
        )
    }

    async fn plan(&self, opened: &Opened, keeper: &Keeper, domain: &str) -> Result<Plan> {
        let marker = keeper.marker(domain).await?;
        let head = opened.head(&keeper.engine().place());
        let script = own_script(&opened.live.loaded.root, domain, "restore.sh");
        if self.resume || self.undo {
            let Some(marker) = marker else {
                return Err(Error::new(
                    Kind::Refused,
                    format!("no restore of {domain} was interrupted after it began to change anything"),
                )
                .hint(format!("begin one: foundry backup restore {domain}")));
            };
            let around = around(opened, keeper, &marker).await?;
            return Ok(match self.undo {
                true => putting_back(&head, &marker, (&around.0, &around.1)),
                false => resuming(&head, &marker, (&around.0, &around.1), script.as_deref()),
            });
        }
        refuse_interrupted(&opened.live, keeper.engine(), &opened.chosen).await?;
        let backup = self.choose(keeper, domain).await?;
        let manifest = manifest(keeper, &backup).await?;
        let stopped = self.stopped(opened, keeper, domain).await?;
        let pieces = pieces(keeper, &manifest).await?;
        let marker = Marker {
            version: 1,
            domain: domain.to_owned(),
            snapshot: backup.id.clone(),
            staging: keeper.restore_staging(domain)?,
            pieces,
            manifest,
            stopped,
        };
        let around = around(opened, keeper, &marker).await?;
        Ok(restoring(&head, &backup.repository, &marker, (&around.0, &around.1), script.as_deref()))
    }

    async fn choose(&self, keeper: &Keeper, domain: &str) -> Result<Backup> {
        let known = keeper.refresh().await?;
        let own: Vec<&Backup> = known
            .backups
            .iter()
            .filter(|b| b.domain == domain && self.profile.as_ref().is_none_or(|p| *p == b.profile))
            .collect();
        let missing = |what: String| {
            Error::new(Kind::Refused, what).hint(format!("see what there is: foundry backup list {domain}"))
        };
        if self.snapshot != "latest" {
            let mut fitting = own.iter().filter(|b| b.id.starts_with(&self.snapshot));
            return match (fitting.next(), fitting.next()) {
                (Some(one), None) => Ok((*one).clone()),
                (None, _) => Err(missing(format!("{domain} has no snapshot {}", self.snapshot))),
                _ => Err(missing(format!("several snapshots of {domain} begin with {}", self.snapshot))),
            };
        }
        let profiles: BTreeSet<&str> = own.iter().map(|b| b.profile.as_str()).collect();
        if profiles.len() > 1 {
            let names = profiles.into_iter().collect::<Vec<_>>().join(", ");
            return Err(Error::new(Kind::Usage, format!("{domain} is in several profiles: {names}"))
                .hint("say which with --profile, or name a snapshot"));
        }
        own.last().map(|b| (*b).clone()).ok_or_else(|| missing(format!("{domain} has no snapshot")))
    }

    /// The domain and what has to stop with it.
    async fn stopped(&self, opened: &Opened, keeper: &Keeper, domain: &str) -> Result<Vec<String>> {
        let engine = keeper.engine();
        let observed = engine.observe(Scope::All).await?;
        let desired = opened.live.desired(&engine.place(), &[domain.to_owned()], false);
        let plan = stop(&desired, &observed, self.dependents.stop(false)).map_err(|refusal| {
            Error::new(Kind::Refused, refusal.to_string())
                .hint("stop and start them too with --with-dependents, or say --force")
        })?;
        let mut domains: BTreeSet<String> = plan.steps.into_iter().filter_map(|s| s.domain).collect();
        domains.insert(domain.to_owned());
        Ok(domains.into_iter().collect())
    }

    fn only_look(
        &self,
        session: &Session,
        opened: &Opened,
        domain: &str,
        folder: &PathBuf,
    ) -> Result<Outcome> {
        let folder = std::path::absolute(folder).map_err(|e| Error::io("finding", folder.display(), &e))?;
        let shown = folder.display().to_string();
        let backup = run(async |cancel| {
            or_cancelled(&cancel, async {
                let keeper = opened.keeper(opened.live.connect(None).await?);
                let backup = self.choose(&keeper, domain).await?;
                keeper.restore_to(&backup.repository, &backup.id, &shown).await?;
                Ok(backup)
            })
            .await
        })?;
        session.ui.print(format!(
            "Restored snapshot {} of {domain} into {shown}; nothing else was changed.",
            backup.short()
        ));
        Ok(Outcome::DONE)
    }
}

/// What is replaced, and where it is now: a volume may be elsewhere than when it was saved.
async fn pieces(keeper: &Keeper, manifest: &Manifest) -> Result<Vec<Piece>> {
    let volumes: Vec<String> = manifest.sources.iter().filter(|s| s.volume).map(|s| s.name.clone()).collect();
    let places = keeper.engine().mountpoints(&volumes).await?;
    let mut out = Vec::new();
    for source in &manifest.sources {
        let path = match (source.volume, source.name.strip_prefix("generated/")) {
            (true, _) => places.get(&source.name).map(|p| p.path.clone()).unwrap_or_default(),
            (false, Some(below)) => keeper.engine().layout().path(below)?.to_string_lossy().into_owned(),
            (false, None) => source.name.clone(),
        };
        let there = keeper.look(&path).await?;
        if there == There::Mount {
            return Err(Error::new(
                Kind::Refused,
                format!("{path} is a file system of its own and cannot be moved aside"),
            )
            .hint("restore with --to DIR, stop the domain and copy the files yourself"));
        }
        let from = source.path.clone();
        out.push(Piece { path, from, empty: source.dumped, had: there != There::Absent });
    }
    Ok(out)
}

/// The plans that stop the domains of a restore, and that start them where nothing runs.
async fn around(opened: &Opened, keeper: &Keeper, marker: &Marker) -> Result<(Plan, Plan)> {
    let engine = keeper.engine();
    let observed = engine.observe(Scope::All).await?;
    let desired = opened.live.desired(&engine.place(), &marker.stopped, false);
    let force = plan::Stop { force: true, with_dependents: false, destroy: false };
    let stop = stop(&desired, &observed, force).map_err(|r| Error::new(Kind::Refused, r.to_string()))?;
    let gone: BTreeSet<&str> = stop
        .steps
        .iter()
        .filter_map(|s| match &s.action {
            plan::Action::RemoveContainer { id, .. } => Some(id.as_str()),
            _ => None,
        })
        .collect();
    let mut later: Observed = observed.clone();
    later.containers.retain(|c| !gone.contains(c.id.as_str()));
    let (start, findings) = plan::compare(&desired, &later);
    if let Some(finding) = findings.iter().find(|f| f.severity == Severity::Error) {
        return Err(Error::new(
            Kind::Refused,
            format!("{} could not be started again: {}", marker.domain, finding.message),
        )
        .hint("mend that first: foundry plan shows it"));
    }
    Ok((stop, start))
}

/// After a restore that did not end well: back to the old data. Nothing where nothing had changed.
async fn way_back(opened: &Opened, keeper: &Keeper, domain: &str) -> Result<Option<Plan>> {
    let Some(marker) = keeper.marker(domain).await? else { return Ok(None) };
    let around = around(opened, keeper, &marker)
        .await
        .map_err(|error| error.hint(format!("the old data of {domain} is at {}", marker.asides())))?;
    Ok(Some(putting_back(&opened.head(&keeper.engine().place()), &marker, (&around.0, &around.1))))
}
