//! The registry's `.foundry/`: locks and journals, ignored by Git without the user's doing.

use std::io;
use std::path::{Path, PathBuf};

/// Makes `.foundry/` (and `below` in it) and returns the path.
pub(crate) fn make(registry: &Path, below: &str) -> io::Result<PathBuf> {
    let own = registry.join(".foundry");
    std::fs::create_dir_all(own.join(below))?;
    let ignore = own.join(".gitignore");
    if !ignore.exists() {
        std::fs::write(&ignore, "*\n")?;
    }
    Ok(own.join(below))
}
