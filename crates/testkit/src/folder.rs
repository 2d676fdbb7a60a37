//! The folder of a test's servers, and the end of servers whose test was killed before it could end them.

use crate::name::{is_abandoned, unique};
use crate::system;
use std::fs::{read_dir, read_link, read_to_string};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;

static SWEPT: Once = Once::new();

/// A new folder, removed when it is dropped. Servers run in it, which is how they are recognised later.
///
/// # Panics
/// When the temporary directory cannot be written.
pub(crate) fn folder() -> tempfile::TempDir {
    let base = std::env::temp_dir().join("foundry-testkit");
    std::fs::create_dir_all(&base).expect("the temporary directory is writable");
    SWEPT.call_once(|| {
        for entry in read_dir(&base).into_iter().flatten().flatten() {
            if is_abandoned(&entry.file_name().to_string_lossy()) {
                clear(&entry.path());
            }
        }
    });
    let prefix = format!("{}-", unique());
    tempfile::Builder::new().prefix(&prefix).tempdir_in(base).expect("the temporary directory is writable")
}

/// Ends the processes that run in a folder, unmounts what is mounted there, and removes it.
fn clear(folder: &Path) {
    for entry in read_dir("/proc").into_iter().flatten().flatten() {
        let inside = read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder));
        if inside && entry.file_name().to_string_lossy().parse::<u32>().is_ok() {
            system::run(Command::new("kill").arg("-9").arg(entry.file_name()));
        }
    }
    unmount(folder);
    let _ = std::fs::remove_dir_all(folder);
}

/// Unmounts everything below a folder, the innermost first.
pub(crate) fn unmount(folder: &Path) {
    let mounts = read_to_string("/proc/mounts").unwrap_or_default();
    let places = mounts.lines().filter_map(|line| line.split(' ').nth(1)).map(PathBuf::from);
    let mut places: Vec<PathBuf> = places.filter(|place| place.starts_with(folder)).collect();
    places.reverse();
    for place in places {
        system::run(Command::new("umount").arg("-l").arg(place));
    }
}
