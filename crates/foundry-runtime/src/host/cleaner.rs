//! A small process that removes a folder when this one has ended, whatever ended it.

use crate::error::{Error, Result};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Waits at the other end of a pipe: the system closes our end also after kill -9.
pub struct Cleaner {
    child: Child,
}

/// Signals that end a whole session must not end the watcher before it has done its work.
const SCRIPT: &str = "trap '' HUP INT QUIT TERM; read -r _; rm -rf -- \"$1\"";

impl Cleaner {
    /// Watches over a folder.
    ///
    /// # Errors
    /// `Host` when `sh` cannot be started.
    pub fn watch(folder: &Path) -> Result<Cleaner> {
        let child = Command::new("sh")
            .args(["-c", SCRIPT, "foundry-cleaner"])
            .arg(folder)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|e| Error::io("starting", "sh", &e))?;
        Ok(Cleaner { child })
    }
}

impl Drop for Cleaner {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
