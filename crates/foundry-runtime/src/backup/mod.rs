//! Carries out steps about backups: restic, dumps, scripts and scratch places; what is for the engine goes to it.

mod acts;
mod dump;
mod known;
mod place;
mod restic;
mod restore;
mod save;
mod verify;

pub use known::{read_known, write_known};
pub use restic::{Access, Reach};
pub use restore::There;

use crate::engine::compose::{Compose, Contents, During, Failure};
use crate::error::{Error, Kind, Result};
use crate::execute::Engine;
use crate::host::{Command, Output, Watch};
use crate::{Cancel, Redactor};
use foundry_core::backup::{Act, Known};
use foundry_core::plan::{Action, Condition, Step};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How long what cleans up may take after the run was cancelled.
const CLEANING: Duration = Duration::from_secs(15 * 60);

/// Whose backups, and with what access.
pub struct Setup {
    /// The registry's folder on this machine.
    pub root: PathBuf,
    /// The registry's name.
    pub registry: String,
    /// The environment.
    pub environment: String,
    /// Ways into repositories, by name in the policy.
    pub access: BTreeMap<String, Access>,
    /// Knows what may not be shown.
    pub redactor: Redactor,
}

/// A place whose domains are saved and restored.
pub struct Keeper {
    engine: Compose,
    /// The engine with the files of the scratch place, and their contents.
    scratch: Option<(Compose, Contents)>,
    setup: Setup,
    /// Folder at the place for what exists only while something goes on.
    work: PathBuf,
    /// Sizes of the snapshots of this run, by the beginning of their ids.
    sizes: Mutex<Vec<(String, u64)>>,
}

impl AsRef<Compose> for Keeper {
    fn as_ref(&self) -> &Compose {
        &self.engine
    }
}

impl Keeper {
    /// For one place.
    pub fn new(engine: Compose, setup: Setup) -> Keeper {
        let work = place::work(&engine, &setup);
        Keeper { engine, scratch: None, setup, work, sizes: Mutex::default() }
    }

    /// The engine.
    pub fn engine(&self) -> &Compose {
        &self.engine
    }

    /// The folder at the place for what exists only while something goes on.
    pub fn work(&self) -> &Path {
        &self.work
    }

    /// Runs a shell script at the place; its failure is an error that begins with `action`.
    pub(crate) async fn sh(&self, action: &str, script: &str, args: &[&str]) -> Result<Output> {
        let command = Command::new(["sh", "-c", script, "foundry"]).args(args.iter().copied());
        self.checked(action, &command, &Watch::default()).await
    }

    pub(crate) async fn checked(&self, action: &str, command: &Command, watch: &Watch<'_>) -> Result<Output> {
        let output = self.engine.host().run(command, watch).await?;
        if output.ok() {
            return Ok(output);
        }
        if output.interrupted {
            return Err(Error::new(Kind::Cancelled, format!("{action} was interrupted")));
        }
        // A program of the registry may end its message with a hint of its own.
        let mut lines =
            output.stderr.lines().rev().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with("= help"));
        let said = lines.next().map_or_else(|| output.last_line(), str::to_owned);
        let said = self.setup.redactor.text(&crate::error::lower(&said));
        Err(Error::new(Kind::Host, format!("{action}: {said}")))
    }

    async fn perform_act(
        &self,
        act: &Act,
        step: &Step,
        during: &During<'_>,
    ) -> std::result::Result<(), Failure> {
        let domain = step.domain.as_deref().unwrap_or_default();
        let done = match act {
            Act::Init { repository } => self.init(repository, during).await,
            Act::Run { script, writes } => self.run_script(domain, script, *writes, during).await,
            Act::Dump { profile, dump, container, file } => {
                self.dump(profile, dump, container, file.as_deref(), during).await
            }
            Act::Save { set } => self.save(set, during).await,
            Act::Tidy { profile } => self.tidy(domain, profile).await,
            Act::Check { repository } => self.check(repository, during).await,
            Act::Fetch { repository, snapshot, folder } => {
                self.fetch(repository, snapshot, folder, during).await
            }
            Act::Prepare { repository, marker } => self.prepare(repository, marker, during).await,
            Act::Swap { marker } => self.swap(marker).await,
            Act::Load { dump, project, file } => self.load(dump, project, file, during).await,
            Act::Restore { script, folder } => self.run_restore(domain, script, folder, during).await,
            Act::Settle { marker } => self.settle(marker).await,
            Act::PutBack { marker } => self.put_back(marker).await,
            Act::Record { repository, snapshot } => self.record(repository, snapshot, during).await,
            Act::TearDown { project, folder } => self.tear_down(project, folder).await,
            Act::Forget { repository, snapshots } => self.forget(repository, snapshots, during).await,
            Act::Prune { repository } => self.prune(repository, during).await,
        };
        done.map_err(|mut error| {
            error.message = self.setup.redactor.text(&error.message);
            Failure::from(error)
        })
    }
}

impl Engine for Keeper {
    async fn mismatch(&self, step: &Step) -> Result<Option<String>> {
        match &step.action {
            Action::Backup(_) => Ok(None),
            _ => self.target().mismatch(step).await,
        }
    }

    async fn perform(&self, step: &Step, during: &During<'_>) -> std::result::Result<(), Failure> {
        match (&step.action, &self.scratch) {
            (Action::Backup(act), _) if cleans(step) => {
                // A second flag: what cleans up goes on after the first one was raised.
                let cancel = Cancel::new();
                let during = During { cancel: &cancel, ..*during };
                let limited = tokio::time::timeout(CLEANING, self.perform_act(act, step, &during)).await;
                limited.unwrap_or_else(|_| Err(Error::new(Kind::Host, "it took too long").into()))
            }
            (Action::Backup(act), _) => self.perform_act(act, step, during).await,
            (_, Some((engine, contents))) => engine.perform(step, &During { contents, ..*during }).await,
            (_, None) => self.engine.perform(step, during).await,
        }
    }
}

/// Whether it runs in any case, once what it waits for is over: interrupting it would leave what it is there to end.
fn cleans(step: &Step) -> bool {
    step.after.iter().any(|after| after.condition == Condition::Ended)
}

impl Keeper {
    fn note_size(&self, id: &str, bytes: u64) {
        self.sizes.lock().unwrap_or_else(PoisonError::into_inner).push((id.to_owned(), bytes));
    }

    /// Asks the repositories what there is, and keeps the answer on the engine's host for `status`.
    ///
    /// # Errors
    /// When a repository cannot be read.
    pub async fn refresh(&self) -> Result<Known> {
        let Setup { registry, environment, access, .. } = &self.setup;
        let host = self.engine.host();
        let earlier = read_known(host, registry, environment).await?.unwrap_or_default();
        let mut known = Known::default();
        for repository in access.keys() {
            known.backups.extend(self.snapshots(repository).await?);
        }
        known.backups.sort_by(|a, b| (&a.time, &a.id).cmp(&(&b.time, &b.id)));
        let mut known = known.with_sizes_of(&earlier);
        let noted = self.sizes.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for backup in known.backups.iter_mut().filter(|b| b.size.is_none()) {
            let of_this_run = noted.iter().find(|(id, _)| backup.id.starts_with(id.as_str()));
            backup.size = Some(match of_this_run {
                Some((_, bytes)) => *bytes,
                None => self.size(&backup.repository, &backup.id).await?,
            });
        }
        write_known(host, registry, environment, &known).await?;
        Ok(known)
    }

    fn target(&self) -> &Compose {
        self.scratch.as_ref().map_or(&self.engine, |(engine, _)| engine)
    }
}
