//! WVR-001 and WVR-002: accepted findings are left out, for as long as the acceptance lasts.

use super::{Phase, REGISTRY, Rule, rule};
use crate::diag::{Finding, Findings, Severity, Span};
use crate::load::template_output;
use crate::model::{Domain, Registry, Waiver};
use std::collections::HashMap;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "WVR-001",
        severity: Severity::Warning,
        phase: Phase::Registry,
        title: "no waiver is past its last day",
        why: "A waiver is a decision until a day. From the day after, the finding counts again.",
        fix: "mend what was waived, or decide again and set a later day",
        bad: "\
# run: today=2026-06-01
-- config-registry/env/domains.yml --
domains:
  - name: web
    standalone: false
    waivers:
      - {rule: REG-008, reason: a database is coming, expires: 2026-05-31}
#                                                              ^^^^^^^^^^ warning WVR-001: the waiver of REG-008 ended on 2026-05-31
",
        good: "\
# run: today=2026-05-31
-- config-registry/env/domains.yml --
domains:
  - name: web
    standalone: false
    waivers:
      - {rule: REG-008, reason: a database is coming, expires: 2026-05-31}
",
    },
    Rule {
        id: "WVR-002",
        severity: Severity::Warning,
        phase: Phase::Registry,
        title: "every waiver is needed",
        why: "A waiver that nothing needs hides the next finding of its rule. A waiver for rendered files that was not \
              needed is only a note while other environments were not rendered: they may need it.",
        fix: "remove the waiver, or correct its rule or path",
        bad: "\
# run: today=2026-01-01
-- config-registry/env/domains.yml --
domains:
  - name: web
    standalone: true
    waivers:
      - {rule: REG-008, reason: it was not, expires: 2027-01-01}
#              ^^^^^^^ warning WVR-002: nothing needs the waiver of REG-008
      - {rule: REG-088, reason: a typing error, expires: 2027-01-01}
#              ^^^^^^^ warning WVR-002: no rule is called REG-088
",
        good: "\
# run: today=2026-01-01
-- config-registry/env/domains.yml --
domains:
  - name: web
    standalone: false
    waivers:
      - {rule: REG-008, reason: a database is coming, expires: 2027-01-01}
",
    },
];

/// Year, month and day.
type Day = (i32, u8, u8);

/// A waiver, whose it is, and whether a finding needed it.
struct Entry<'a> {
    domain: &'a Domain,
    waiver: &'a Waiver,
    ended: bool,
    used: bool,
}

/// Leaves out what the registry's waivers accept on the day `today` (year, month, day). Waivers past their day and
/// waivers that nothing needed are findings themselves; the latter only where the rule was applied.
pub fn waive(registry: &Registry, findings: Findings, today: Day) -> Findings {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let mut by_domain: HashMap<(String, &str), Vec<usize>> = HashMap::new();
    let mut by_path: HashMap<(String, &str), Vec<usize>> = HashMap::new();
    for domain in &registry.domains {
        for waiver in &domain.waivers {
            let rule = waiver.rule.to_uppercase();
            if let Some(path) = &waiver.path {
                by_path.entry((rule.clone(), path)).or_default().push(entries.len());
            }
            by_domain.entry((rule, &domain.name.value)).or_default().push(entries.len());
            let ended = day(&waiver.expires).is_none_or(|last| last < today);
            entries.push(Entry { domain, waiver, ended, used: false });
        }
    }
    if entries.is_empty() {
        return findings;
    }
    let owners = Owners::new(registry);
    let mut findings = findings;
    findings.retain(|finding| {
        let Some(span) = &finding.span else { return true };
        let rule = || finding.rule.to_owned();
        let owner = owners.of(span);
        // What belongs to no domain is waived by any domain that names the file.
        let candidates = match owner {
            Some(domain) => by_domain.get(&(rule(), domain)),
            None => by_path.get(&(rule(), span.file.as_ref())),
        };
        let mut kept = true;
        for number in candidates.map(Vec::as_slice).unwrap_or_default() {
            let entry = &mut entries[*number];
            if owner.is_none_or(|domain| is_for(entry.waiver, domain, &span.file)) {
                entry.used = true;
                kept &= entry.ended;
            }
        }
        kept
    });
    let verdicts: Vec<Finding> =
        entries.iter().filter_map(|entry| verdict(registry, entry, &findings)).collect();
    verdicts.into_iter().for_each(|finding| findings.push(finding));
    findings.sort();
    findings
}

fn verdict(registry: &Registry, entry: &Entry<'_>, findings: &Findings) -> Option<Finding> {
    let waiver = entry.waiver;
    let id = waiver.rule.to_uppercase();
    let Some(rule) = rule(&id) else {
        let message = format!("no rule is called {}", waiver.rule.value);
        return Some(
            Finding::warning("WVR-002", &waiver.rule.span, message).help("list the rules: foundry explain"),
        );
    };
    if day(&waiver.expires).is_none() {
        let message = format!("`{}` is no day", waiver.expires.value);
        return Some(
            Finding::warning("WVR-001", &waiver.expires.span, message).help("write it as YYYY-MM-DD"),
        );
    }
    if entry.ended {
        let message = format!("the waiver of {id} ended on {}", waiver.expires.value);
        let help = if entry.used { "mend what it was for, or set a later day" } else { "remove the waiver" };
        return Some(Finding::warning("WVR-001", &waiver.expires.span, message).help(help));
    }
    if entry.used || findings.unchecked().iter().any(|n| n.rule == id) {
        return None;
    }
    let help = "remove the waiver";
    match rule.phase {
        Phase::Registry | Phase::Graph => findings.has_checked(REGISTRY).then(|| {
            let message = format!("nothing needs the waiver of {id}");
            Finding::warning("WVR-002", &waiver.rule.span, message).help(help)
        }),
        Phase::Rendered => unused_when_rendered(registry, entry, findings, &id),
        Phase::Tree | Phase::Online | Phase::Live => None,
    }
}

/// What can be said about a waiver for rendered files depends on which environments were rendered.
fn unused_when_rendered(
    registry: &Registry,
    entry: &Entry<'_>,
    findings: &Findings,
    id: &str,
) -> Option<Finding> {
    let domain = entry.domain;
    let environments: Vec<&str> =
        registry.environments.iter().map(|e| e.name.as_str()).filter(|name| domain.is_in(name)).collect();
    let (seen, unseen): (Vec<&str>, Vec<&str>) =
        environments.into_iter().partition(|name| findings.has_checked(&rendered_scope(name, &domain.name)));
    if seen.is_empty() {
        return None;
    }
    let span = &entry.waiver.rule.span;
    if unseen.is_empty() {
        let finding = Finding::warning("WVR-002", span, format!("nothing needs the waiver of {id}"));
        return Some(finding.help("remove the waiver"));
    }
    let message = format!("the waiver of {id} is not needed in {}", seen.join(", "));
    let help = format!("remove the waiver, unless {} needs it", unseen.join(" or "));
    Some(Finding::new("WVR-002", Severity::Info, Some(span.clone()), message).help(help))
}

/// The scope that checking the rendered files of a domain notes.
pub(super) fn rendered_scope(environment: &str, domain: &str) -> String {
    format!("rendered/{environment}/{domain}")
}

/// Whether a finding in `file`, which belongs to `domain`, is what the waiver is for.
fn is_for(waiver: &Waiver, domain: &str, file: &str) -> bool {
    let Some(path) = &waiver.path else { return true };
    if path == file {
        return true;
    }
    let inner = ["generated/", "domains/"]
        .iter()
        .find_map(|root| file.strip_prefix(root)?.strip_prefix(domain)?.strip_prefix('/'));
    let Some(inner) = inner else { return false };
    let inner = inner.strip_prefix("templates/").unwrap_or(inner);
    inner == path || template_output(inner) == Some(path)
}

fn day(text: &str) -> Option<Day> {
    let mut parts = text.splitn(3, '-');
    let year: i32 = parts.next()?.parse().ok()?;
    let month: u8 = parts.next()?.parse().ok()?;
    let day: u8 = parts.next()?.parse().ok()?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day).then_some((year, month, day))
}

/// Which domain a place belongs to.
struct Owners<'a> {
    entries: Vec<(u32, u32, &'a str)>,
    elsewhere: HashMap<(&'a str, u32), &'a str>,
    names: HashMap<&'a str, &'a str>,
}

impl<'a> Owners<'a> {
    fn new(registry: &'a Registry) -> Self {
        let mut entries: Vec<(u32, u32, &str)> =
            registry.domains.iter().map(|d| (d.span.start, d.span.end, d.name.value.as_str())).collect();
        entries.sort_unstable();
        let mut elsewhere = HashMap::new();
        for ports in &registry.ports {
            let name = ports.domain.value.as_str();
            let places = ports.ports.iter().flat_map(|p| [&p.span, &p.name.span]).chain([&ports.domain.span]);
            elsewhere.extend(places.map(|span| ((span.file.as_ref(), span.start), name)));
        }
        for network in &registry.networks {
            let Some(owner) = &network.owner else { continue };
            let places = [Some(&network.span), Some(&owner.span), network.subnet.as_ref().map(|s| &s.span)];
            let places = places.into_iter().flatten().chain(network.gateway.as_ref().map(|g| &g.span));
            elsewhere.extend(places.map(|span| ((span.file.as_ref(), span.start), owner.value.as_str())));
        }
        let names = registry.domains.iter().map(|d| (d.name.value.as_str(), d.name.value.as_str())).collect();
        Owners { entries, elsewhere, names }
    }

    fn of(&self, span: &Span) -> Option<&'a str> {
        let below = |root: &str| span.file.strip_prefix(root).and_then(|rest| rest.split('/').next());
        if let Some(folder) = below("generated/").or_else(|| below("domains/")) {
            return self.names.get(folder).copied();
        }
        if span.file.as_ref() == crate::load::MARKER {
            let after = self.entries.partition_point(|(start, ..)| *start <= span.start);
            let (_, end, name) = self.entries.get(after.checked_sub(1)?)?;
            return (span.start < *end).then_some(*name);
        }
        self.elsewhere.get(&(span.file.as_ref(), span.start)).copied()
    }
}
