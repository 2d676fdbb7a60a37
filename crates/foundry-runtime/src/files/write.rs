//! Replaces files atomically: a reader sees the old content or the new one, never half of it.

use crate::error::{Error, Result};
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Who may read a written file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// 0644.
    Public,
    /// 0600, for what holds a secret.
    Private,
    /// 0755, for scripts.
    Program,
}

impl Mode {
    /// The permission bits.
    pub fn bits(self) -> u32 {
        match self {
            Mode::Public => 0o644,
            Mode::Private => 0o600,
            Mode::Program => 0o755,
        }
    }
}

/// Makes `path` hold `bytes`. An equal file keeps its modification time; a wrong mode is mended either way.
/// Says whether anything changed.
pub fn write_atomic(path: &Path, bytes: &[u8], mode: Mode) -> Result<bool> {
    write_with_bits(path, bytes, mode.bits(), true)
}

/// Like [`write_atomic`] for what can be made again: it does not wait for the disk.
pub fn write_cache(path: &Path, bytes: &[u8]) -> Result<bool> {
    write_with_bits(path, bytes, Mode::Public.bits(), false)
}

/// Makes `path` hold `bytes` and leaves its mode; a link to a file is followed. A new file gets `new`.
/// Says whether anything changed.
pub fn write_in_place(path: &Path, bytes: &[u8], new: Mode) -> Result<bool> {
    let Ok(meta) = path.metadata() else { return write_with_bits(path, bytes, new.bits(), true) };
    let full = path.canonicalize().map_err(|e| Error::io("opening", path.display(), &e))?;
    write_with_bits(&full, bytes, meta.permissions().mode() & 0o777, true)
}

fn write_with_bits(path: &Path, bytes: &[u8], bits: u32, durable: bool) -> Result<bool> {
    if let Ok(meta) = path.symlink_metadata()
        && meta.is_file()
        && meta.len() == bytes.len() as u64
        && fs::read(path).is_ok_and(|old| old == bytes)
    {
        let wrong_mode = meta.permissions().mode() & 0o777 != bits;
        if wrong_mode {
            fs::set_permissions(path, fs::Permissions::from_mode(bits))
                .map_err(|e| Error::io("changing the mode of", path.display(), &e))?;
        }
        return Ok(wrong_mode);
    }
    let failed = |e: std::io::Error| Error::io("writing", path.display(), &e);
    let file = stage(path, bytes, bits)?;
    if durable {
        file.as_file().sync_data().map_err(failed)?;
    }
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(true)
}

/// Writes what `path` is to hold beside it, under a name of its own.
pub(super) fn stage(path: &Path, bytes: &[u8], bits: u32) -> Result<tempfile::NamedTempFile> {
    let failed = |e: std::io::Error| Error::io("writing", path.display(), &e);
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let wanted = fs::Permissions::from_mode(bits);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".foundry-").permissions(wanted.clone());
    let mut file = builder.tempfile_in(folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    // The process's mask may have taken something away.
    if file.as_file().metadata().map_err(failed)?.permissions().mode() & 0o777 != bits {
        file.as_file().set_permissions(wanted).map_err(failed)?;
    }
    Ok(file)
}

/// Makes a folder and its parents.
pub fn ensure_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|e| Error::io("making the folder", path.display(), &e))
}

/// Removes a file; one that is already gone is fine.
pub fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("removing", path.display(), &e)),
        _ => Ok(()),
    }
}

/// Removes a folder and everything in it; says whether there was one. A link is removed, not followed.
pub fn remove_tree(path: &Path) -> Result<bool> {
    match path.symlink_metadata() {
        Err(_) => Ok(false),
        Ok(meta) if meta.is_dir() => {
            fs::remove_dir_all(path).map(|()| true).map_err(|e| Error::io("removing", path.display(), &e))
        }
        Ok(_) => remove_file(path).map(|()| true),
    }
}
