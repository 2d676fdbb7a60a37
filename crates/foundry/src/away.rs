//! Domains that are meant to be away: how long, who said so, and the file by which monitoring knows.

use crate::carry_out::who;
use crate::live::Live;
use foundry_core::plan::{
    Action, Desired, Maintenance, Observed, Plan, maintenance, maintenance_metrics, with_maintenance,
};
use foundry_runtime::clock;
use foundry_runtime::engine::compose::{Compose, Scope};
use foundry_runtime::error::Result;
use std::collections::BTreeSet;

/// The file that a node exporter reads, below the generated folder.
const FILE: &str = ".maintenance/foundry.prom";

/// How the Compose file of a domain that watches over the others mounts the file's folder.
const MOUNTED: &str = "../.maintenance";

/// Seconds of `30m`, `2h`, `1h30m`, `7d`.
pub fn duration(text: &str) -> std::result::Result<u64, String> {
    let wrong = || format!("`{text}` is no duration such as 30m, 2h, 1h30m or 7d");
    let (mut total, mut digits) = (0u64, String::new());
    for c in text.chars() {
        let unit = match c {
            '0'..='9' => {
                digits.push(c);
                continue;
            }
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return Err(wrong()),
        };
        let count: u64 = digits.parse().map_err(|_| wrong())?;
        total = count.checked_mul(unit).and_then(|n| total.checked_add(n)).ok_or_else(wrong)?;
        digits.clear();
    }
    // A year is no maintenance, and far times have no four-digit year.
    match digits.is_empty() && (1..=366 * 86_400).contains(&total) {
        true => Ok(total),
        false => Err(wrong()),
    }
}

/// The plan that takes domains down, with the markers that say that they are meant to be away for so many seconds.
pub fn marked(plan: Plan, desired: &Desired, observed: &Observed, seconds: u64) -> Plan {
    let now = clock::now_seconds();
    let gone = plan.steps.iter().filter(|s| matches!(s.action, Action::RemoveContainer { .. }));
    let domains: BTreeSet<&String> =
        desired.selected.iter().chain(gone.filter_map(|s| s.domain.as_ref())).collect();
    let mark = |domain: &String| Maintenance {
        domain: domain.clone(),
        until: clock::at(now + seconds),
        since: clock::at(now),
        by: who(),
    };
    let marks: Vec<Maintenance> = domains.into_iter().map(mark).collect();
    with_maintenance(plan, desired, observed, &marks)
}

/// Brings the file for monitoring up to date where it is wanted: something is away, something mounts it, or it exists.
pub async fn tell_monitoring(live: &Live, engine: &Compose) -> Result<()> {
    let observed = engine.observe(Scope::All).await?;
    let desired = live.desired(&engine.place(), &[], false);
    let all = maintenance(&desired, &observed);
    let mounted = live.rendered.artifacts.files.iter().any(|f| f.content.expose().contains(MOUNTED));
    let path = engine.layout().path(FILE)?;
    let old = engine.host().read(&path).await?;
    if all.is_empty() && old.is_none() && !mounted {
        return Ok(());
    }
    let text = maintenance_metrics(&desired, &all, &clock::seconds);
    if old.as_deref() != Some(text.as_bytes()) {
        engine.host().write(&path, text.as_bytes(), 0o644).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_are_read_in_every_unit_and_nothing_else() {
        for (text, seconds) in [("30m", 1800), ("90s", 90), ("1h30m", 5400), ("7d", 604_800)] {
            assert_eq!(duration(text), Ok(seconds));
        }
        for text in ["", "30", "m", "0m", "-5m", "1.5h", "2w", "99999999999999999999d", "400d"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
