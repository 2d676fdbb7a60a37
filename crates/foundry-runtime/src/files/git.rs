//! What Git knows of a registry: tracked paths, the commit, whether anything is uncommitted.

use crate::clock;
use crate::host::output_of;
use std::path::Path;

/// The state of the work tree a registry lies in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitState {
    /// Full id of the commit that is checked out.
    pub commit: String,
    /// Whether tracked files differ from it, or untracked ones are not ignored.
    pub dirty: bool,
}

/// Paths that Git tracks below `root`, relative to it; `None` outside Git or without the `git` program.
pub(super) fn tracked(root: &Path) -> Option<Vec<String>> {
    if !root.ancestors().any(|folder| folder.join(".git").exists()) {
        return None;
    }
    let listing = output_of(root, "git", &["ls-files", "-z"]).ok()?;
    Some(listing.split('\0').filter(|p| !p.is_empty()).map(str::to_owned).collect())
}

/// Commit and dirtiness; `None` outside Git, before the first commit, or without the `git` program.
pub fn git_state(root: &Path) -> Option<GitState> {
    if !root.ancestors().any(|folder| folder.join(".git").exists()) {
        return None;
    }
    let commit = output_of(root, "git", &["rev-parse", "--verify", "-q", "HEAD"]).ok()?.trim().to_owned();
    let status = output_of(root, "git", &["status", "--porcelain", "--", "."]).ok()?;
    Some(GitState { commit, dirty: !status.trim().is_empty() })
}

/// The commit that a file, or a line of it, comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastChange {
    /// Short id; empty where it is not committed yet.
    pub commit: String,
    /// RFC 3339 in UTC; empty where it is not committed yet.
    pub time: String,
}

/// Who changed `line` (1-based; 0: the file) of `path` below `root` last; `None` outside Git, or for a file that it
/// does not track.
pub fn last_change(root: &Path, path: &str, line: u32) -> Option<LastChange> {
    if !root.ancestors().any(|folder| folder.join(".git").exists()) {
        return None;
    }
    if line == 0 {
        let dirty = output_of(root, "git", &["status", "--porcelain", "--", path]).ok()?;
        if !dirty.trim().is_empty() {
            return Some(LastChange { commit: String::new(), time: String::new() });
        }
        let found = output_of(root, "git", &["log", "-1", "--format=%h %ct", "--", path]).ok()?;
        let (commit, time) = found.trim().split_once(' ')?;
        return Some(LastChange { commit: commit.to_owned(), time: clock::at(time.parse().ok()?) });
    }
    let range = format!("{line},{line}");
    let found = output_of(root, "git", &["blame", "--porcelain", "-L", &range, "--", path]).ok()?;
    let id = found.split(' ').next()?;
    if id.bytes().all(|b| b == b'0') {
        return Some(LastChange { commit: String::new(), time: String::new() });
    }
    let time = found.lines().find_map(|l| l.strip_prefix("committer-time "))?;
    Some(LastChange { commit: id.get(..7)?.to_owned(), time: clock::at(time.parse().ok()?) })
}
