//! `foundry backup schedule`: a systemd service and timer.

use super::open::policy_of;
use crate::live::Live;
use crate::scope::EnvScope;
use crate::session::Session;
use crate::ui::Outcome;
use clap::{Args, ValueHint};
use foundry_core::backup::{Timer, units};
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::files::{Mode, write_atomic};
use std::path::PathBuf;

/// When the timer runs where neither the policy nor an option says it.
const NIGHTLY: &str = "*-*-* 03:00:00";

/// Write a systemd service and timer that save and prune every domain of an environment
///
/// The service reads the vault's password from a file: say which with --vault-password-file, or keep .vault_pass in
/// the registry.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry backup schedule --env prod                             print the units
  sudo foundry backup schedule --env prod --to /etc/systemd/system
  sudo systemctl daemon-reload && sudo systemctl enable --now foundry-backup-home-prod.timer")]
pub struct Schedule {
    #[command(flatten)]
    scope: EnvScope,
    /// Folder to write the units into; without it they are printed.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    to: Option<PathBuf>,
    /// When, as systemd's OnCalendar (default: `schedule` of backup/policy.yml, else every night at 3).
    #[arg(long, value_name = "WHEN")]
    on_calendar: Option<String>,
    /// Also prove a restore of everything each time.
    #[arg(long)]
    verify: bool,
    /// Who runs it (default: root).
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
}

impl Schedule {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Result<Outcome> {
        let every = |l: &crate::session::Loaded, e: &str| {
            Ok(l.registry.deployed_in(e).map(|d| d.name.value.clone()).collect())
        };
        let (live, _) = Live::new(session, &self.scope, every, false)?;
        let Some(policy) = policy_of(&live) else {
            return Err(Error::new(
                Kind::Findings,
                "there is no backup/policy.yml: nothing says what is saved",
            )
            .hint("write one, as docs/guide/7-backup.md shows"));
        };
        let when = self.on_calendar.or(policy.schedule).unwrap_or_else(|| NIGHTLY.to_owned());
        for (what, text) in [("--on-calendar", &when), ("--user", self.user.as_ref().unwrap_or(&when))] {
            if text.trim().is_empty() || text.contains(['\n', '\r']) {
                return Err(Error::new(Kind::Usage, format!("{what} is no single line of text")));
            }
        }
        let program = std::env::current_exe().map_err(|e| Error::io("finding", "this program", &e))?;
        let options = self.scope.repeated()?;
        let units = units(&Timer {
            program: &program.to_string_lossy(),
            registry: &live.loaded.root.to_string_lossy(),
            name: &live.loaded.registry.name,
            environment: &live.environment.name,
            user: self.user.as_deref(),
            when: &when,
            verify: self.verify,
            options: &options,
        });
        let Some(folder) = &self.to else {
            let parts: Vec<String> = units.iter().map(|(name, text)| format!("# {name}\n{text}")).collect();
            session.ui.print(parts.join("\n"));
            return Ok(Outcome::DONE);
        };
        for (name, text) in &units {
            let path = folder.join(name);
            write_atomic(&path, text.as_bytes(), Mode::Public)?;
            session.ui.print(format!("Wrote {}.", path.display()));
        }
        session.ui.note(format!("Next: systemctl daemon-reload && systemctl enable --now {}", units[1].0));
        Ok(Outcome::DONE)
    }
}
