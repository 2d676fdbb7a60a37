//! What Git knows of a registry: tracked paths, the commit, whether anything is uncommitted.

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
