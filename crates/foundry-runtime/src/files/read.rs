//! Reads what `foundry_core::load::role` asks for; links out of the registry, loops, huge and binary files
//! become problems, not failures.

use crate::error::{Error, Result};
use foundry_core::load::{FileContent, FileProblem, Files, ignored_dir, role};
use rayon::prelude::*;
use std::collections::HashMap;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// The largest file that is read, in bytes. Registries are text that people write.
pub const LARGEST: u64 = 16 << 20;

/// How deep folders below the root are followed.
const DEEPEST: usize = 24;

/// From how many entries on a folder is walked on all cores.
const SIDE_BY_SIDE: usize = 16;

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
    let same = Same::default();
    let read = |path: &String| (Arc::from(path.as_str()), content(root, path, &same));
    files.entries = paths.par_iter().map(read).collect();
    files.tracked = super::git::tracked(root);
    Ok(files)
}

/// Reads one file of the registry at `root`, which is canonical, and nothing else.
pub fn read_one(root: &Path, relative: &str) -> Files {
    Files {
        entries: [(Arc::from(relative), content(root, relative, &Same::default()))].into(),
        ..Files::default()
    }
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
    let below = |(child, kind): (String, fs::FileType)| {
        let role = role(&child);
        // A linked folder is not followed: what it holds is elsewhere in the registry, or out of it.
        match role {
            Some(role) if !kind.is_dir() || must_be_file(&role) => Ok(vec![child]),
            _ if kind.is_dir() => walk(root, &child, depth + 1),
            _ => Ok(Vec::new()),
        }
    };
    let below: Vec<Vec<String>> = match children.len() {
        0..SIDE_BY_SIDE => children.into_iter().map(below).collect::<Result<_>>()?,
        _ => children.into_par_iter().map(below).collect::<Result<_>>()?,
    };
    Ok(below.into_iter().flatten().collect())
}

/// Whether a folder of this role's name is a mistake rather than a folder of templates.
fn must_be_file(role: &foundry_core::load::Role<'_>) -> bool {
    use foundry_core::load::Role;
    !matches!(role, Role::MachineTemplate(_) | Role::DomainTemplate(..) | Role::UserSchema(_))
}

/// Texts that were read: equal ones are kept once, as templates often are copies of each other.
#[derive(Default)]
struct Same {
    texts: Mutex<HashMap<u64, Arc<str>>>,
    hasher: RandomState,
}

impl Same {
    fn one(&self, text: String) -> Arc<str> {
        let hash = self.hasher.hash_one(&text);
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        match texts.get(&hash) {
            Some(known) if **known == *text => known.clone(),
            _ => {
                let text: Arc<str> = text.into();
                texts.insert(hash, text.clone());
                text
            }
        }
    }
}

fn content(root: &Path, relative: &str, same: &Same) -> FileContent {
    match read_string(root, &root.join(relative)) {
        Ok(text) => FileContent::Text(same.one(text)),
        Err(problem) => FileContent::Problem(problem),
    }
}

/// Reads one text file that must lie in `root` after resolving links.
pub fn read_text(root: &Path, path: &Path) -> std::result::Result<Arc<str>, FileProblem> {
    read_string(root, path).map(Arc::from)
}

fn read_string(root: &Path, path: &Path) -> std::result::Result<String, FileProblem> {
    let refused = |e: std::io::Error| match e.raw_os_error() {
        Some(40) => FileProblem::LinkLoop, // ELOOP
        _ => FileProblem::Unreadable(crate::error::lower(&e.to_string())),
    };
    if let Some(bytes) = read_plain(path, LARGEST) {
        return text(bytes);
    }
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

/// The content of what is a file and no link, and has at most `most` bytes, in as few calls as there can be;
/// `None` for all else.
pub(super) fn read_plain(path: &Path, most: u64) -> Option<Vec<u8>> {
    let mut file = open_plain(path)?;
    let length = file.metadata().ok().filter(|m| m.is_file() && m.len() <= most)?.len() as usize;
    let mut bytes = vec![0; length + 1];
    // One byte more was asked for: as many as the file had is all of it.
    (file.read(&mut bytes).ok()? == length).then(|| bytes.truncate(length))?;
    Some(bytes)
}

/// Opens what is no link; a pipe does not make it wait.
pub(super) fn open_plain(path: &Path) -> Option<fs::File> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    fs::OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path).ok()
}

fn text(bytes: Vec<u8>) -> std::result::Result<String, FileProblem> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
        Err(error) => {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = good.iter().filter(|b| **b == b'\n').count() as u32 + 1;
            let column = good.iter().rev().take_while(|b| **b != b'\n').count() as u32 + 1;
            Err(FileProblem::NotUtf8 { line, column })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::read_registry;
    use foundry_core::load::FileContent;
    use std::os::unix::fs::symlink;
    use std::sync::Arc;

    #[test]
    fn equal_texts_are_one_and_a_link_reads_as_its_target() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for domain in ["a", "b", "c"] {
            std::fs::create_dir_all(root.join("domains").join(domain).join("templates")).unwrap();
        }
        let path = |domain: &str| format!("domains/{domain}/templates/app.conf.tmpl");
        std::fs::write(root.join(path("a")), "same\n").unwrap();
        std::fs::write(root.join(path("b")), "\u{feff}same\n").unwrap();
        symlink("../../a/templates/app.conf.tmpl", root.join(path("c"))).unwrap();
        let files = read_registry(&root).unwrap();
        let text = |domain: &str| match &files.entries[path(domain).as_str()] {
            FileContent::Text(text) => text.clone(),
            FileContent::Problem(problem) => panic!("{problem:?}"),
        };
        assert_eq!(&*text("a"), "same\n");
        assert!(Arc::ptr_eq(&text("a"), &text("b")) && Arc::ptr_eq(&text("a"), &text("c")));
    }
}
