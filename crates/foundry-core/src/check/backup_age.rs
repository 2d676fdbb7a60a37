//! BKP-004: every domain with something to save was saved lately, and a restore of it was proved lately.

use super::{Phase, Rule};
use crate::backup::{Known, Policy};
use crate::diag::{Finding, Findings, Severity, Span};
use crate::model::Registry;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "BKP-004",
    severity: Severity::Warning,
    phase: Phase::Live,
    title: "every domain was saved lately, and a restore of it was proved lately",
    why: "A backup that nobody has restored is a hope. `foundry backup verify` restores it into a scratch place and starts \
          the services there. `saved_within` (2d where nothing is said) and `verified_within` (35d) of backup/policy.yml \
          say how old the last of each may be. `foundry backup list` and `foundry status` apply the rule.",
    fix: "run `foundry backup run`, then `foundry backup verify`; `foundry backup schedule` writes a timer",
    bad: "",
    good: "",
}];

/// How old something of a domain is, in seconds; `None`: it never happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// The last backup.
    pub saved: Option<u64>,
    /// The last proved restore.
    pub verified: Option<u64>,
}

/// Findings about `domains`, which all have something to save. `age` tells how long ago an RFC 3339 time was.
pub fn backups_in_time(
    registry: &Registry,
    policy: &Policy,
    known: &Known,
    domains: &[String],
    age: &dyn Fn(&str) -> u64,
) -> Findings {
    let mut out = Findings::new();
    for name in domains {
        let ages =
            Age { saved: known.newest(name).map(|b| age(&b.time)), verified: known.verified(name).map(age) };
        let span =
            registry.domain(name).map_or_else(|| Span::file(policy.file.clone()), |d| d.name.span.clone());
        let (what, command) = match ages {
            Age { saved: None, .. } => ("was never saved".to_owned(), "run"),
            Age { saved: Some(age), .. } if age > policy.saved_within => {
                (format!("was last saved {} days ago", age / 86_400), "run")
            }
            Age { verified: None, .. } => ("has a backup that nobody has restored".to_owned(), "verify"),
            Age { verified: Some(age), .. } if age > policy.verified_within => {
                (format!("has a restore that was last proved {} days ago", age / 86_400), "verify")
            }
            Age { .. } => continue,
        };
        let finding = Finding::warning("BKP-004", &span, format!("{name} {what}"));
        out.push(finding.help(format!("run `foundry backup {command} {name}`")));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::{Backup, read};
    use crate::load::env::ResolvedEnv;
    use crate::model::TextFile;

    #[test]
    fn what_is_missing_or_too_old_is_said_once_a_domain() {
        let text = "saved_within: 1d\nverified_within: 10d\nbackups: {full: {include: []}}\n";
        let file = TextFile { path: "backup/policy.yml".into(), text: text.into() };
        let policy = read(&file, &ResolvedEnv::default());
        let backup = |domain: &str, time: &str, verified: Option<&str>| Backup {
            id: format!("{domain}{time}"),
            domain: domain.to_owned(),
            profile: "full".to_owned(),
            time: time.to_owned(),
            size: None,
            verified: verified.map(str::to_owned),
            repository: String::new(),
            manifest: String::new(),
            records: Vec::new(),
        };
        // In this test a time is its age in days.
        let backups = vec![
            backup("old", "3", Some("2")),
            backup("hope", "0", None),
            backup("stale", "0", Some("11")),
            backup("good", "0", None),
            backup("good", "5", Some("5")),
        ];
        let known = Known { backups };
        let domains = ["never", "old", "hope", "stale"].map(str::to_owned);
        let age = |time: &str| time.parse::<u64>().unwrap() * 86_400;
        let found = backups_in_time(&Registry::default(), &policy, &known, &domains, &age);
        let messages: Vec<&str> = found.iter().map(|f| f.message.as_str()).collect();
        let want = [
            "never was never saved",
            "old was last saved 3 days ago",
            "hope has a backup that nobody has restored",
            "stale has a restore that was last proved 11 days ago",
        ];
        assert_eq!(messages, want);
    }
}
