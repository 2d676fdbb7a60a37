//! SEC-004: the vault is encrypted and in Git, its password is neither.

use super::ignore::Ignore;
use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity, Span};
use crate::model::Registry;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "SEC-004",
    severity: Severity::Error,
    phase: Phase::Registry,
    title: "the vault file is encrypted and tracked by Git, and its password is not",
    why: "An unencrypted vault hands out what it should protect. An ignored one is lost with the machine it is on. A \
          tracked password makes the encryption pointless.",
    fix: "encrypt the vault with `foundry vault encrypt`, track it, and ignore .vault_pass",
    bad: "\
-- config-registry/env/domains.yml --
domains: []
-- config-registry/env/secrets.env.vault --
PASSWORD=hunter2
#! error SEC-004: the vault is not encrypted
",
    good: "\
-- config-registry/env/domains.yml --
domains: []
-- config-registry/env/secrets.env.vault --
$ANSIBLE_VAULT;1.1;AES256
6162
",
}];

/// What an encrypted file begins with.
const HEADER: &str = "$ANSIBLE_VAULT;";

/// The file that holds the vault's password on each machine.
const PASSWORD: &str = ".vault_pass";

pub(super) fn check(registry: &Registry, out: &mut Findings) {
    if let Some(path) = registry.tracked.iter().flatten().find(|p| p.rsplit('/').next() == Some(PASSWORD)) {
        let finding =
            Finding::error("SEC-004", &Span::file(path.as_str()), "Git tracks the vault's password");
        out.push(
            finding.help(format!("git rm --cached {path}, add it to .gitignore, and change the password")),
        );
    }
    let Some(vault) = &registry.vault else { return };
    let span = Span::file(vault.path.clone());
    let says_something = vault.text.lines().any(|l| !l.trim().is_empty() && !l.trim_start().starts_with('#'));
    if says_something && !vault.text.starts_with(HEADER) {
        let finding = Finding::error("SEC-004", &span, "the vault is not encrypted");
        out.push(finding.help(format!(
            "run foundry vault encrypt {}, and change its secrets if it was ever committed",
            vault.path
        )));
    }
    let Some(file) = &registry.gitignore else { return };
    if let Some(line) = Ignore::new(file).matches(&vault.path) {
        let finding = Finding::error("SEC-004", &span, "Git ignores the vault");
        out.push(
            finding
                .label(&line, "ignored here")
                .help("remove the line from .gitignore; the file is encrypted"),
        );
    }
}
