//! A registry's past in Git: revisions, files as they were, and a revision's files in a folder of their own.

use crate::error::{Error, Kind, Result};
use crate::host::{output_of, output_with};
use std::path::{Path, PathBuf};

/// A commit, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Full id.
    pub commit: String,
    /// Its id as Git abbreviates it.
    pub short: String,
    /// Day of the commit, `2026-11-20`.
    pub day: String,
    /// First line of its message.
    pub subject: String,
    /// How many commits the checked-out one has that this one has not.
    pub behind: usize,
}

/// The last commit that changed something below `root` other than `except`; `None` outside Git or before it.
pub fn last_commit(root: &Path, except: &[String]) -> Option<String> {
    let mut arguments = vec!["log", "-1", "--format=%H", "--", "."];
    let excluded = excluded(except);
    arguments.extend(excluded.iter().map(String::as_str));
    let commit = output_of(root, "git", &arguments).ok()?.trim().to_owned();
    (!commit.is_empty()).then_some(commit)
}

/// Paths below `root`, relative to it, with changes that no commit has, `except` aside; sorted.
pub fn uncommitted(root: &Path, except: &[String]) -> Vec<String> {
    let excluded = excluded(except);
    let mut arguments =
        vec!["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--", "."];
    arguments.extend(excluded.iter().map(String::as_str));
    let prefix = output_of(root, "git", &["rev-parse", "--show-prefix"]).unwrap_or_default();
    let listing = output_of(root, "git", &arguments).unwrap_or_default();
    let paths = listing.split('\0').filter_map(|entry| entry.get(3..)).filter(|path| !path.is_empty());
    let mut paths: Vec<String> =
        paths.map(|path| path.strip_prefix(prefix.trim()).unwrap_or(path).to_owned()).collect();
    paths.sort();
    paths.dedup();
    paths
}

fn excluded(except: &[String]) -> Vec<String> {
    except.iter().map(|path| format!(":(exclude,literal){path}")).collect()
}

/// Commits that changed `path` (relative to `root`), newest first.
///
/// # Errors
/// `Refused` outside Git.
pub fn commits_of(root: &Path, path: &str) -> Result<Vec<String>> {
    in_git(root)?;
    let listing = output_of(root, "git", &["log", "--format=%H", "--", path]).unwrap_or_default();
    Ok(listing.lines().map(str::to_owned).collect())
}

/// What the word `text` (a commit, branch, tag, `HEAD~2`, …) means.
///
/// # Errors
/// `Refused` outside Git, `Usage` when Git knows no such commit.
pub fn revision(root: &Path, text: &str) -> Result<Revision> {
    in_git(root)?;
    let wanted = format!("{text}^{{commit}}");
    let commit = output_of(root, "git", &["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]);
    let commit = commit.map_err(|_| {
        Error::new(Kind::Usage, format!("Git knows no revision `{text}` here"))
            .hint("see what was recorded: git log --oneline -- MANIFEST.md")
    })?;
    let commit = commit.trim().to_owned();
    let shown =
        output_of(root, "git", &["show", "-s", "--format=%h%n%cs%n%s", "--no-show-signature", &commit])?;
    let mut lines = shown.lines().map(str::to_owned);
    let mut next = || lines.next().unwrap_or_default();
    let (short, day, subject) = (next(), next(), next());
    let behind = output_of(root, "git", &["rev-list", "--count", &format!("{commit}..HEAD")])?;
    Ok(Revision { commit, short, day, subject, behind: behind.trim().parse().unwrap_or(0) })
}

impl std::fmt::Display for Revision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}, {})", self.short, self.day, self.subject)
    }
}

/// A commit for people; its first digits where this repository does not have it.
pub fn shown_revision(root: &Path, commit: &str) -> String {
    let cut = || commit.chars().take(12).collect();
    revision(root, commit).map_or_else(|_| cut(), |revision| revision.to_string())
}

/// The text of `path` (relative to `root`) in a commit; `None` when it has no such file.
///
/// # Errors
/// `Host` when Git cannot read it.
pub fn file_at(root: &Path, commit: &str, path: &str) -> Result<Option<String>> {
    let object = format!("{commit}:./{path}");
    if output_of(root, "git", &["cat-file", "-e", &object]).is_err() {
        return Ok(None);
    }
    output_of(root, "git", &["cat-file", "blob", &object]).map(Some)
}

/// A revision's files in a folder of their own, which is removed when this is dropped.
#[derive(Debug)]
pub struct CheckedOut {
    /// The registry's root there.
    pub root: PathBuf,
    _folder: tempfile::TempDir,
}

/// Writes the files of `commit` into a new folder. Neither the work tree nor the index of the repository is touched.
///
/// # Errors
/// `Host` when Git or the disk fails.
pub fn check_out(root: &Path, commit: &str) -> Result<CheckedOut> {
    let folder = tempfile::Builder::new().prefix("foundry-revision-").tempdir();
    let folder = folder.map_err(|e| Error::io("making", "a scratch folder", &e))?;
    let prefix = output_of(root, "git", &["rev-parse", "--show-prefix"])?;
    let top = output_of(root, "git", &["rev-parse", "--show-toplevel"])?;
    let top = Path::new(top.trim_end_matches('\n'));
    // An index of its own: the repository's is what the person is working with.
    let index = folder.path().join("index");
    let own = [("GIT_INDEX_FILE", index.as_path())];
    output_with(top, "git", &["read-tree", commit], &own)?;
    let tree = folder.path().join("tree");
    super::ensure_dir(&tree)?;
    let into = format!("--prefix={}/", tree.display());
    output_with(top, "git", &["checkout-index", "--all", "--quiet", &into], &own)?;
    Ok(CheckedOut { root: tree.join(prefix.trim_end_matches('\n')), _folder: folder })
}

fn in_git(root: &Path) -> Result<()> {
    match output_of(root, "git", &["rev-parse", "--verify", "--quiet", "HEAD"]) {
        Ok(_) => Ok(()),
        Err(error) if error.message.starts_with("starting git") => {
            Err(Error::new(Kind::Host, "git is not installed on this machine").hint("install git"))
        }
        Err(_) => Err(Error::new(
            Kind::Refused,
            "the registry is in no Git repository, or nothing is committed yet",
        )
        .hint("keep it in Git: git init && git add . && git commit")),
    }
}
