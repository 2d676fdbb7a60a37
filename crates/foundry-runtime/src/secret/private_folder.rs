//! A folder for plain text that outlives nobody: private, in memory where possible, gone also after kill -9.

use crate::error::{Error, Result};
use crate::host::Cleaner;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Mode 0700, removed when dropped; a watcher removes it when this process ends in any other way.
pub struct PrivateFolder {
    // Dropped in this order: the folder goes first, then its watcher has nothing left to do.
    folder: tempfile::TempDir,
    _cleaner: Cleaner,
}

impl PrivateFolder {
    /// Makes one in `$XDG_RUNTIME_DIR`, else `/dev/shm`, else the temporary folder.
    ///
    /// # Errors
    /// `Host` when none of them can be written, or the watcher cannot be started.
    pub fn new() -> Result<PrivateFolder> {
        let mut last = None;
        for place in places() {
            let made = tempfile::Builder::new()
                .prefix("foundry-")
                .permissions(Permissions::from_mode(0o700))
                .tempdir_in(&place);
            match made {
                Ok(folder) => {
                    let cleaner = Cleaner::watch(folder.path())?;
                    return Ok(PrivateFolder { folder, _cleaner: cleaner });
                }
                Err(error) => last = Some(Error::io("making a private folder in", place.display(), &error)),
            }
        }
        Err(last.unwrap_or_else(|| Error::new(crate::Kind::Internal, "no place for a private folder")))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn places() -> Vec<PathBuf> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|p| p.is_absolute());
    let memory = [runtime, Some(PathBuf::from("/dev/shm"))];
    let usable = memory.into_iter().flatten().filter(|p| p.is_dir());
    usable.chain([std::env::temp_dir()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_private_and_gone_when_dropped() {
        let folder = PrivateFolder::new().expect("a folder");
        let path = folder.path().to_path_buf();
        std::fs::write(path.join("secret"), "x").expect("written");
        let mode = path.metadata().expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        drop(folder);
        assert!(!path.exists());
    }
}
