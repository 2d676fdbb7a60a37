//! This machine: the programs and files of the system that Foundry itself runs on.

use super::command::{Command, Output, Watch};
use super::process::{self, Interrupt};
use crate::error::{Error, Kind, Result};
use foundry_core::plan::FileStat;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

pub(super) async fn run(command: &Command, watch: &Watch<'_>) -> Result<Output> {
    let Some((program, args)) = command.argv.split_first() else {
        return Err(Error::new(Kind::Internal, "an empty command"));
    };
    let mut child = tokio::process::Command::new(program);
    child.args(args);
    if let Some(keep) = &command.keep {
        child.env_clear();
        child.envs(keep.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    }
    child.envs(command.env.iter().map(|(name, value)| (name, value.expose_secret())));
    if let Some(cwd) = &command.cwd {
        child.current_dir(cwd);
    }
    let input = command.stdin.as_ref().map_or(&[][..], |bytes| bytes.expose_secret());
    process::run(child, input, watch, Interrupt::Group).await.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound if command.cwd.as_ref().is_none_or(|cwd| cwd.is_dir()) => {
            Error::new(Kind::Host, format!("{} is not installed on this machine", command.program()))
                .hint(format!("install {}", command.program()))
        }
        _ => Error::io("starting", program, &error),
    })
}

/// Runs blocking file work on the thread pool.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(Error::new(Kind::Internal, format!("file work ended early: {error}"))))
}

pub(super) async fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    let path = path.to_path_buf();
    blocking(move || match fs::read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("reading", path.display(), &error)),
    })
    .await
}

pub(super) async fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let (path, bytes) = (path.to_path_buf(), bytes.to_vec());
    blocking(move || {
        replace(&path, &bytes, mode).map_err(|error| Error::io("writing", path.display(), &error))
    })
    .await
}

fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    // Made with mode 0600, so that nobody reads a secret between the two calls.
    let mut file = tempfile::Builder::new().prefix(".foundry-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().set_permissions(fs::Permissions::from_mode(mode))?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

pub(super) async fn hashes(folder: &Path) -> Result<BTreeMap<String, String>> {
    each_file(folder, |path| Ok(hex(&Sha256::digest(fs::read(path)?)))).await
}

pub(super) async fn stats(folder: &Path) -> Result<BTreeMap<String, FileStat>> {
    each_file(folder, |path| {
        let meta = fs::symlink_metadata(path)?;
        let modified = u64::try_from(meta.mtime()).unwrap_or(0);
        Ok(FileStat { mode: meta.mode() & 0o7777, modified })
    })
    .await
}

/// What `look` says of every regular file below `folder`, by path below it.
async fn each_file<T: Send + 'static>(
    folder: &Path,
    look: fn(&Path) -> io::Result<T>,
) -> Result<BTreeMap<String, T>> {
    let folder = folder.to_path_buf();
    blocking(move || {
        let mut out = BTreeMap::new();
        let mut todo = vec![folder.clone()];
        while let Some(current) = todo.pop() {
            one_folder(&folder, &current, &mut todo, look, &mut out)
                .map_err(|error| Error::io("reading the files below", current.display(), &error))?;
        }
        Ok(out)
    })
    .await
}

fn one_folder<T>(
    folder: &Path,
    current: &Path,
    todo: &mut Vec<PathBuf>,
    look: fn(&Path) -> io::Result<T>,
    out: &mut BTreeMap<String, T>,
) -> io::Result<()> {
    let entries = match fs::read_dir(current) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            todo.push(entry.path());
        } else if kind.is_file() {
            let path = entry.path();
            let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
            match look(&path) {
                // Replaced or removed since it was listed.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                seen => _ = out.insert(name, seen?),
            }
        }
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) async fn remove(path: &Path, above: &Path) -> Result<()> {
    let (path, above) = (path.to_path_buf(), above.to_path_buf());
    blocking(move || {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::io("removing", path.display(), &error));
            }
            _ => {}
        }
        for folder in
            path.ancestors().skip(1).take_while(|folder| *folder != above && folder.starts_with(&above))
        {
            // Not empty, or gone already: either is as it should be.
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(())
    })
    .await
}
