//! `foundry mode platform-certs|app|show`: which issuer signs for the platform and for apps, as a line in Git.

use crate::delivery::{Axis, ModeOptions, Publish, change_mode, show_modes};
use crate::scope::EnvScope;
use crate::session::Session;
use crate::ui::Outcome;
use clap::{Args, Subcommand};

/// Switch the issuer of the platform or of an app: an edit of Git-tracked files, shown as a diff
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry mode show --env home
  foundry mode platform-certs letsencrypt-prod --env home
  foundry mode app web --env home --app-env staging --issuer letsencrypt-prod
  foundry mode app web --env staging --issuer letsencrypt-prod   where one environment alone has a `staging`
  foundry mode app --env home --app-env staging --issuer letsencrypt-prod   every app of it
  foundry mode platform-certs letsencrypt-prod --env home --push   commit these files alone, and push

The platform's issuer never touches an app, and an app's never the platform. Files are written and shown; nothing is
committed, pushed or waited for unless it is said.")]
pub struct Mode {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// The issuer of everything that the platform shows
    PlatformCerts {
        /// Name of the ClusterIssuer.
        issuer: String,
        #[command(flatten)]
        how: How,
    },
    /// The issuer of one app, or of every app, in an application environment
    App {
        /// The app (default: all of the application environment).
        #[arg(value_name = "APP", add = crate::complete::domains())]
        name: Option<String>,
        /// Application environment, such as staging (default: the only one there is).
        #[arg(long, value_name = "NAME")]
        app_env: Option<String>,
        /// Name of the ClusterIssuer.
        #[arg(long, value_name = "ISSUER")]
        issuer: String,
        #[command(flatten)]
        how: How,
    },
    /// Every issuer of an environment and where it is said
    Show {
        #[command(flatten)]
        scope: EnvScope,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
struct How {
    #[command(flatten)]
    scope: EnvScope,
    #[command(flatten)]
    publish: Publish,
    /// Show the diff and write nothing.
    #[arg(long, conflicts_with_all = ["commit", "push", "wait"])]
    dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Mode {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        let (axis, how) = match self.action {
            Action::PlatformCerts { issuer, how } => (Axis::Platform { issuer }, how),
            Action::App { name, app_env, issuer, how } => (Axis::App { name, app_env, issuer }, how),
            Action::Show { scope, json } => return show_modes(session, &scope, json).into(),
        };
        let How { scope, publish, dry_run, json } = how;
        change_mode(session, axis, &ModeOptions { scope: &scope, publish: &publish, dry_run, json }).into()
    }
}
