//! ENV-003: a value is used somewhere.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity};
use crate::model::{EnvLine, Registry};
use serde_json::Value;
use std::collections::HashSet;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "ENV-003",
    severity: Severity::Warning,
    phase: Phase::Registry,
    title: "a key of an env file is used",
    why: "A value that nothing reads is believed by the next reader, and changing it changes nothing. A key counts as \
          used when any template, another value, a `${…}` in a registry file or the backup policy names it, whether \
          or not that branch is rendered. Keys that programs read by themselves (`COMPOSE_…`, `DOCKER_…`, \
          `FOUNDRY_…`, `TF_VAR_…`, `RESTIC_…`, `AWS_…`) are left alone.",
    fix: "remove the key, or use it",
    bad: "\
-- config-registry/env/domains.yml --
domains:
  - name: web
-- config-registry/env/base.env --
WEB_IMAGE=web:1.2.3
OLD_IMAGE=web:1.0.0
#<^^^^^^^ warning ENV-003: `OLD_IMAGE` is used nowhere
-- domains/web/templates/compose.yml.tmpl --
services:
  web: {image: \"{{ WEB_IMAGE }}\"}
",
    good: "\
-- config-registry/env/domains.yml --
domains:
  - name: web
-- config-registry/env/base.env --
WEB_IMAGE=web:${WEB_TAG}
WEB_TAG=1.2.3
-- domains/web/templates/compose.yml.tmpl --
services:
  web: {image: \"{{ WEB_IMAGE }}\"}
",
}];

/// Beginnings of keys that programs read by themselves.
const READ_BY_PROGRAMS: [&str; 6] = ["COMPOSE_", "DOCKER_", "FOUNDRY_", "TF_VAR_", "RESTIC_", "AWS_"];

pub(super) fn check(registry: &Registry, out: &mut Findings) {
    let keys: HashSet<&str> = lines(registry).map(|line| line.key.as_str()).collect();
    let mut begins = [false; 256];
    keys.iter().filter_map(|key| key.bytes().next()).for_each(|first| begins[usize::from(first)] = true);
    // Most words of a template begin as no key does: those are not looked up.
    let likely = |word: &&str| word.bytes().next().is_some_and(|first| begins[usize::from(first)]);
    let mut used: HashSet<&str> = HashSet::new();
    for text in template_texts(registry) {
        used.extend(words(text).filter(likely).filter(|word| keys.contains(word)));
    }
    for line in super::env_collision::files(registry).flat_map(|f| &f.lines) {
        used.extend(references(&line.value));
    }
    for domain in &registry.domains {
        collect(&domain.record, &mut used);
    }
    for environment in &registry.environments {
        collect(&environment.settings, &mut used);
    }
    for text in registry.backup_policy.iter().chain(&registry.terraform).map(|f| f.text.as_ref()) {
        used.extend(references(text));
    }
    let mut told: HashSet<&str> = HashSet::new();
    for line in lines(registry) {
        let key = line.key.as_str();
        let by_programs = READ_BY_PROGRAMS.iter().any(|start| key.starts_with(start));
        if !used.contains(key) && !by_programs && told.insert(key) {
            let message = format!("`{key}` is used nowhere");
            out.push(Finding::warning("ENV-003", &line.key_span, message).help("remove the line"));
        }
    }
}

/// The lines of the files that a finding can be about.
fn lines(registry: &Registry) -> impl Iterator<Item = &EnvLine> {
    registry.base.iter().chain(registry.overrides.values()).flat_map(|f| &f.lines)
}

/// Every text that is rendered or can be included.
fn template_texts(registry: &Registry) -> impl Iterator<Item = &str> {
    let own = registry.templates.values().chain(registry.includes.values()).flatten();
    own.chain(&registry.machine_templates).map(|t| t.text.as_ref())
}

/// Every identifier of a text: generous on purpose, a used key must never be called unused.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The names in `${NAME}` and `${NAME:-x}`.
fn references(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).filter_map(|rest| words(rest).next())
}

fn collect<'v>(value: &'v Value, used: &mut HashSet<&'v str>) {
    match value {
        Value::String(text) => used.extend(references(text)),
        Value::Array(items) => items.iter().for_each(|item| collect(item, used)),
        Value::Object(map) => map.values().for_each(|item| collect(item, used)),
        _ => {}
    }
}
