//! `foundry backup list`: the snapshots of an environment.

use super::open::open;
use crate::live::{or_cancelled, run};
use crate::scope::{DomainScope, EnvScope};
use crate::session::Session;
use crate::ui::{Outcome, Table, seconds_between, since};
use clap::Args;
use foundry_core::check::backups_in_time;
use foundry_core::diag::Finding;
use foundry_runtime::clock::now_utc;
use foundry_runtime::error::Result;
use serde_json::json;

/// List the snapshots of domains: when, how large, and when a restore was last proved
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  foundry backup list --env prod\n  foundry backup list wiki --env prod --json"
)]
pub struct List {
    #[command(flatten)]
    domains: DomainScope,
    #[command(flatten)]
    scope: EnvScope,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl List {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Result<Outcome> {
        let opened = open(session, &self.scope, &self.domains, true)?;
        let mut known = run(async |cancel| {
            or_cancelled(&cancel, async {
                let keeper = opened.keeper(opened.live.connect(None).await?);
                keeper.refresh().await
            })
            .await
        })?;
        let now = now_utc();
        let saved: Vec<String> =
            opened.chosen.iter().filter(|d| opened.sets.iter().any(|s| s.domain == **d)).cloned().collect();
        let age = |time: &str| seconds_between(time, &now).unwrap_or(0);
        let mut findings =
            backups_in_time(&opened.live.loaded.registry, &opened.policy, &known, &saved, &age);
        known.backups.retain(|b| !self.domains.is_named() || opened.chosen.contains(&b.domain));
        if self.json {
            let one = |f: &Finding| json!({"rule": f.rule, "message": f.message, "help": f.help});
            let findings: Vec<_> = findings.iter().map(one).collect();
            session.ui.json(&json!({"backups": known.backups, "findings": findings}));
            return Ok(Outcome::DONE);
        }
        let mut table = Table::new(&["SNAPSHOT", "DOMAIN", "PROFILE", "TAKEN", "SIZE", "VERIFIED"]);
        for backup in &known.backups {
            table.row([
                backup.short().to_owned(),
                backup.domain.clone(),
                backup.profile.clone(),
                format!("{} ago", since(&backup.time, &now)),
                backup.size.map_or_else(|| "-".to_owned(), human),
                backup
                    .verified
                    .as_deref()
                    .map_or_else(|| "never".to_owned(), |v| format!("{} ago", since(v, &now))),
            ]);
        }
        match known.backups.is_empty() {
            true => session.ui.note("There is no snapshot yet: foundry backup run --all"),
            false => session.ui.print(table.text()),
        }
        findings.sort();
        session.ui.complain_findings(&findings, &opened.live.loaded.sources());
        Ok(Outcome::DONE)
    }
}

/// `1.2 MiB`.
fn human(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut units = UNITS.iter();
    let mut unit = units.next().copied().unwrap_or_default();
    for larger in units {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = larger;
    }
    format!("{value:.1} {unit}")
}
