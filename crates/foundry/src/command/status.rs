//! `foundry status`: how every domain stands.

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

/// Show how every domain stands: state, version, health and drift
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
        let (live, chosen) = Live::new(session, &self.scope, choose, false)?;
        let rows = run(async |cancel| {
            or_cancelled(&cancel, async {
                let engine = live.connect(None).await?;
                let observed = engine.observe(Scope::All).await?;
                Ok(status(&live.desired(&engine.place(), &chosen, false), &observed))
            })
            .await
        })?;
        match self.json {
            true => session.ui.json(&rows),
            false => session.ui.print(text(&rows)),
        }
        if let (false, Some(revision)) = (self.json, &rows.rolled_back_to) {
            let (name, revision) = (&live.environment.name, shown_revision(&live.loaded.root, revision));
            session
                .ui
                .note(format!("{name} was rolled back to {revision}; a deploy rolls it forward again."));
        }
        if !self.json && live.rendered.findings.has_errors() {
            session.ui.note("The registry has errors, so this may be incomplete: see `foundry validate`.");
        }
        Ok(Outcome::DONE)
    }
}

fn text(rows: &Rows) -> String {
    let now = now_utc();
    let mut table = Table::new(&["DOMAIN", "STATE", "VERSION", "SINCE", "HEALTH", "DRIFT"]);
    for domain in &rows.domains {
        table.row(row(domain, &now));
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
        if domain.drift.is_empty() { dash() } else { domain.drift.join("; ") },
    ]
}
