//! Brings files to a Git remote: a commit of exactly these files, and a push that never forces anything.

use super::history::uncommitted;
use crate::error::{Error, Kind, Result};
use crate::host::{Ended, ended, output_of};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

/// Where a branch is pushed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Name of the remote.
    pub remote: String,
    /// The branch, here and there.
    pub branch: String,
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.remote, self.branch)
    }
}

/// What a push did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// The remote has the commits now.
    Moved,
    /// It had them already.
    UpToDate,
}

/// Those of `paths` (relative to `root`) whose content no commit has, removed ones included.
pub fn unpublished(root: &Path, paths: &BTreeSet<&str>) -> Vec<String> {
    uncommitted(root, &[]).into_iter().filter(|path| paths.contains(path.as_str())).collect()
}

/// Commits exactly `paths` (relative to `root`) as they are on disk, and returns the commit's full id. What else is
/// staged stays staged, what else is changed stays changed.
///
/// # Errors
/// `Refused` when Git does not take it (a hook, no name to commit under, an unfinished merge); `Host` for the rest.
pub fn commit_only(root: &Path, paths: &[String], message: &str) -> Result<String> {
    let tracked: BTreeSet<String> = super::git::tracked(root).unwrap_or_default().into_iter().collect();
    let new: Vec<String> =
        paths.iter().filter(|p| !tracked.contains(*p) && root.join(p).exists()).cloned().collect();
    // Git commits only what it knows of: new files are announced first, without their content.
    let announced = match new.is_empty() {
        true => None,
        false => Some(on_paths(root, &["add", "--intent-to-add"], &new)?),
    };
    let made = match announced {
        Some(failed) if !failed.success => failed,
        _ => on_paths(root, &["commit", "--quiet", "--only", "-m", message], paths)?,
    };
    if !made.success {
        // The index is as it was before, but for those announcements: they go again.
        if !new.is_empty() {
            let _ = on_paths(root, &["reset", "--quiet"], &new);
        }
        return Err(not_committed(&made));
    }
    Ok(output_of(root, "git", &["rev-parse", "HEAD"])?.trim().to_owned())
}

/// A Git command on many paths, each taken as it is written.
fn on_paths(root: &Path, words: &[&str], paths: &[String]) -> Result<Ended> {
    let listed = tempfile::NamedTempFile::new().and_then(|mut file| {
        file.write_all(paths.join("\0").as_bytes())?;
        Ok(file)
    });
    let listed = listed.map_err(|e| Error::io("writing", "a list of paths", &e))?;
    let from = format!("--pathspec-from-file={}", listed.path().display());
    let mut all = vec!["--literal-pathspecs"];
    all.extend(words);
    all.extend([from.as_str(), "--pathspec-file-nul"]);
    git(root, &all)
}

fn git(root: &Path, arguments: &[&str]) -> Result<Ended> {
    // Messages are read below, and nobody is there to answer a question about a password.
    let own = [("LC_ALL", Path::new("C")), ("GIT_TERMINAL_PROMPT", Path::new("0"))];
    let mut ended = ended(root, "git", arguments, &own).map_err(|e| e.hint("install git"))?;
    for text in [&mut ended.stdout, &mut ended.stderr] {
        *text = without_logins(text);
    }
    Ok(ended)
}

/// `text` without names and passwords in addresses, which belong into no message.
fn without_logins(text: &str) -> String {
    let mut parts = text.split("://");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| c == '/' || c == '\'' || c.is_whitespace()).unwrap_or(part.len());
        let host = part[..end].rfind('@').map_or(0, |at| at + 1);
        out.push_str("://");
        out.push_str(&part[host..]);
    }
    out
}

fn not_committed(made: &Ended) -> Error {
    let said = made.stderr.trim();
    let first = |text: &str| text.lines().find(|l| !l.trim().is_empty()).unwrap_or_default().to_owned();
    if said.contains("tell me who you are") || said.contains("ident name") {
        return Error::new(Kind::Refused, "Git does not know under which name to commit")
            .hint("tell it: git config user.name NAME && git config user.email ADDRESS");
    }
    if said.contains("partial commit during") {
        return Error::new(Kind::Refused, "a merge or a rebase is not finished")
            .hint("finish it, or leave it: git merge --abort, git rebase --abort");
    }
    if said.contains("ignored by one of your .gitignore") {
        return Error::new(Kind::Refused, format!("Git ignores files that have to be committed: {said}"))
            .hint("take them out of .gitignore");
    }
    if said.contains("index.lock") {
        return Error::new(Kind::Refused, "another Git command works on this repository")
            .hint("wait until it has ended; remove .git/index.lock when none is running");
    }
    let why = if said.is_empty() { first(&made.stdout) } else { said.to_owned() };
    Error::new(Kind::Refused, format!("Git did not take the commit: {why}"))
        .hint("mend what it says (a hook of the repository, perhaps), then run the same command again")
}

/// Where the checked-out branch is pushed to: its own remote, else `origin`, else the only one.
///
/// # Errors
/// `Refused` without a branch or without a remote.
pub fn push_target(root: &Path) -> Result<Target> {
    let branch = output_of(root, "git", &["symbolic-ref", "--quiet", "--short", "HEAD"]);
    let branch = branch.map(|b| b.trim().to_owned()).map_err(|_| {
        Error::new(Kind::Refused, "no branch is checked out, so there is nothing to push to")
            .hint("check one out: git switch BRANCH")
    })?;
    let own = output_of(root, "git", &["config", "--get", &format!("branch.{branch}.remote")]);
    if let Ok(remote) = own.map(|r| r.trim().to_owned())
        && !matches!(remote.as_str(), "" | ".")
    {
        return Ok(Target { remote, branch });
    }
    let remotes = output_of(root, "git", &["remote"]).unwrap_or_default();
    let all: Vec<&str> = remotes.lines().collect();
    let remote = all.iter().find(|r| **r == "origin").or(all.first().filter(|_| all.len() == 1));
    match remote {
        Some(remote) => Ok(Target { remote: (*remote).to_owned(), branch }),
        None if all.is_empty() => Err(Error::new(Kind::Refused, "the repository has no remote to push to")
            .hint("add the one that the cluster reads: git remote add origin URL")),
        None => {
            let error = Error::new(Kind::Refused, format!("which remote? There are {}", all.join(", ")));
            Err(error.hint(format!("choose one: git branch --set-upstream-to=REMOTE/{branch}")))
        }
    }
}

/// Pushes the checked-out branch, never by force.
///
/// # Errors
/// `Refused` when the remote has commits that are not here, or takes none; `Unreachable` when it does not answer.
pub fn push(root: &Path, target: &Target) -> Result<Pushed> {
    let branch = format!("HEAD:refs/heads/{}", target.branch);
    let ended = git(root, &["push", "--porcelain", &target.remote, &branch])?;
    if ended.success {
        let same = ended.stdout.lines().any(|line| line.starts_with("=\t"));
        return Ok(if same { Pushed::UpToDate } else { Pushed::Moved });
    }
    let refused = ended.stdout.lines().find(|line| line.starts_with("!\t")).unwrap_or_default();
    if refused.contains("[rejected]") || refused.contains("non-fast-forward") {
        return Err(Error::new(Kind::Refused, format!("{target} has commits that are not here"))
            .hint("take them over with `git pull --rebase`, then run the same command again"));
    }
    if refused.contains("[remote rejected]") {
        let why = refused.rsplit('\t').next().unwrap_or_default().trim();
        let error = Error::new(Kind::Refused, format!("{} does not take the push: {why}", target.remote));
        return Err(error.hint("ask for the right to push there, or push a branch and open a request"));
    }
    let said = ended.stderr.trim();
    let why =
        said.lines().find(|l| l.starts_with("fatal: ")).map_or(said, |l| l.trim_start_matches("fatal: "));
    Err(Error::new(Kind::Unreachable, format!("{} does not answer: {why}", target.remote))
        .hint(format!("see what is wrong with `git push {} {}`", target.remote, target.branch)))
}
