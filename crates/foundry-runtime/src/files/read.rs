//! Reads what `foundry_core::load::role` asks for; links out of the registry, loops, huge and binary files
//! become problems, not failures.

use crate::error::{Error, Result};
use foundry_core::load::{FileContent, FileProblem, Files, ignored_dir, role};
use rayon::prelude::*;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// The largest file that is read, in bytes. Registries are text that people write.
pub const LARGEST: u64 = 16 << 20;

/// How deep folders below the root are followed.
const DEEPEST: usize = 24;

/// Folders below the root that can hold files of a registry.
const ROOTS: [&str; 4] = ["config-registry", "domains", "infra", "backup"];

/// Single files at the root that belong to a registry.
const LOOSE: [&str; 2] = [".env", ".gitignore"];

/// Reads every file of the registry at `root`, which is canonical.
pub fn read_registry(root: &Path) -> Result<Files> {
    let mut files = Files {
        folder: root.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(),
        ..Files::default()
    };
    let mut paths: Vec<String> = Vec::new();
    for name in LOOSE {
        if root.join(name).symlink_metadata().is_ok() {
            paths.push(name.to_owned());
        }
    }
    for name in ROOTS {
        if root.join(name).is_dir() {
            paths.extend(walk(root, name, 0)?);
        }
    }
    files.entries = paths.par_iter().map(|path| (Arc::from(path.as_str()), content(root, path))).collect();
    files.tracked = super::git::tracked(root);
    Ok(files)
}

/// Paths of the files below `folder` that have a role, sorted.
fn walk(root: &Path, folder: &str, depth: usize) -> Result<Vec<String>> {
    if depth > DEEPEST || ignored_dir(folder) {
        return Ok(Vec::new());
    }
    let listing = fs::read_dir(root.join(folder)).map_err(|e| Error::io("reading", folder, &e))?;
    let mut children: Vec<(String, fs::FileType)> = Vec::new();
    for entry in listing {
        let entry = entry.map_err(|e| Error::io("reading", folder, &e))?;
        let kind = entry.file_type().map_err(|e| Error::io("reading", folder, &e))?;
        children.push((format!("{folder}/{}", entry.file_name().to_string_lossy()), kind));
    }
    children.sort_by(|a, b| a.0.cmp(&b.0));
    let below = children.into_par_iter().map(|(child, kind)| {
        let role = role(&child);
        // A linked folder is not followed: what it holds is elsewhere in the registry, or out of it.
        match role {
            Some(role) if !kind.is_dir() || must_be_file(&role) => Ok(vec![child]),
            _ if kind.is_dir() => walk(root, &child, depth + 1),
            _ => Ok(Vec::new()),
        }
    });
    let below: Vec<Vec<String>> = below.collect::<Result<_>>()?;
    Ok(below.into_iter().flatten().collect())
}

/// Whether a folder of this role's name is a mistake rather than a folder of templates.
fn must_be_file(role: &foundry_core::load::Role<'_>) -> bool {
    use foundry_core::load::Role;
    !matches!(role, Role::MachineTemplate(_) | Role::DomainTemplate(..) | Role::UserSchema(_))
}

fn content(root: &Path, relative: &str) -> FileContent {
    match read_text(root, &root.join(relative)) {
        Ok(text) => FileContent::Text(text),
        Err(problem) => FileContent::Problem(problem),
    }
}

/// Reads one text file that must lie in `root` after resolving links.
pub fn read_text(root: &Path, path: &Path) -> std::result::Result<Arc<str>, FileProblem> {
    let refused = |e: std::io::Error| match e.raw_os_error() {
        Some(40) => FileProblem::LinkLoop, // ELOOP
        _ => FileProblem::Unreadable(crate::error::lower(&e.to_string())),
    };
    let mut meta = path.symlink_metadata().map_err(refused)?;
    if meta.is_symlink() {
        let target = path.canonicalize().map_err(refused)?;
        if !target.starts_with(root) {
            return Err(FileProblem::LinkOutside);
        }
        meta = path.metadata().map_err(refused)?;
    }
    if !meta.is_file() {
        return Err(FileProblem::NotAFile);
    }
    if meta.len() > LARGEST {
        return Err(FileProblem::TooLarge { bytes: meta.len(), most: LARGEST });
    }
    let mut bytes = Vec::with_capacity(meta.len() as usize + 1);
    let file = fs::File::open(path).map_err(refused)?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(refused)?;
    text(bytes)
}

fn text(bytes: Vec<u8>) -> std::result::Result<Arc<str>, FileProblem> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Arc::from(text.strip_prefix('\u{feff}').unwrap_or(&text))),
        Err(error) => {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = good.iter().filter(|b| **b == b'\n').count() as u32 + 1;
            let column = good.iter().rev().take_while(|b| **b != b'\n').count() as u32 + 1;
            Err(FileProblem::NotUtf8 { line, column })
        }
    }
}
