//! A server process of one test: a folder of its own, a log, and its end when it is dropped.

use crate::wait::until;
use std::fs::File;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running server. Dropping it ends the process and waits for it.
#[derive(Debug)]
pub(crate) struct Server {
    name: String,
    child: Child,
    log: std::path::PathBuf,
}

impl Server {
    /// Starts a command with its output going to `FOLDER/NAME.log`.
    #[track_caller]
    pub(crate) fn start(name: &str, command: &mut Command, folder: &Path) -> Self {
        let log = folder.join(format!("{name}.log"));
        let file =
            File::options().create(true).append(true).open(&log).expect("the test's folder is writable");
        let errors = file.try_clone().expect("a file handle");
        let child = command.stdin(Stdio::null()).stdout(file).stderr(errors).current_dir(folder).spawn();
        let child = child.unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        Self { name: name.to_owned(), child, log }
    }

    /// The name that it was started under.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Waits until the server is ready; shows the end of its log when it is not.
    #[track_caller]
    pub(crate) fn ready(&mut self, what: &str, mut ready: impl FnMut() -> bool) {
        let mut ended = None;
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            until(what, 90, || {
                ended = self.child.try_wait().ok().flatten();
                ended.is_some() || ready()
            });
        }));
        assert!(
            result.is_ok() && ended.is_none(),
            "{what}: not ready (ended: {ended:?})\n{}",
            self.log_end()
        );
    }

    /// Waits until something listens on a loopback port.
    #[track_caller]
    pub(crate) fn listens(&mut self, what: &str, address: &str) {
        self.ready(what, || TcpStream::connect(address).is_ok());
    }

    /// The last lines that the server said.
    pub(crate) fn log_end(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
