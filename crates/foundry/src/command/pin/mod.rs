//! `foundry pin update|check`: images by tag and digest, and what their registries say of them.

mod check;
mod images;
mod place;
mod update;

use crate::command::port::How;
use crate::scope::EnvScope;
use crate::session::Session;
use crate::ui::Outcome;
use clap::{Args, Subcommand};

/// Find newer images, write tag and digest where they are set; check pins
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry pin check                       is every image pinned, there, and made for the hosts?
  foundry pin update --dry-run            what would change, and in which file
  foundry pin update postgres             one image; tag and digest, within its major version
  foundry pin update forgejo --major      also to the next major version
  foundry pin check --env prod --platform arm64

Registries are asked from this machine, with the logins that `docker login` keeps; over HTTPS, except on loopback.
A tag stays with its kind: 16.8-alpine becomes 16.9-alpine. What comes before a release (rc, beta) is left out.")]
pub struct Pin {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write the newest tag of the same kind and its digest where the image is set; comments stay
    Update {
        #[command(flatten)]
        which: Which,
        /// Also go to another major version.
        #[arg(long)]
        major: bool,
        #[command(flatten)]
        how: How,
    },
    /// Whether every image is pinned, what its tag means now, and whether it is made for the hosts
    Check {
        #[command(flatten)]
        which: Which,
        /// Architecture that is needed, such as arm64 (default: that of each environment's engine); may be repeated.
        #[arg(long, value_name = "ARCH")]
        platform: Vec<String>,
        /// A newer version is a finding, too.
        #[arg(long)]
        newer: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Which images.
#[derive(Debug, Args)]
struct Which {
    /// Images by name, with or without tag, or domains (default: all).
    #[arg(value_name = "IMAGE")]
    images: Vec<String>,
    #[command(flatten)]
    scope: EnvScope,
}

impl Pin {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        match self.action {
            Action::Update { which, major, how } => update::update(session, &which, major, how).into(),
            Action::Check { which, platform, newer, json } => {
                check::check(session, &which, &platform, newer, json).into()
            }
        }
    }
}
