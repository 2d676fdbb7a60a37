//! Small listings: names for completions, files of one folder.

use super::read::read_text;
use crate::error::{Error, Result};
use foundry_core::load::{FileContent, Files, MARKER};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Reads only what names domains and environments; what cannot be read is left out.
pub fn read_names(root: &Path) -> Files {
    let mut files = Files::default();
    let mut paths = vec![MARKER.to_owned(), "config-registry/env/environments.yml".to_owned()];
    let overrides = list_files(&root.join("config-registry/env/overrides")).unwrap_or_default();
    for path in overrides.iter().map(|name| format!("config-registry/env/overrides/{name}")) {
        files.entries.insert(Arc::from(path), FileContent::Text(Arc::from("")));
    }
    for path in paths.drain(..) {
        if let Ok(text) = read_text(root, &root.join(&path)) {
            files.entries.insert(Arc::from(path), FileContent::Text(text));
        }
    }
    files
}

/// Names of the regular files directly in `folder`, sorted; none when there is no folder.
pub fn list_files(folder: &Path) -> Result<Vec<String>> {
    let listing = match fs::read_dir(folder) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(|e| Error::io("reading", folder.display(), &e))?,
    };
    let mut names = Vec::new();
    for entry in listing {
        let entry = entry.map_err(|e| Error::io("reading", folder.display(), &e))?;
        if entry.file_type().is_ok_and(|t| t.is_file()) {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
