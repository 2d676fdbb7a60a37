//! Replaces a domain's rendered files: everything is staged first, so that a full disk changes nothing.

use super::write::{Mode, ensure_dir, remove_file};
use crate::error::{Error, Result};
use foundry_core::render::Artifact;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What a replacement did, as paths relative to the domain's folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replaced {
    /// New or changed.
    pub written: Vec<String>,
    /// Stale and removed.
    pub removed: Vec<String>,
    /// How many stayed, modification times included.
    pub unchanged: usize,
}

/// Makes `folder` hold exactly `artifacts`. Links in it are never followed.
pub fn replace_tree(folder: &Path, artifacts: &[&Artifact]) -> Result<Replaced> {
    let mut result = Replaced::default();
    let mut staged = Vec::new();
    for artifact in artifacts {
        let path = folder.join(&artifact.path);
        let mode = if artifact.secret { Mode::Private } else { Mode::Public };
        if is_current(&path, artifact.content.expose().as_bytes(), mode) {
            result.unchanged += 1;
            continue;
        }
        staged.push((stage(&path, artifact.content.expose().as_bytes(), mode)?, path));
        result.written.push(artifact.path.clone());
    }
    for (file, path) in staged {
        if path.is_dir() {
            fs::remove_dir_all(&path).map_err(|e| Error::io("removing", path.display(), &e))?;
        }
        file.persist(&path).map_err(|e| Error::io("writing", path.display(), &e.error))?;
    }
    let wanted: BTreeSet<&str> = artifacts.iter().map(|a| a.path.as_str()).collect();
    remove_stale(folder, folder, &wanted, &mut result.removed)?;
    result.removed.sort();
    Ok(result)
}

fn is_current(path: &Path, bytes: &[u8], mode: Mode) -> bool {
    let Ok(meta) = path.symlink_metadata() else { return false };
    meta.is_file()
        && meta.len() == bytes.len() as u64
        && meta.permissions().mode() & 0o777 == mode.bits()
        && fs::read(path).is_ok_and(|old| old == bytes)
}

fn stage(path: &Path, bytes: &[u8], mode: Mode) -> Result<tempfile::NamedTempFile> {
    let parent = path.parent().unwrap_or(Path::new("."));
    ensure_dir(parent)?;
    let failed = |e: std::io::Error| Error::io("writing", path.display(), &e);
    let mut file = tempfile::Builder::new().prefix(".foundry-").tempfile_in(parent).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().set_permissions(fs::Permissions::from_mode(mode.bits())).map_err(failed)?;
    Ok(file)
}

fn remove_stale(
    root: &Path,
    folder: &Path,
    wanted: &BTreeSet<&str>,
    removed: &mut Vec<String>,
) -> Result<()> {
    let listing = match fs::read_dir(folder) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(|e| Error::io("reading", folder.display(), &e))?,
    };
    let paths: Vec<PathBuf> = listing.filter_map(|e| e.ok().map(|e| e.path())).collect();
    for path in paths {
        let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        let is_dir = path.symlink_metadata().is_ok_and(|m| m.is_dir());
        if is_dir {
            remove_stale(root, &path, wanted, removed)?;
            let _ = fs::remove_dir(&path); // stays unless it is empty
        } else if !wanted.contains(relative.as_str()) {
            remove_file(&path)?;
            removed.push(relative);
        }
    }
    Ok(())
}
