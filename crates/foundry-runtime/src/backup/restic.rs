//! restic: how it is called, and what its failures mean.

use super::Keeper;
use crate::engine::compose::During;
use crate::error::{Error, Kind, Result, lower};
use crate::host::{Command, Output, Watch};
use foundry_core::backup::{Backup, saved_id, snapshots, tags, unread};
use secrecy::SecretString;

/// What restic keeps of the environment: where its programs, keys and cache are.
const KEEP: [&str; 7] =
    ["PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME", "SSH_AUTH_SOCK", "XDG_RUNTIME_DIR", "LANG"];

/// Exit status of `restic backup` when it wrote a snapshot and could not read everything.
const INCOMPLETE: i32 = 3;

/// A way into a repository. Cannot be printed.
#[derive(Clone)]
pub struct Access {
    /// The location with every value filled in.
    pub location: SecretString,
    /// The password.
    pub password: SecretString,
    /// Further variables.
    pub variables: Vec<(String, SecretString)>,
}

/// Whether a repository can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It opens with the password.
    Open,
    /// There is none.
    Absent,
}

impl Keeper {
    fn access(&self, repository: &str) -> Result<&Access> {
        self.setup.access.get(repository).ok_or_else(|| {
            Error::new(
                Kind::Internal,
                format!("the plan names the repository {repository}, which is not known"),
            )
        })
    }

    /// `restic` with these arguments, on the engine's host; neither location nor password is an argument.
    pub(super) fn restic<S: Into<String>>(
        &self,
        repository: &str,
        args: impl IntoIterator<Item = S>,
    ) -> Result<Command> {
        let access = self.access(repository)?;
        let mut command = Command::new(["restic"])
            .args(args)
            .keep_env(&KEEP)
            .env("RESTIC_REPOSITORY", access.location.clone())
            .env("RESTIC_PASSWORD", access.password.clone())
            .env("RESTIC_PROGRESS_FPS", "0.2");
        for (name, value) in &access.variables {
            command = command.env(name.clone(), value.clone());
        }
        Ok(command)
    }

    /// Runs restic to its end; a lock that a dead run of this host left is removed and it is tried once more.
    pub(super) async fn run_restic(
        &self,
        repository: &str,
        command: &Command,
        during: Option<&During<'_>>,
    ) -> Result<Output> {
        let first = self.once(repository, command, during).await;
        match first {
            Err(error) if error.message.contains("is locked") => {
                // Removes only locks whose process has ended, or that nobody has renewed for half an hour.
                self.once(repository, &self.restic(repository, ["unlock"])?, during).await?;
                self.once(repository, command, during).await
            }
            other => other,
        }
    }

    async fn once(&self, repository: &str, command: &Command, during: Option<&During<'_>>) -> Result<Output> {
        let watch = Watch { on_line: None, cancel: during.map(|d| d.cancel), limit: None };
        let output = self.engine.host().run(command, &watch).await.map_err(|error| self.missing(error))?;
        if output.ok() {
            return Ok(output);
        }
        if output.interrupted {
            return Err(Error::new(Kind::Cancelled, "restic was interrupted"));
        }
        if output.status == INCOMPLETE {
            return self.incomplete(repository, output).await;
        }
        Err(failed(repository, &self.setup.redactor.text(&said(&output))))
    }

    /// A snapshot in which something is missing is none: it is taken out again, so that nobody takes it for one.
    async fn incomplete(&self, repository: &str, output: Output) -> Result<Output> {
        let missing = unread(&output.stderr);
        let Some(first) = missing.first() else { return Ok(output) };
        if let Ok((id, _)) = saved_id(&output.text()) {
            let forget = self.restic(repository, ["forget", "--quiet", &id])?;
            let _ = self.engine.host().run(&forget, &Watch::default()).await;
        }
        let more = if missing.len() > 1 { format!(" and {} more", missing.len() - 1) } else { String::new() };
        Err(Error::new(Kind::Host, format!("{first}{more} cannot be read, so nothing was saved"))
            .hint("run the backup as somebody who may read it: sudo foundry backup run …")
            .hint("or leave it out: `exclude` of the profile"))
    }

    fn missing(&self, error: Error) -> Error {
        let text = format!("{} ", error.message);
        if !(text.contains("restic is not installed") || text.contains("restic cannot be run")) {
            return error;
        }
        let place = self.engine.host().name();
        Error::new(Kind::Host, format!("restic is not installed on {place}"))
            .hint("install it there: sudo apt-get install restic (in Foundry's repository: scripts/apt-need restic)")
    }

    /// Whether the repository is there and opens.
    ///
    /// # Errors
    /// When it does not answer, or not with this password.
    pub async fn reach(&self, repository: &str) -> Result<Reach> {
        let command = self.restic(repository, ["cat", "config"])?;
        match self.run_restic(repository, &command, None).await {
            Ok(_) => Ok(Reach::Open),
            Err(error) if error.message.contains("there is no repository") => Ok(Reach::Absent),
            Err(error) => Err(error),
        }
    }

    /// Every snapshot of this registry and environment in a repository.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub async fn snapshots(&self, repository: &str) -> Result<Vec<Backup>> {
        let tags = tags(&self.setup.registry, &self.setup.environment, None).join(",");
        let command = self.restic(repository, ["snapshots", "--json", "--no-lock", "--tag", &tags])?;
        let output = self.run_restic(repository, &command, None).await?;
        snapshots(&output.text(), repository).map_err(|why| Error::new(Kind::Host, why))
    }

    /// How many bytes a restore of a snapshot writes.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub async fn size(&self, repository: &str, snapshot: &str) -> Result<u64> {
        let words = ["stats", "--json", "--no-lock", "--mode", "restore-size", snapshot];
        let output = self.run_restic(repository, &self.restic(repository, words)?, None).await?;
        let value: serde_json::Value = serde_json::from_str(&output.text()).unwrap_or_default();
        value
            .get("total_size")
            .and_then(serde_json::Value::as_u64)
            .ok_or_else(|| Error::new(Kind::Host, format!("restic does not tell the size of {snapshot}")))
    }

    /// What `restic forget` would remove of a domain's profile.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub async fn outdated(
        &self,
        repository: &str,
        domain: &str,
        profile: &str,
        keep: &[String],
    ) -> Result<Vec<String>> {
        let tags = tags(&self.setup.registry, &self.setup.environment, Some((domain, profile))).join(",");
        let words = ["forget", "--dry-run", "--json", "--no-lock", "--group-by", "", "--tag", &tags];
        let command = self.restic(repository, words)?.args(keep.iter().cloned());
        let output = self.run_restic(repository, &command, None).await?;
        foundry_core::backup::forgotten(&output.text()).map_err(|why| Error::new(Kind::Host, why))
    }

    /// A file of a snapshot.
    ///
    /// # Errors
    /// When the repository cannot be read or the snapshot has no such file.
    pub async fn file(&self, repository: &str, snapshot: &str, path: &str) -> Result<Vec<u8>> {
        let command = self.restic(repository, ["dump", "--no-lock", snapshot, path])?;
        Ok(self.run_restic(repository, &command, None).await?.stdout)
    }
}

/// The lines that tell the reason: restic often says more after them.
fn said(output: &Output) -> String {
    let lines: Vec<&str> = output.stderr.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    let telling = lines.iter().find(|l| l.starts_with("Fatal:") || l.starts_with("panic:"));
    let sure = |words: &'static [&'static str]| lines.iter().find(|l| words.iter().any(|w| l.contains(w)));
    sure(&["no space left"])
        .or_else(|| sure(&["already locked"]))
        .or(telling)
        .map_or_else(|| output.last_line(), |line| (*line).to_owned())
}

/// A failure in our words, with a way out.
fn failed(repository: &str, said: &str) -> Error {
    let reason = lower(said.trim_start_matches("Fatal: "));
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let error = |kind, message: String| Error::new(kind, message);
    if has(&["wrong password", "no key found"]) {
        return error(Kind::Host, format!("the password does not open the repository {repository}"))
            .hint("look at the value that `password` of backup/policy.yml names: foundry env explain RESTIC_PASSWORD");
    }
    let config =
        has(&["unable to open config file", "repository does not exist", "unable to open repository"]);
    if config && has(&["no such file", "does not exist", "NoSuchKey", "404", "not found"]) {
        return error(Kind::Host, format!("there is no repository at {repository}"))
            .hint("look whether the disk is mounted and the address is right")
            .hint("make a new one with `foundry backup run --init`");
    }
    if has(&["already locked", "unable to create lock", "unable to lock"])
        && !has(&["no space", "permission denied"])
    {
        return error(
            Kind::Refused,
            format!("the repository {repository} is locked by another run of restic"),
        )
        .hint("wait until it has ended");
    }
    if has(&["no space left", "quota exceeded", "disk quota"]) {
        return error(
            Kind::Host,
            format!("there is no room left for the repository {repository} or restic's files"),
        )
        .hint("remove old snapshots with `foundry backup prune`, or make room");
    }
    if config
        || has(&[
            "connection refused",
            "no route to host",
            "i/o timeout",
            "no such host",
            "unable to start the sftp",
        ])
    {
        return error(Kind::Unreachable, format!("the repository {repository} does not answer: {reason}"))
            .hint("look whether its machine is up and the address is right");
    }
    let damaged = [
        "ciphertext verification failed",
        "invalid data returned",
        "does not match",
        "repository contains errors",
        "is corrupt",
        "pack ",
        "not found in index",
    ];
    if has(&damaged) {
        return error(Kind::Host, format!("the repository {repository} is damaged: {reason}"))
            .hint("find out how much with `restic check --read-data`; use another copy of the repository if there is one");
    }
    error(Kind::Host, format!("restic on {repository}: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::{failed, said};
    use crate::error::Kind;
    use crate::host::Output;

    #[test]
    fn the_line_that_tells_the_reason_is_found() {
        let lock = "unable to create lock in backend: repository is already locked by PID 7 on vm by root (UID 0, GID 0)\nlock was created at 2026-11-20 22:35:40 (1s ago)\nthe `unlock` command can be used to remove stale locks\n";
        let output = Output { status: 1, stderr: lock.to_owned(), ..Output::default() };
        assert!(failed("R", &said(&output)).message.contains("is locked"));
    }

    #[test]
    fn what_restic_says_is_told_apart() {
        for (said, kind, words) in [
            ("Fatal: wrong password or no key found", Kind::Host, "does not open"),
            (
                "Fatal: unable to open config file: stat /b/config: no such file or directory",
                Kind::Host,
                "there is no repository at R",
            ),
            (
                "Fatal: unable to open config file: client.Head: dial tcp 127.0.0.1:9: connect: connection refused",
                Kind::Unreachable,
                "does not answer",
            ),
            (
                "Fatal: unable to create lock in backend: repository is already locked by PID 1 on vm",
                Kind::Refused,
                "is locked",
            ),
            ("Save(<data/1>) failed: write /r/x: no space left on device", Kind::Host, "no room left"),
            (
                "Fatal: unable to create lock in backend: open /r/locks/x: no space left on device",
                Kind::Host,
                "no room left",
            ),
            ("Fatal: load <index/1>: invalid data returned", Kind::Host, "is damaged"),
        ] {
            let error = failed("R", said);
            assert_eq!(error.kind, kind, "{said}");
            assert!(error.message.contains(words), "{}", error.message);
        }
    }
}
