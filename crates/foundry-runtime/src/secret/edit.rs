//! Plain text in a person's editor, in a private folder that is gone afterwards.

use super::private_folder::PrivateFolder;
use crate::error::{Error, Result};
use crate::host::edit_file;
use secrecy::zeroize::Zeroizing;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

/// `plain` as a person leaves it; `name` is the file's name in the editor.
///
/// # Errors
/// `Host` when there is no place for the file or the editor fails.
pub fn edit_secretly(name: &str, plain: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let folder = PrivateFolder::new()?;
    let path = folder.path().join(name);
    let failed = |action: &str, e: std::io::Error| Error::io(action, path.display(), &e);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .map_err(|e| failed("writing", e))?;
    file.write_all(plain).map_err(|e| failed("writing", e))?;
    drop(file);
    edit_file(&path)?;
    // An editor may have put a new file in the old one's place.
    std::fs::read(&path).map(Zeroizing::new).map_err(|e| failed("reading back", e))
}
