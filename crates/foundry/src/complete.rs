//! Dynamic completions: names of domains and environments of the registry one is in.

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use foundry_core::load::{Files, load};
use foundry_core::model::Registry;
use foundry_runtime::files::{find_root, read_names};
use std::ffi::OsStr;
use std::path::Path;

/// Completes names of domains.
pub fn domains() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        matching(typed, |r| r.domains.iter().map(|d| d.name.value.clone()).collect())
    })
}

/// Completes names of environments.
pub fn environments() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        matching(typed, |r| r.environments.iter().map(|e| e.name.clone()).collect())
    })
}

fn matching(typed: &OsStr, names: impl Fn(&Registry) -> Vec<String>) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let registry = read().map(|files| load(&files).0).unwrap_or_default();
    names(&registry)
        .into_iter()
        .filter(|n| n.starts_with(typed.as_ref()))
        .map(CompletionCandidate::new)
        .collect()
}

/// Reads only the files that hold names, so that a completion takes milliseconds.
fn read() -> Option<Files> {
    let given = std::env::var_os("FOUNDRY_REGISTRY");
    let root = find_root(given.as_deref().map(Path::new), Path::new(".")).ok()?;
    Some(read_names(&root))
}
