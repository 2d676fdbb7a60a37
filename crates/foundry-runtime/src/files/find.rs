//! Finds a registry upward from a folder.

use crate::error::{Error, Kind, Result};
use foundry_core::load::MARKER;
use std::path::{Path, PathBuf};

/// The root of the registry: `given` itself, or the nearest folder from `start` upward that has a
/// `config-registry/env/domains.yml`.
pub fn find_root(given: Option<&Path>, start: &Path) -> Result<PathBuf> {
    if let Some(given) = given {
        let marker = given.join(MARKER);
        return match marker.symlink_metadata() {
            Ok(_) => given.canonicalize().map_err(|e| Error::io("opening", given.display(), &e)),
            Err(_) => Err(Error::new(
                Kind::Usage,
                format!("{} is no registry: it has no {MARKER}", given.display()),
            )
            .hint("name the folder that holds config-registry/ with --registry DIR")),
        };
    }
    let start = start.canonicalize().map_err(|e| Error::io("opening", start.display(), &e))?;
    let found = start.ancestors().find(|folder| folder.join(MARKER).symlink_metadata().is_ok());
    found.map(Path::to_path_buf).ok_or_else(|| {
        Error::new(Kind::Usage, format!("no registry here or above: there is no {MARKER}"))
            .hint("go to a folder of a registry, or name one with --registry DIR")
            .hint("make a new one: foundry init DIR")
    })
}
