//! Skipping by name: a system that cannot be had is said on stderr and counted in the file `FOUNDRY_SKIPS`.

use std::fs::OpenOptions;
use std::io::Write;

/// A system that this machine cannot give, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The system's name, as `testbed/up` knows it.
    pub name: String,
    /// One line: what failed.
    pub reason: String,
}

impl Missing {
    /// A missing system; only the reason's last line is kept, which is where programs say what went wrong.
    #[must_use]
    pub fn new(name: &str, reason: &str) -> Self {
        let last = reason.lines().rev().find(|line| !line.trim().is_empty() && !line.starts_with("  = help"));
        Self { name: name.to_owned(), reason: last.unwrap_or("no reason given").trim().to_owned() }
    }
}

/// Says that a test was skipped, and appends the same line to the file named by `FOUNDRY_SKIPS`.
///
/// # Panics
/// When `FOUNDRY_SKIPS` is set and the file cannot be written: a skip nobody counts is worse than a failure.
pub fn note(missing: &Missing) {
    let line = format!("skipped: no {} ({})\n", missing.name, missing.reason);
    // Written past the test harness, which shows captured output only for failures.
    let _ = std::io::stderr().write_all(line.as_bytes());
    if let Some(path) = std::env::var_os("FOUNDRY_SKIPS") {
        let file = OpenOptions::new().create(true).append(true).open(&path);
        file.and_then(|mut file| file.write_all(line.as_bytes()))
            .expect("FOUNDRY_SKIPS names a file to append to");
    }
}

/// Ends the running test as skipped: `skip!("openbao", "no Go toolchain")`.
#[macro_export]
macro_rules! skip {
    ($name:expr, $reason:expr $(,)?) => {{
        $crate::note(&$crate::Missing::new($name, $reason));
        return;
    }};
}

/// The system, or the end of the test as skipped: `let docker = need!(testkit::docker());`.
#[macro_export]
macro_rules! need {
    ($system:expr) => {
        match $system {
            Ok(system) => system,
            Err(missing) => {
                $crate::note(&missing);
                return;
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::Missing;

    #[test]
    fn the_reason_is_the_last_line_that_is_not_a_hint() {
        let missing =
            Missing::new("zot", "Building zot.\ntestbed: go build failed\n  = help: run it in x\n\n");
        assert_eq!(missing.reason, "testbed: go build failed");
    }
}
