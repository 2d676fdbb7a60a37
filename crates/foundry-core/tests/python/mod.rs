//! The Python against which tests compare; a test without it says so and is counted.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A Python with Jinja2, PyYAML and ansible-core, made in the cache when it is missing. `what` is what a test
/// that cannot have it is missing.
pub fn python(what: &str) -> Option<PathBuf> {
    let cache = std::env::var_os("FOUNDRY_TESTBED").map(PathBuf::from).or_else(|| {
        let home = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        Some(
            home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?
                .join("foundry-testbed"),
        )
    });
    let Some(cache) = cache else { return skip(what, "no cache directory") };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/python-reference");
    match Command::new(script).arg(cache).output() {
        Ok(output) if output.status.success() => {
            Some(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim().to_owned()))
        }
        Ok(output) => {
            skip(what, String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or("it failed"))
        }
        Err(error) => skip(what, &error.to_string()),
    }
}

/// Notes a skipped comparison in the file that `./check` counts.
fn skip(what: &str, reason: &str) -> Option<PathBuf> {
    if let Some(file) = std::env::var_os("FOUNDRY_SKIPS") {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(file);
        let written = file.and_then(|mut file| writeln!(file, "skipped: no {what} ({reason})"));
        assert!(written.is_ok(), "FOUNDRY_SKIPS is writable");
    }
    None
}
