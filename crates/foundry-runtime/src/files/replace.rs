//! Replaces a domain's rendered files: everything is staged first, so that a full disk changes nothing.

use super::read::open_plain;
use super::write::{Mode, ensure_dir, remove_file, stage};
use crate::error::{Error, Result};
use foundry_core::render::Artifact;
use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
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
    let is_new = make(folder)?;
    let mut staged = Vec::new();
    for artifact in artifacts {
        let path = folder.join(&artifact.path);
        let mode = if artifact.secret { Mode::Private } else { Mode::Public };
        if !is_new && is_current(&path, artifact.content.expose().as_bytes(), mode) {
            result.unchanged += 1;
            continue;
        }
        if let Some(parent) = path.parent().filter(|parent| *parent != folder) {
            ensure_dir(parent)?;
        }
        staged.push((stage(&path, artifact.content.expose().as_bytes(), mode.bits())?, path));
        result.written.push(artifact.path.clone());
    }
    for (file, path) in staged {
        put(file, &path)?;
    }
    if !is_new {
        let wanted: BTreeSet<&str> = artifacts.iter().map(|a| a.path.as_str()).collect();
        remove_stale(folder, folder, &wanted, &mut result.removed)?;
        result.removed.sort();
    }
    Ok(result)
}

/// Makes the folder; says whether it was not there.
fn make(folder: &Path) -> Result<bool> {
    match fs::create_dir(folder) {
        Ok(()) => Ok(true),
        Err(_) => ensure_dir(folder).map(|()| false),
    }
}

/// Gives a staged file its name; a folder of that name makes way.
fn put(file: tempfile::NamedTempFile, path: &Path) -> Result<()> {
    let failed = |e: std::io::Error| Error::io("writing", path.display(), &e);
    let Err(refused) = file.persist(path) else { return Ok(()) };
    if refused.error.kind() != std::io::ErrorKind::IsADirectory {
        return Err(failed(refused.error));
    }
    fs::remove_dir_all(path).map_err(|e| Error::io("removing", path.display(), &e))?;
    refused.file.persist(path).map(drop).map_err(|e| failed(e.error))
}

fn is_current(path: &Path, bytes: &[u8], mode: Mode) -> bool {
    let Some(mut file) = open_plain(path) else { return false };
    let fits = |meta: fs::Metadata| {
        meta.is_file() && meta.len() == bytes.len() as u64 && meta.permissions().mode() & 0o777 == mode.bits()
    };
    let mut old = vec![0; bytes.len() + 1];
    file.metadata().is_ok_and(fits)
        && file.read(&mut old).is_ok_and(|length| length == bytes.len())
        && old.starts_with(bytes)
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
    let entry = |e: fs::DirEntry| (e.path(), e.file_type().is_ok_and(|kind| kind.is_dir()));
    let entries: Vec<(PathBuf, bool)> = listing.filter_map(|e| e.ok().map(entry)).collect();
    for (path, is_dir) in entries {
        let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
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
