//! `foundry backup`: save domains with restic, prove that they can be restored, restore them.

mod list;
mod open;
mod prune;
mod restore;
mod run;
mod schedule;
mod standing;
mod verify;

pub use open::refuse_interrupted;
pub use standing::{Standing, standing};

use crate::session::Session;
use crate::ui::Outcome;
use clap::{Args, Subcommand};

/// Save domains, prove that the backups can be restored, and restore them
///
/// What is saved is derived from backup/policy.yml and the domains' volumes and paths. Snapshots are those of restic:
/// any restic can read them without Foundry.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry backup run --all --env prod          save every domain
  foundry backup verify --all --env prod       restore into a scratch place and start the services there
  foundry backup list --env prod               what there is, and when a restore was last proved
  foundry backup restore wiki --env prod       put the last backup in the place of the data
  foundry backup schedule --env prod --to /etc/systemd/system

The repository and its password: `repository` of backup/policy.yml, and the value RESTIC_PASSWORD
(foundry secret set RESTIC_PASSWORD).")]
pub struct Backup {
    #[command(subcommand)]
    command: Sub,
}

#[derive(Debug, Subcommand)]
enum Sub {
    Run(run::Run),
    List(list::List),
    Verify(verify::Verify),
    Restore(restore::Restore),
    Prune(prune::Prune),
    Schedule(schedule::Schedule),
}

impl Backup {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        match self.command {
            Sub::Run(c) => c.run(session).into(),
            Sub::List(c) => c.run(session).into(),
            Sub::Verify(c) => c.run(session).into(),
            Sub::Restore(c) => c.run(session).into(),
            Sub::Prune(c) => c.run(session).into(),
            Sub::Schedule(c) => c.run(session).into(),
        }
    }
}
