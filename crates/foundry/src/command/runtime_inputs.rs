//! `foundry runtime-inputs sync|check|show`: values that stay out of Git, from the env layers and the vault to the cluster.

use crate::delivery::{InputAct, runtime_inputs};
use crate::scope::EnvScope;
use crate::session::Session;
use crate::ui::Outcome;
use clap::{Args, Subcommand};

/// Fill the Secret that Flux substitutes from, with values that stay out of Git
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry runtime-inputs show --env home     which keys the tree asks for, who needs them, and what sets them
  foundry runtime-inputs check --env home    what has no value yet; exit code 1 when something is missing
  foundry runtime-inputs sync --env home     show what would change in the cluster, ask, do it

The tree declares the targets: every Secret in it with a `${KEY}`. Values come from the env layers and the vault, and go to
flux-system/platform-runtime-inputs. What is missing keeps nothing else from being filled.")]
pub struct RuntimeInputs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make the cluster's Secret hold the values: plan, ask, apply
    Sync {
        #[command(flatten)]
        scope: EnvScope,
        /// Do not ask.
        #[arg(short, long)]
        yes: bool,
        /// Print JSON (needs --yes).
        #[arg(long, requires = "yes")]
        json: bool,
    },
    /// Say what has no value; needs no cluster
    Check {
        #[command(flatten)]
        scope: EnvScope,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Every key with what sets it and who needs it, values masked
    Show {
        #[command(flatten)]
        scope: EnvScope,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

impl RuntimeInputs {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        match self.action {
            Action::Sync { scope, yes, json } => {
                runtime_inputs(session, &scope, InputAct::Sync { yes }, json)
            }
            Action::Check { scope, json } => runtime_inputs(session, &scope, InputAct::Check, json),
            Action::Show { scope, json } => runtime_inputs(session, &scope, InputAct::Show, json),
        }
        .into()
    }
}
