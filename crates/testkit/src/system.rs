//! Asking `testbed/up` for a system, and running its programs.

use crate::Missing;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What `testbed/up NAME` printed: paths and addresses by key.
#[derive(Debug, Clone)]
pub(crate) struct System {
    name: String,
    values: BTreeMap<String, String>,
}

impl System {
    /// The value of a key that the system's script promises.
    pub(crate) fn get(&self, key: &str) -> &str {
        let value = self.values.get(key).map(String::as_str);
        value.unwrap_or_else(|| panic!("testbed/up {} printed no {key}", self.name))
    }
}

/// The project's root folder.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("crates/testkit is two levels down")
        .to_owned()
}

/// Makes a system ready. What its script says on stderr becomes the reason when it fails.
pub(crate) fn up(name: &str) -> Result<System, Missing> {
    let output = Command::new(repository().join("testbed/up"))
        .arg(name)
        .output()
        .map_err(|error| Missing::new(name, &format!("testbed/up does not start: {error}")))?;
    if !output.status.success() {
        return Err(Missing::new(name, &String::from_utf8_lossy(&output.stderr)));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let values = text.lines().filter_map(|line| line.split_once('='));
    let values = values.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    Ok(System { name: name.to_owned(), values })
}

/// Runs a command to its end and returns its stdout without the last newline.
///
/// # Panics
/// When it does not start or fails, with everything it said: in a test that is the finding.
#[track_caller]
pub(crate) fn text(command: &mut Command) -> String {
    let output = run(command);
    assert!(
        output.status.success(),
        "{command:?} ended with {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned()
}

/// Runs a command to its end, whatever its end is.
#[track_caller]
pub(crate) fn run(command: &mut Command) -> Output {
    let started = command.stdin(std::process::Stdio::null()).output();
    started.unwrap_or_else(|error| panic!("{command:?} does not start: {error}"))
}
