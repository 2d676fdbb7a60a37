//! SEC-001: Git sees no secret.

use super::env_collision::files;
use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity};
use crate::load::env::looks_secret;
use crate::model::{EnvFile, LayerKind, Registry};
use std::collections::HashSet;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "SEC-001",
    severity: Severity::Error,
    phase: Phase::Registry,
    title: "no tracked env file holds a secret",
    why: "What was once committed is in every clone for ever. A key whose name says that it is a secret (PASSWORD, \
          TOKEN, SECRET, …) is empty in tracked files; its value is in the vault or in the untracked `.env`. Outside \
          Git, base.env and overrides/ count as tracked.",
    fix: "move the value to the vault with `foundry vault edit`, empty it here, and change it where it is used",
    bad: "\
-- config-registry/env/domains.yml --
domains: []
-- config-registry/env/base.env --
GRAFANA_ADMIN_PASSWORD=hunter2
#                      ^^^^^^^ error SEC-001: the secret `GRAFANA_ADMIN_PASSWORD` is readable by all who can read the repository
",
    good: "\
-- config-registry/env/domains.yml --
domains: []
-- config-registry/env/base.env --
GRAFANA_ADMIN_PASSWORD=
GRAFANA_ADMIN_PASSWORD_FILE=/run/secrets/grafana
",
}];

/// Values that switch something and are no secret.
const SWITCHES: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "none", "null", "auto"];

pub(super) fn check(registry: &Registry, out: &mut Findings) {
    let tracked: Option<HashSet<&str>> =
        registry.tracked.as_ref().map(|paths| paths.iter().map(String::as_str).collect());
    for file in files(registry).filter(|f| is_tracked(f, tracked.as_ref())) {
        for line in file.lines.iter().filter(|l| looks_secret(&l.key) && is_literal(&l.value)) {
            let key = &line.key;
            let message = format!("the secret `{key}` is readable by all who can read the repository");
            out.push(
                Finding::error("SEC-001", &line.value_span, message)
                    .help(format!("move it with foundry vault edit, and write {key}= here")),
            );
        }
    }
}

fn is_tracked(file: &EnvFile, tracked: Option<&HashSet<&str>>) -> bool {
    match tracked {
        Some(paths) => paths.contains(file.path.as_ref()),
        None => file.kind != LayerKind::Host,
    }
}

/// Whether the value is a text of its own: no reference, no switch, no small number.
fn is_literal(value: &str) -> bool {
    let switch = SWITCHES.iter().any(|s| value.eq_ignore_ascii_case(s));
    let small_number = value.len() <= 3 && value.bytes().all(|b| b.is_ascii_digit());
    !value.is_empty() && !value.contains("${") && !switch && !small_number
}
