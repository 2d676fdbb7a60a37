//! Reads a GitOps repository: every text file, within bounds; links to folders and `.git` are left out.

use super::read::read_text;
use crate::error::{Error, Kind, Result};
use foundry_core::load::{FileContent, Files};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// How deep folders below the root are followed.
const DEEPEST: usize = 40;

/// The most files that are read: more is no repository of manifests.
const MOST: usize = 100_000;

/// Folders that hold no manifests, wherever they stand.
const LEFT_OUT: [&str; 4] = [".git", "node_modules", ".terraform", ".venv"];

/// Reads every file in and below `dir`. What cannot be read as text is a problem of that file alone.
///
/// # Errors
/// When `dir` is no folder or cannot be read, or holds too many files.
pub fn read_tree(dir: &Path) -> Result<Files> {
    let root = dir.canonicalize().map_err(|e| Error::io("reading", dir.display(), &e))?;
    if !root.is_dir() {
        let error = Error::new(Kind::Usage, format!("{} is not a folder", dir.display()));
        return Err(error.hint("name the folder of a repository: foundry validate --tree DIR"));
    }
    let folder = root.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mut files = Files { folder, ..Files::default() };
    walk(&root, "", 0, &mut files)?;
    Ok(files)
}

fn walk(root: &Path, folder: &str, depth: usize, files: &mut Files) -> Result<()> {
    if depth > DEEPEST {
        return Ok(());
    }
    let path = root.join(folder);
    let listing = fs::read_dir(&path).map_err(|e| Error::io("reading", path.display(), &e))?;
    for entry in listing {
        let entry = entry.map_err(|e| Error::io("reading", path.display(), &e))?;
        let kind = entry.file_type().map_err(|e| Error::io("reading", path.display(), &e))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let child = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if kind.is_dir() {
            if !LEFT_OUT.contains(&name.as_str()) {
                walk(root, &child, depth + 1, files)?;
            }
            continue;
        }
        if kind.is_symlink() && root.join(&child).is_dir() {
            continue;
        }
        if files.entries.len() >= MOST {
            let message = format!("more than {MOST} files in {}", root.display());
            return Err(Error::new(Kind::Usage, message).hint("name the folder that holds the manifests"));
        }
        let content = match read_text(root, &root.join(&child)) {
            Ok(text) => FileContent::Text(text),
            Err(problem) => FileContent::Problem(problem),
        };
        files.entries.insert(Arc::from(child), content);
    }
    Ok(())
}
