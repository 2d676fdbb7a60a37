//! OPS-002: Git tracks no locks, caches or state.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity, Span};
use crate::model::Registry;
use std::collections::BTreeMap;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "OPS-002",
    severity: Severity::Error,
    phase: Phase::Registry,
    title: "no lock, cache, state or rendered file is tracked by Git",
    why: "Such files belong to one machine and one moment. Tracked, they make conflicts, and a pulled lock or state \
          file describes a machine that is not this one. State files of Terraform hold secrets, too.",
    fix: "remove them from Git with `git rm --cached`, and add the path to .gitignore",
    bad: "\
# run: tracked=config-registry/state/.lock
-- config-registry/env/domains.yml --
domains: []
-- config-registry/state/.lock --
#! error OPS-002: Git tracks config-registry/state/.lock
",
    good: "\
# run: tracked=infra/.terraform.lock.hcl
-- config-registry/env/domains.yml --
domains: []
",
}];

/// Folders at the root whose content is of one machine.
const FOLDERS: [&str; 3] = ["config-registry/state/", ".foundry/", "generated/"];

pub(super) fn check(registry: &Registry, out: &mut Findings) {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in registry.tracked.iter().flatten() {
        if let Some(group) = group(path) {
            groups.entry(group).or_default().push(path);
        }
    }
    for (group, paths) in groups {
        let what = match paths.as_slice() {
            [one] => (*one).to_owned(),
            more => format!("{} files in {group}", more.len()),
        };
        let help = format!("git rm -r --cached {group}, and add it to .gitignore");
        out.push(Finding::error("OPS-002", &Span::file(paths[0]), format!("Git tracks {what}")).help(help));
    }
}

/// The folder or file to remove, when `path` is of one machine.
fn group(path: &str) -> Option<&str> {
    if let Some(folder) = FOLDERS.iter().find(|f| path.starts_with(**f)) {
        return Some(folder);
    }
    for folder in [".terraform/", "__pycache__/"] {
        if let Some(at) = path.find(folder).filter(|at| *at == 0 || path.as_bytes()[at - 1] == b'/') {
            return Some(&path[..at + folder.len()]);
        }
    }
    let name = path.rsplit('/').next()?;
    let state = name.ends_with(".tfstate") || name.ends_with(".tfstate.backup");
    state.then_some(path)
}
