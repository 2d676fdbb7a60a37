//! BKP-001, BKP-002 and BKP-003: what must not be lost is saved, and saved so that it can be restored.

use super::{Phase, Rendered, Rule};
use crate::backup::{Dump, Included, Paths, Policy, State, covering, named, read, said, states};
use crate::diag::{Finding, Findings, Severity};
use crate::model::Registry;
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "BKP-001",
        severity: Severity::Error,
        phase: Phase::Rendered,
        title: "everything that a service writes is in a backup profile, or marked as ephemeral",
        why: "State that nobody thought of is found missing on the day of the restore. Every writable volume and host \
              path is covered by `backups.<profile>.include` of backup/policy.yml, by `state` of the domain with a \
              profile, or is listed as ephemeral in one of the two. Without a policy the rule is not checked.",
        fix: "add the path or volume to a profile in backup/policy.yml, or to its `ephemeral` list with a reason",
        bad: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: ci}]
-- config-registry/env/overrides/dev.env --
-- backup/policy.yml --
backups: {full: {include: []}}
-- generated/ci/compose.yml --
services:
  ci:
    image: ci:1.2.3
    volumes: [\"/srv/ci:/data\", \"cache:/cache\"]
#             ^^^^^^^^^^^^^^^ error BKP-001: no backup profile has /srv/ci
#                              ^^^^^^^^^^^^^^ error BKP-001: no backup profile has the volume `cache`
volumes:
  cache: {}
",
        good: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains:
  - name: ci
    state: [{volume: cache, ephemeral: true}]
-- config-registry/env/overrides/dev.env --
-- backup/policy.yml --
backups: {full: {include: [/srv/ci]}}
-- generated/ci/compose.yml --
services:
  ci:
    image: ci:1.2.3
    volumes: [\"/srv/ci:/data\", \"cache:/cache\"]
volumes:
  cache: {}
",
    },
    Rule {
        id: "BKP-002",
        severity: Severity::Error,
        phase: Phase::Rendered,
        title: "every path in a backup profile belongs to a service",
        why: "A path that no service writes any more saves nothing, and most often the new path is missing at the same \
              time.",
        fix: "correct the path, or remove it from the profile",
        bad: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: ci}]
-- config-registry/env/overrides/dev.env --
-- backup/policy.yml --
backups:
  full:
    include:
      - /srv/ci/old
#       ^^^^^^^^^^^ error BKP-002: no service writes /srv/ci/old
-- generated/ci/compose.yml --
services:
  ci: {image: \"ci:1.2.3\"}
",
        good: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: ci}]
-- config-registry/env/overrides/dev.env --
-- backup/policy.yml --
backups: {full: {include: [/srv/ci]}}
-- generated/ci/compose.yml --
services:
  ci: {image: \"ci:1.2.3\", volumes: [\"/srv/ci/data:/data\"]}
",
    },
    Rule {
        id: "BKP-003",
        severity: Severity::Error,
        phase: Phase::Rendered,
        title: "a database is dumped before its backup",
        why: "A copy of a running database's files is a copy of many moments, and often cannot be opened. The domain \
              names a script under `backup.before`, or a profile names the database under `dumps`.",
        fix: "add `dumps: [{domain: D, service: S, kind: postgresql}]` to the profile (or mysql, mariadb, sqlite, gitlab)",
        bad: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: db}]
-- config-registry/env/overrides/dev.env --
-- backup/policy.yml --
backups: {full: {include: [/srv/db]}}
-- generated/db/compose.yml --
services:
  db:
    image: postgres:16.4.0
    volumes: [\"/srv/db/data:/var/lib/postgresql/data\"]
#             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error BKP-003: the files of a running database are saved as they are
",
        good: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains:
  - name: db
    backup: {before: [scripts/dump.sh]}
-- config-registry/env/overrides/dev.env --
-- backup/policy.yml --
backups: {full: {include: [/srv/db]}}
-- generated/db/compose.yml --
services:
  db:
    image: postgres:16.4.0
    volumes: [\"/srv/db/data:/var/lib/postgresql/data\"]
",
    },
];

pub(super) fn check(input: &Rendered<'_>, out: &mut Findings) {
    let Some(file) = &input.registry.backup_policy else {
        out.not_checked("BKP-001", "no backup/policy.yml");
        return;
    };
    if input.projects.is_empty() {
        out.not_checked("BKP-001", "no compose file was rendered");
        return;
    }
    let policy = read(file, input.env);
    let mut owned = Paths::default();
    for (name, project) in input.projects {
        let Some(domain) = input.registry.domain(name) else { continue };
        let mut told = BTreeSet::new();
        for state in states(domain, project, input.artifacts) {
            if told.insert(state.name.clone()) {
                covered(&state, &policy, out);
            }
            owned.add(&state.name, 0);
            state.volume.into_iter().for_each(|key| owned.add(key, 0));
        }
    }
    if input.complete {
        policy.include.iter().for_each(|included| belongs(included, &owned, input, out));
    } else {
        out.not_checked("BKP-002", "not every domain was rendered");
    }
}

fn covered(state: &State<'_>, policy: &Policy, out: &mut Findings) {
    let name = state.volume.map_or_else(|| state.name.clone(), |key| format!("the volume `{key}`"));
    let including = covering(state, &policy.saved).map(|number| &policy.include[number]);
    let profile = match said(state) {
        Some((true, _)) | Some((_, Some("none"))) => return,
        Some((_, Some(profile))) => Some(profile),
        _ => None,
    };
    let of_service = |d: &&Dump| d.domain == state.domain.name.value && d.service == state.service;
    let named = policy.profiles.iter().flat_map(|p| &p.dumps).find(of_service);
    if state.is_database() && named.is_some_and(|d| d.kind.replaces_files()) {
        // The dump is what is saved.
        return;
    }
    let span = &state.mount.span;
    let help = "add it to a profile in backup/policy.yml, or to `ephemeral` with a reason";
    if let Some(profile) = profile.filter(|p| policy.profile(p).is_none()) {
        let message = format!(
            "{name} belongs in the backup profile `{profile}`, which backup/policy.yml does not have"
        );
        out.push(
            Finding::error("BKP-001", span, message).help(format!("add `{profile}` to `backups` there")),
        );
    } else if profile.is_none() && including.is_none() {
        if covering(state, &policy.not_saved).is_some() {
            return;
        }
        let below = policy.saved.below(&state.name).filter(|_| state.volume.is_none());
        let partly = below.map(|number| &policy.include[number]);
        let finding = match partly {
            Some(part) => {
                let message = format!("of {name} only {} is in a backup profile", part.path);
                Finding::warning("BKP-001", span, message).label(&part.span, "saved")
            }
            None => Finding::error("BKP-001", span, format!("no backup profile has {name}")),
        };
        out.push(finding.help(help));
    }
    let saved = profile.is_some() || including.is_some();
    let dumps = state.domain.record.get("backup").and_then(|b| b.get("before")).and_then(Value::as_array);
    let dumped =
        named.is_some() || dumps.is_some_and(|list| !list.is_empty()) || including.is_some_and(|i| i.dumps);
    if saved && !dumped && state.is_database() {
        let message = "the files of a running database are saved as they are";
        let help = format!(
            "add `{{domain: {}, service: {}, kind: …}}` to `dumps` of the profile",
            state.domain.name.value, state.service
        );
        out.push(Finding::error("BKP-003", span, message).help(help));
    }
}

/// BKP-002: paths of domains that are not rendered here, and of branches that are not taken, have an owner, too.
fn belongs(included: &Included, owned: &Paths, input: &Rendered<'_>, out: &mut Findings) {
    let path = named(&included.path).trim_end_matches('/');
    let is_owned = owned.covering(path).or_else(|| owned.below(path)).is_some()
        || path.contains("${")
        || names_other_domain(input, path)
        || (included.tail.len() > 1 && in_a_template(input.registry, &included.tail));
    if !is_owned {
        let finding = Finding::error("BKP-002", &included.span, format!("no service writes {path}"));
        out.push(finding.help("correct the path, or remove it from the profile"));
    }
}

fn names_other_domain(input: &Rendered<'_>, path: &str) -> bool {
    path.split('/').any(|part| input.registry.domain(part).is_some() && !input.projects.contains_key(part))
}

fn in_a_template(registry: &Registry, tail: &str) -> bool {
    let own = registry.templates.values().chain(registry.includes.values()).flatten();
    own.chain(&registry.machine_templates).any(|t| t.text.contains(tail))
}
