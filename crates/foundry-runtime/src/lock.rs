//! One run at a time per environment, by a lock of the operating system: it ends with its process, whatever happens.

use crate::error::{Error, Kind, Result};
use crate::{Cancel, clock, own_folder};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The system can only be asked, not waited for with a time limit.
const ASK_AGAIN: Duration = Duration::from_millis(100);

/// Held until it is dropped or the process ends.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

/// Who holds a lock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Process id.
    pub pid: u32,
    /// What it was asked to do.
    pub command: String,
    /// RFC 3339 time since when.
    pub since: String,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.pid {
            0 => f.write_str("a run that has not told its name yet"),
            pid => write!(f, "{} (process {pid}, since {})", self.command, self.since),
        }
    }
}

/// Which lock, for what, and how long it may take to get it.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Root folder of the registry.
    pub registry: &'a Path,
    /// The environment's name.
    pub environment: &'a str,
    /// What the lock is wanted for, as typed.
    pub command: &'a str,
    /// How long to wait for another run.
    pub timeout: Duration,
    /// Raised to give up.
    pub cancel: &'a Cancel,
    /// Called once when another run holds the lock and waiting begins.
    pub on_busy: &'a (dyn Fn(&Holder) + Send + Sync),
}

impl Lock {
    /// Takes the lock, waiting for another run if need be.
    ///
    /// # Errors
    /// `Refused` when the other run still holds it after the timeout, `Cancelled` when the flag was raised,
    /// `Host` when `.foundry/` cannot be written.
    pub async fn take(wanted: &Wanted<'_>) -> Result<Lock> {
        let mut file = open(wanted)?;
        let began = Instant::now();
        let mut told = false;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(Error::io("locking", shown(wanted), &error)),
                Err(TryLockError::WouldBlock) => {}
            }
            let holder = holder(&mut file);
            if began.elapsed() >= wanted.timeout {
                let message = format!("another run works on {}: {holder}", wanted.environment);
                let hint = "wait until it has ended, or say how long to wait with --lock-timeout";
                return Err(Error::new(Kind::Refused, message).hint(hint));
            }
            if !told {
                (wanted.on_busy)(&holder);
                told = true;
            }
            tokio::select! {
                () = wanted.cancel.cancelled() => {
                    return Err(Error::new(Kind::Cancelled, format!("waiting for {holder} was interrupted")));
                }
                () = tokio::time::sleep(ASK_AGAIN) => {}
            }
        }
        let since = clock::now_utc();
        let me = Holder { pid: std::process::id(), command: wanted.command.to_string(), since };
        // The name is only for the others' message: a full disk must not keep anybody from working.
        let _ = write(&mut file, &me);
        Ok(Lock { file })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file gives the lock back; nobody may read our name after that.
        let _ = self.file.set_len(0);
    }
}

fn open(wanted: &Wanted<'_>) -> Result<File> {
    let open = || {
        let folder = own_folder::make(wanted.registry, "lock")?;
        let path = folder.join(file_name(wanted.environment));
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
    };
    open().map_err(|error| {
        let said = Error::io("opening the lock in", shown(wanted), &error);
        // A full disk has its own hint.
        match said.hints.is_empty() {
            true => said.hint(format!("make {} writable", wanted.registry.join(".foundry").display())),
            false => said,
        }
    })
}

/// Where the lock of an environment is.
pub fn path(registry: &Path, environment: &str) -> PathBuf {
    registry.join(".foundry/lock").join(file_name(environment))
}

fn shown(wanted: &Wanted<'_>) -> String {
    wanted.registry.join(".foundry/lock").display().to_string()
}

/// An environment's name as the name of a file: what is no plain letter, digit, `-` or `_` is written as its code.
fn file_name(environment: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    environment
        .bytes()
        .map(|b| if plain(b) { (b as char).to_string() } else { format!("%{b:02x}") })
        .collect()
}

fn holder(file: &mut File) -> Holder {
    let mut text = String::new();
    let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_string(&mut text));
    // It may be read in the very moment in which it is written.
    read.ok().and_then(|_| serde_json::from_str(&text).ok()).unwrap_or_default()
}

fn write(file: &mut File, holder: &Holder) -> std::io::Result<()> {
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(serde_json::to_string(holder)?.as_bytes())
}

#[cfg(test)]
mod tests;
