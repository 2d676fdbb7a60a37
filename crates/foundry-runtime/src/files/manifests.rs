//! A generated tree beside hand-written files: compared first, and nothing that a person wrote is replaced unasked.

use super::write::{Mode, ensure_dir, remove_file, write_atomic};
use crate::error::{Error, Kind, Result};
use foundry_core::kubernetes::{Origin, TreeFile, origin};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Larger files are not generated ones.
const LARGEST: u64 = 16 << 20;

/// How a tree on disk differs from the one that is wanted, as paths relative to its root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TreeChange {
    /// New or different.
    pub write: Vec<String>,
    /// Generated once, and not wanted any more.
    pub remove: Vec<String>,
    /// How many stay as they are.
    pub unchanged: usize,
    /// Generated, and changed by somebody since.
    pub edited: Vec<String>,
    /// In the place of a wanted file, and not generated for this environment.
    pub foreign: Vec<String>,
}

/// Compares the files below `root` with `files`. Generated files of `environment` in `folders` that are not among
/// `wanted` go.
pub fn compare_tree(
    root: &Path,
    environment: &str,
    files: &[&TreeFile],
    wanted: &BTreeSet<&str>,
    folders: &[String],
) -> Result<TreeChange> {
    let mut change = TreeChange::default();
    for file in files {
        refuse_links(root, &file.path)?;
        match read(&root.join(&file.path))? {
            None => change.write.push(file.path.clone()),
            Some(text) if text == file.text => change.unchanged += 1,
            Some(text) => match origin(&text, environment) {
                Origin::Generated => change.write.push(file.path.clone()),
                Origin::Edited => change.edited.push(file.path.clone()),
                Origin::Foreign => change.foreign.push(file.path.clone()),
            },
        }
    }
    for folder in folders {
        stale(root, folder, environment, wanted, &mut change)?;
    }
    change.remove.sort();
    change.edited.sort();
    Ok(change)
}

/// Carries out `change`: each file is replaced at once, so that a run that is cut off leaves whole files, and the next
/// run does the rest. Edited and foreign files are replaced too: whoever does not want that stops before.
pub fn write_tree(root: &Path, files: &[&TreeFile], change: &TreeChange) -> Result<()> {
    let changed: BTreeSet<&String> =
        change.write.iter().chain(&change.edited).chain(&change.foreign).collect();
    for file in files.iter().filter(|f| changed.contains(&f.path)) {
        let path = root.join(&file.path);
        if let Some(folder) = path.parent() {
            ensure_dir(folder)?;
        }
        write_atomic(&path, file.text.as_bytes(), Mode::Public)?;
    }
    for path in &change.remove {
        remove_file(&root.join(path))?;
        let mut folder = root.join(path);
        // Folders that are empty now go too, up to the first that is not.
        while folder.pop() && folder != root && fs::remove_dir(&folder).is_ok() {}
    }
    Ok(())
}

fn stale(
    root: &Path,
    folder: &str,
    environment: &str,
    wanted: &BTreeSet<&str>,
    change: &mut TreeChange,
) -> Result<()> {
    let path = root.join(folder);
    if !path.symlink_metadata().is_ok_and(|m| m.is_dir()) {
        return Ok(());
    }
    let listing = fs::read_dir(&path).map_err(|e| Error::io("reading", path.display(), &e))?;
    for entry in listing {
        let entry = entry.map_err(|e| Error::io("reading", path.display(), &e))?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let below = format!("{folder}/{name}");
        let kind = entry.file_type().map_err(|e| Error::io("reading", entry.path().display(), &e))?;
        if kind.is_dir() {
            stale(root, &below, environment, wanted, change)?;
        } else if kind.is_file() && name.ends_with(".yaml") && !wanted.contains(below.as_str()) {
            let Some(text) = read(&entry.path())? else { continue };
            match origin(&text, environment) {
                Origin::Generated => change.remove.push(below),
                Origin::Edited => change.edited.push(below),
                Origin::Foreign => {}
            }
        }
    }
    Ok(())
}

/// The text of a file; `None` when there is none. What is no text was written by somebody else.
fn read(path: &Path) -> Result<Option<String>> {
    let Ok(meta) = path.symlink_metadata() else { return Ok(None) };
    if !meta.is_file() || meta.len() > LARGEST {
        return Ok(Some(String::new()));
    }
    let bytes = fs::read(path).map_err(|e| Error::io("reading", path.display(), &e))?;
    Ok(Some(String::from_utf8(bytes).unwrap_or_default()))
}

/// A link on the way would lead the writing out of the registry.
fn refuse_links(root: &Path, path: &str) -> Result<()> {
    let mut full = root.to_owned();
    for part in path.split('/') {
        if part == ".." {
            return Err(Error::new(Kind::Refused, format!("{path} leads out of the registry"))
                .hint("mend `layout` and `repository.path` in environments.yml"));
        }
        full.push(part);
        if full.symlink_metadata().is_ok_and(|m| m.file_type().is_symlink()) {
            return Err(Error::new(Kind::Refused, format!("{path} leads through a link"))
                .hint(format!("replace {} by a folder of its own", full.display())));
        }
    }
    Ok(())
}
