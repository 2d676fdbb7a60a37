//! How the backups of domains stand, for `status`: from what the last command about backups saw.

use super::open::{policy_of, sets_of};
use crate::live::Live;
use crate::ui::{seconds_between, since};
use foundry_core::check::backups_in_time;
use foundry_runtime::backup::read_known;
use foundry_runtime::clock::now_utc;
use foundry_runtime::engine::compose::Compose;
use foundry_runtime::error::Result;
use serde::Serialize;
use std::collections::BTreeMap;

/// The backup of one domain.
#[derive(Debug, Clone, Serialize)]
pub struct BackupStatus {
    /// When it was last saved.
    pub saved: Option<String>,
    /// When a restore was last proved.
    pub verified: Option<String>,
    /// Seconds since then.
    pub verified_age: Option<u64>,
    /// What is wrong with that (BKP-004).
    pub overdue: Option<String>,
}

/// By domain; domains that have nothing to save are not in it.
pub type Standing = BTreeMap<String, BackupStatus>;

impl BackupStatus {
    /// `verified 9 h ago`, `never verified`, `never saved`.
    pub fn words(&self, now: &str) -> String {
        let late = if self.overdue.is_some() { " (overdue)" } else { "" };
        match (&self.saved, &self.verified) {
            (None, _) => "never saved".to_owned(),
            (Some(_), None) => "never verified".to_owned(),
            (Some(_), Some(verified)) => format!("verified {} ago{late}", since(verified, now)),
        }
    }
}

/// Reads what is known on the engine's host; the repositories are not asked.
pub async fn standing(live: &Live, engine: &Compose, domains: &[String]) -> Result<Standing> {
    let Some(policy) = policy_of(live).filter(|p| p.repository.is_some()) else { return Ok(Standing::new()) };
    let registry = &live.loaded.registry;
    let known = read_known(engine.host(), &registry.name, &live.environment.name).await?.unwrap_or_default();
    let sets = sets_of(live, &policy, domains);
    let now = now_utc();
    let age = |time: &str| seconds_between(time, &now).unwrap_or(0);
    let mut out = Standing::new();
    for name in domains.iter().filter(|d| sets.iter().any(|s| s.domain == **d)) {
        let found = backups_in_time(registry, &policy, &known, std::slice::from_ref(name), &age);
        let verified = known.verified(name).map(str::to_owned);
        let status = BackupStatus {
            saved: known.newest(name).map(|b| b.time.clone()),
            verified_age: verified.as_deref().map(age),
            verified,
            overdue: found.iter().next().map(|f| f.message.clone()),
        };
        out.insert(name.clone(), status);
    }
    Ok(out)
}
