//! `foundry domain list|show|add|remove|rename`.

mod add;
mod image;
mod remove;
mod rename;
mod show;

use crate::command::port::How;
use crate::session::Session;
use crate::ui::Outcome;
use crate::vault::VaultArgs;
use clap::{Args, Subcommand};

/// List, add, remove and rename domains
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry domain list --catalog          what can be added
  foundry domain add monitoring          record, ports, values, secrets and templates
  foundry domain add gitlab --env prod   only in this environment
  foundry domain add wiki --image example/wiki:2.1.0 --port 8080:80 --requires postgres
  foundry domain show gitlab
  foundry domain remove gitlab           out of the registry; its data stays
  foundry domain rename web page")]
pub struct Domain {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Every domain of the registry, or with --catalog what can be added
    List {
        /// List the built-in catalogue.
        #[arg(long)]
        catalog: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Everything the registry says about one domain
    Show {
        /// The domain.
        #[arg(add = crate::complete::domains())]
        domain: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Add a domain of the catalogue, or with --image one of your own, with what it requires
    Add {
        /// Its name; without --image the one in the catalogue.
        name: String,
        #[command(flatten)]
        image: image::Image,
        /// Environments it is deployed in (default: all); may be repeated.
        #[arg(short, long = "env", value_name = "NAME", add = crate::complete::environments())]
        env: Vec<String>,
        #[command(flatten)]
        how: How,
        #[command(flatten)]
        vault: VaultArgs,
    },
    /// Take a domain out of the registry; its files and data stay
    Remove {
        /// The domain.
        #[arg(add = crate::complete::domains())]
        domain: String,
        #[command(flatten)]
        how: How,
    },
    /// Give a domain another name, wherever the registry's files say it
    Rename {
        /// The domain.
        #[arg(add = crate::complete::domains())]
        domain: String,
        /// Its new name.
        new: String,
        #[command(flatten)]
        how: How,
    },
}

impl Domain {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        match self.action {
            Action::List { catalog: true, json } => show::catalog(session, json).into(),
            Action::List { catalog: false, json } => show::list(session, json).into(),
            Action::Show { domain, json } => show::one(session, &domain, json).into(),
            Action::Add { name, image, env, how, vault } => {
                add::add(session, &name, &image, &env, how, &vault).into()
            }
            Action::Remove { domain, how } => remove::remove(session, &domain, how).into(),
            Action::Rename { domain, new, how } => rename::rename(session, &domain, &new, how).into(),
        }
    }
}
