//! The number of visits: kept in a file, asked of another server, or not counted.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::http;

/// Where the number of visits comes from.
pub enum Visits {
    /// This server counts nothing.
    Uncounted,
    /// The number is in a file in this directory, which survives the container.
    Kept(Mutex<PathBuf>),
    /// Another server counts: its address, to which the count is posted.
    Asked(String),
}

impl Visits {
    pub fn kept_in(dir: PathBuf) -> Self {
        Visits::Kept(Mutex::new(dir))
    }

    pub fn asked_of(url: String) -> Self {
        Visits::Asked(url)
    }

    /// Counts one more; `None` where nothing is counted.
    pub fn next(&self) -> Option<Result<u64, String>> {
        match self {
            Visits::Uncounted => None,
            Visits::Kept(dir) => {
                // A poisoned lock only means that another visit failed half-way: the file is whole.
                let dir = dir.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                Some(add_one(&dir).map_err(|error| format!("cannot keep the number of visits: {error}")))
            }
            Visits::Asked(url) => Some(ask(url)),
        }
    }

    /// Whether the number can be read, and so whether this server can do its work.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Visits::Kept(dir) => {
                let dir = dir.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                let writable = fs::metadata(&*dir).and_then(|found| match found.permissions().readonly() {
                    true => Err(io::Error::other("it is read-only")),
                    false => read(&dir).map(drop),
                });
                writable.map_err(|error| format!("{} is unusable: {error}", dir.display()))
            }
            Visits::Uncounted | Visits::Asked(_) => Ok(()),
        }
    }
}

fn ask(url: &str) -> Result<u64, String> {
    match http::fetch("POST", url)? {
        (200, body) => body.trim().parse().map_err(|_| format!("not a number: {}", body.trim())),
        (status, body) => Err(format!("{status}: {}", body.trim())),
    }
}

fn read(dir: &Path) -> io::Result<u64> {
    match fs::read_to_string(dir.join("visits")) {
        Ok(text) => text.trim().parse().map_err(|_| io::Error::other("the file visits holds no number")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

/// Writes beside the file and renames: a server killed in the middle leaves the old number, never half of one.
fn add_one(dir: &Path) -> io::Result<u64> {
    let number = read(dir)? + 1;
    let beside = dir.join("visits.new");
    let mut file = fs::File::create(&beside)?;
    writeln!(file, "{number}")?;
    file.sync_all()?;
    fs::rename(&beside, dir.join("visits"))?;
    Ok(number)
}
