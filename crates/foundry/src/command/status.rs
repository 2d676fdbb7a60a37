//! `foundry status`: how every domain stands.

use super::backup::{self, Standing};
use crate::cluster::{self, Place};
use crate::live::{Live, or_cancelled, run};
use crate::scope::{DomainScope, EnvScope};
use crate::session::Session;
use crate::ui::{Outcome, Table, since};
use clap::Args;
use foundry_core::plan::{DomainStatus, Health, Status as Rows, status};
use foundry_runtime::clock::now_utc;
use foundry_runtime::engine::compose::Scope;
use foundry_runtime::error::Result;
use foundry_runtime::files::shown_revision;
use serde_json::{Value, json};

/// Show how every domain stands: state, version, health, drift and backup
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  foundry status --env dev\n  foundry status --env prod --json")]
pub struct Status {
    #[command(flatten)]
    domains: DomainScope,
    #[command(flatten)]
    scope: EnvScope,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Status {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.show(session).into()
    }

    fn show(self, session: &Session) -> Result<Outcome> {
        let named = self.domains.is_named();
        let choose = |l: &crate::session::Loaded, e: &str| match named {
            true => self.domains.choose(l, e),
            false => {
                Ok(l.registry.domains.iter().filter(|d| d.is_in(e)).map(|d| d.name.value.clone()).collect())
            }
        };
        let (live, chosen) = Live::anywhere(session, &self.scope, choose, false)?;
        if let Some(place) = Place::of(session, &self.scope, &live, &chosen)? {
            return cluster::status(&place, self.json);
        }
        let rows = run(async |cancel| {
            or_cancelled(&cancel, async {
                let engine = live.connect(None).await?;
                let observed = engine.observe(Scope::All).await?;
                let rows = status(&live.desired(&engine.place(), &chosen, false), &observed);
                Ok((rows, backup::standing(&live, &engine, &chosen).await?))
            })
            .await
        })?;
        let (rows, backups) = rows;
        match self.json {
            true => session.ui.json(&with_backups(&rows, &backups)),
            false => session.ui.print(text(&rows, &backups)),
        }
        if let (false, Some(revision)) = (self.json, &rows.rolled_back_to) {
            let (name, revision) = (&live.environment.name, shown_revision(&live.loaded.root, revision));
            session
                .ui
                .note(format!("{name} was rolled back to {revision}; a deploy rolls it forward again."));
        }
        live.note_errors(session);
        Ok(Outcome::DONE)
    }
}

/// The rows as JSON, each with its backup: when it was saved and proved, and whether that is too long ago.
fn with_backups(rows: &Rows, backups: &Standing) -> Value {
    let mut value = json!(rows);
    for row in value["domains"].as_array_mut().into_iter().flatten() {
        let name = row["name"].as_str().unwrap_or_default().to_owned();
        row["backup"] = backups.get(&name).map_or(Value::Null, |b| json!(b));
    }
    value
}

fn text(rows: &Rows, backups: &Standing) -> String {
    let now = now_utc();
    let mut headings = vec!["DOMAIN", "STATE", "VERSION", "SINCE", "HEALTH", "DRIFT"];
    // Where nothing says what is saved, there is nothing to say about it.
    if !backups.is_empty() {
        headings.push("BACKUP");
    }
    let mut table = Table::new(&headings);
    for domain in &rows.domains {
        let backup = backups.get(&domain.name).map_or_else(|| "-".to_owned(), |b| b.words(&now));
        let shown = (!backups.is_empty()).then_some(backup);
        table.row(row(domain, &now).into_iter().chain(shown));
    }
    let mut out = table.text();
    if !rows.orphans.is_empty() {
        out.push_str(&format!(
            "\nNot declared any more, and still there: {}. Remove with `foundry deploy --all --prune`.\n",
            rows.orphans.join(", ")
        ));
    }
    out
}

fn row(domain: &DomainStatus, now: &str) -> [String; 6] {
    let dash = || "-".to_owned();
    let health = domain.health.map(|h| match h {
        Health::None => dash(),
        other => format!("{other:?}").to_lowercase(),
    });
    [
        domain.name.clone(),
        domain.state.word().to_owned(),
        domain.version.clone().unwrap_or_else(dash),
        domain.since.as_deref().map_or_else(dash, |s| since(s, now)),
        health.unwrap_or_else(dash),
        match domain.maintenance.as_ref().filter(|m| m.is_active(now)) {
            Some(away) => format!("in maintenance until {} ({})", away.until, away.by),
            None if domain.drift.is_empty() => dash(),
            None => domain.drift.join("; "),
        },
    ]
}
