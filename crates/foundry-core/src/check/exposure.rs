//! REG-005: who may reach a domain and who uses it say the same.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity, Spanned};
use crate::model::{Domain, Registry};
use std::collections::HashSet;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "REG-005",
    severity: Severity::Warning,
    phase: Phase::Graph,
    title: "`exposes_to` and `consumes` agree",
    why: "`exposes_to` says who may reach a domain: networks, policies and scrape targets follow from it. `consumes` \
          and `requires` say who wants to. Where only one side speaks, either a door is open that nobody uses, or \
          somebody knocks at a closed one.",
    fix: "add the missing side, or remove the other",
    bad: "\
-- config-registry/env/domains.yml --
domains:
  - name: registry
    exposes_to: [tunnel]
#                ^^^^^^ warning REG-005: `tunnel` may reach `registry`, and neither consumes nor requires it
  - name: tunnel
    consumes: [forgejo]
#              ^^^^^^^ warning REG-005: `tunnel` consumes `forgejo`, which does not expose itself to it
  - name: forgejo
",
    good: "\
-- config-registry/env/domains.yml --
domains:
  - name: registry
    exposes_to: [tunnel]
  - name: tunnel
    consumes: [registry, forgejo]
  - name: forgejo
    exposes_to: [tunnel]
",
}];

pub(super) fn check(registry: &Registry, out: &mut Findings) {
    let exposed = pairs(registry, |d| &d.exposes_to);
    let mut used = pairs(registry, |d| &d.consumes);
    used.extend(pairs(registry, |d| &d.requires));
    for (number, domain) in registry.domains.iter().enumerate() {
        let resolved = |name: &Spanned<String>| registry.position(name).filter(|to| *to != number);
        for name in &domain.exposes_to {
            if resolved(name).is_some_and(|to| !used.contains(&(to, number))) {
                unused_door(domain, name, out);
            }
        }
        // A requirement is reason enough to be let in, unless the other side lists its guests.
        let strict = domain
            .requires
            .iter()
            .filter(|name| registry.domain(name).is_some_and(|target| !target.exposes_to.is_empty()));
        let wanted = domain.consumes.iter().map(|n| ("consumes", n)).chain(strict.map(|n| ("requires", n)));
        for (word, name) in wanted {
            if resolved(name).is_some_and(|to| !exposed.contains(&(to, number))) {
                closed_door(domain, word, name, out);
            }
        }
    }
}

fn unused_door(domain: &Domain, guest: &Spanned<String>, out: &mut Findings) {
    let name = &domain.name.value;
    let message =
        format!("`{guest}` may reach `{name}`, and neither consumes nor requires it", guest = guest.value);
    let help = format!("add `{name}` to `consumes` of `{}`, or remove it here", guest.value);
    out.push(Finding::warning("REG-005", &guest.span, message).help(help));
}

fn closed_door(domain: &Domain, word: &str, target: &Spanned<String>, out: &mut Findings) {
    let (name, target_name) = (&domain.name.value, &target.value);
    let message = format!("`{name}` {word} `{target_name}`, which does not expose itself to it");
    let help = format!("add `{name}` to `exposes_to` of `{target_name}`");
    out.push(Finding::warning("REG-005", &target.span, message).help(help));
}

/// Pairs of domain and named domain, by position.
fn pairs(registry: &Registry, names: impl Fn(&Domain) -> &[Spanned<String>]) -> HashSet<(usize, usize)> {
    let each = registry.domains.iter().enumerate();
    each.flat_map(|(from, domain)| {
        let resolved = names(domain).iter().filter_map(|name| registry.position(name));
        resolved.map(move |to| (from, to)).collect::<Vec<_>>()
    })
    .collect()
}
