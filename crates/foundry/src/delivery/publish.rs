//! The way of written files to the cluster: a commit of them alone, a push, and what remains to be done.

use crate::session::Session;
use clap::Args;
use foundry_core::kubernetes::Settings;
use foundry_core::model::Environment;
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::files::{Pushed, Target, commit_only, git_state, push, push_target, unpublished};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// How far written files go.
#[derive(Debug, Clone, Args)]
pub struct Publish {
    /// Commit the files that Foundry wrote, and nothing else.
    #[arg(long)]
    commit: bool,
    /// Push the commit to the branch that the cluster reads (also commits).
    #[arg(long)]
    push: bool,
    /// Ask the reconciler for the commit, and wait until all of it is there and healthy (also pushes).
    #[arg(long)]
    wait: bool,
    /// Seconds to wait for the reconciler.
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    wait_timeout: u64,
}

/// What is to be published.
pub struct Work<'a> {
    /// The registry's folder.
    pub root: &'a Path,
    /// What the environment says about its repository.
    pub settings: &'a Settings,
    /// Every file that may be committed, relative to the root.
    pub paths: &'a BTreeSet<&'a str>,
    /// The commit's message.
    pub message: &'a str,
    /// The command that does the rest, as typed.
    pub command: &'a str,
    /// Whether this run has written something already.
    pub wrote: bool,
}

impl Publish {
    /// Whether a commit is wanted.
    pub fn commits(&self) -> bool {
        self.commit || self.push || self.wait
    }

    /// Whether a push is wanted.
    pub fn pushes(&self) -> bool {
        self.push || self.wait
    }

    /// How long to wait for the reconciler, if at all.
    pub fn waits(&self) -> Option<Duration> {
        self.wait.then(|| Duration::from_secs(self.wait_timeout))
    }

    /// Refuses the options where nothing goes through Git.
    pub fn refuse(&self, environment: &Environment) -> Result<()> {
        if !self.commits() {
            return Ok(());
        }
        let message =
            format!("{} is not reconciled from Git, so there is nothing to commit", environment.name);
        Err(Error::new(Kind::Usage, message).hint("leave out --commit, --push and --wait"))
    }

    /// Refuses before anything is written what could not be published afterwards; gives the target of a push.
    pub fn check(&self, root: &Path, settings: &Settings) -> Result<Option<Target>> {
        if !self.commits() {
            return Ok(None);
        }
        if git_state(root).is_none() {
            let error = Error::new(
                Kind::Refused,
                "the registry is in no Git repository, or nothing is committed yet",
            );
            return Err(error.hint("keep it in Git: git init && git add . && git commit"));
        }
        if !self.pushes() {
            return Ok(None);
        }
        let target = push_target(root)?;
        let wanted = &settings.repository.1;
        if target.branch != *wanted {
            let message =
                format!("the cluster reads the branch {wanted}, and {} is checked out", target.branch);
            return Err(Error::new(Kind::Refused, message).hint(format!(
                "switch to it with `git switch {wanted}`, or commit here with --commit and merge later"
            )));
        }
        Ok(Some(target))
    }

    /// Commits and pushes as far as is wanted, and says what remains to be done. What happened, as JSON.
    pub fn carry_out(&self, session: &Session, work: &Work<'_>) -> Result<Value> {
        let target = self.check(work.root, work.settings)?;
        let open = unpublished(work.root, work.paths);
        if !self.commits() {
            say_open(session, work, &open);
            return Ok(json!({"commit": null, "pushed": false, "uncommitted": open}));
        }
        let commit = match open.is_empty() {
            true => None,
            false => Some(commit_only(work.root, &open, work.message).map_err(|e| partly(e, work.wrote))?),
        };
        match &commit {
            Some(commit) => session.ui.note(format!("Committed {}: {} files.", short(commit), open.len())),
            None => session.ui.note("Nothing to commit."),
        }
        let Some(target) = target else {
            session.ui.note(format!("Not pushed: {} --push --wait does the rest.", work.command));
            return Ok(json!({"commit": commit, "pushed": false, "uncommitted": []}));
        };
        session.ui.note(format!("Pushing to {target}."));
        let pushed = push(work.root, &target).map_err(|error| {
            let error = match &commit {
                Some(commit) => error.context(format_args!("committed as {} and not pushed", short(commit))),
                None => error,
            };
            partly(error, commit.is_some() || work.wrote)
        })?;
        match pushed {
            Pushed::Moved => session.ui.note("Pushed."),
            Pushed::UpToDate => session.ui.note(format!("{target} has everything already.")),
        }
        Ok(json!({"commit": commit, "pushed": pushed == Pushed::Moved, "uncommitted": []}))
    }
}

fn say_open(session: &Session, work: &Work<'_>, open: &[String]) {
    if git_state(work.root).is_none() {
        return session.ui.note("The registry is in no Git repository, from which a cluster could read.");
    }
    match open.len() {
        0 => session.ui.note("Everything is committed."),
        n => session
            .ui
            .note(format!("Not committed: {n} files. {} --push --wait does the rest.", work.command)),
    }
}

/// A failure after something was done is a part of the work.
fn partly(mut error: Error, done: bool) -> Error {
    if done {
        error.kind = Kind::Partial;
    }
    error
}

/// The first digits of a commit.
fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}
