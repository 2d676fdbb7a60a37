//! SEC-001: Git sees no secret.

use super::env_collision::files;
use super::ignore::Ignore;
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
          TOKEN, SECRET, …) is empty in tracked files; its value is in the vault or in the untracked `.env`. base.env \
          and overrides/ count as tracked unless .gitignore has them, also before their first commit.",
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
    let ignore = registry.gitignore.as_ref().map(Ignore::new);
    for file in files(registry).filter(|f| is_tracked(f, tracked.as_ref(), ignore.as_ref())) {
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

/// Whether Git has the file, or will have it with the next commit of everything.
fn is_tracked(file: &EnvFile, tracked: Option<&HashSet<&str>>, ignore: Option<&Ignore>) -> bool {
    let path = file.path.as_ref();
    let ignored = || ignore.is_some_and(|ignore| ignore.matches(path).is_some());
    match file.kind {
        LayerKind::Host => tracked.is_some_and(|paths| paths.contains(path)),
        _ => tracked.is_some_and(|paths| paths.contains(path)) || !ignored(),
    }
}

/// Whether the value is a text of its own: no reference, no switch, no small number.
pub(crate) fn is_literal(value: &str) -> bool {
    let switch = SWITCHES.iter().any(|s| value.eq_ignore_ascii_case(s));
    let small_number = value.len() <= 3 && value.bytes().all(|b| b.is_ascii_digit());
    !value.is_empty() && !value.contains("${") && !switch && !small_number
}
