//! `foundry import compose`: existing Compose projects, running or not, become domains.

mod domain;
mod gather;
mod report;

use crate::live;
use crate::session::{Loaded, Session};
use crate::ui::{Answer, Outcome};
use crate::vault::VaultArgs;
use clap::{Args, Subcommand, ValueHint};
use domain::Incoming;
use foundry_core::import::differences;
use foundry_core::model::Engine;
use foundry_runtime::error::{Error, Kind, Result};
use gather::Gathered;
use std::path::PathBuf;

/// Turn what runs already into domains of the registry
#[derive(Debug, Args)]
pub struct Import {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Compose(Compose),
}

/// Turn a Compose project, running or not, into a domain
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry import compose /srv/shop/compose.yml --env prod
  foundry import compose compose.yml compose.prod.yml --name shop
  foundry import compose --project shop            a running one; its files are found by its labels
  foundry import compose shop/compose.yml --dry-run   show it, write nothing

The text of the file becomes a template, comments included. Host ports go to ports.yml, values of `.env` to base.env,
secrets to the vault; the project, its volumes and networks keep their names, relative paths become absolute ones.
Before anything is written Compose itself compares: what it reads of the domain is what it read of the files. The
containers of a running project stay as they are, and the plan after the import has no steps.")]
pub struct Compose {
    /// Compose files, each overriding those before it, or a folder with one (and its override).
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath, required_unless_present = "project")]
    files: Vec<PathBuf>,
    /// More files, as `docker compose -f` takes them.
    #[arg(short, long = "file", value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: Vec<PathBuf>,
    /// The domain's name (default: the project's).
    #[arg(long, value_name = "DOMAIN")]
    name: Option<String>,
    /// Compose project: its name where the files do not say it; without files, a running one.
    #[arg(short, long, value_name = "NAME")]
    project: Option<String>,
    /// File of variables instead of the `.env` beside the first file; may be repeated.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    env_file: Vec<PathBuf>,
    /// Profile that is on; may be repeated.
    #[arg(long, value_name = "NAME")]
    profile: Vec<String>,
    /// Environment that the project belongs to; the domain is deployed only there (default: the only one there is).
    #[arg(short, long, value_name = "NAME", env = "FOUNDRY_ENV", add = crate::complete::environments())]
    env: Option<String>,
    /// Do not ask.
    #[arg(short, long)]
    yes: bool,
    /// Show what would be written and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print JSON (needs --yes or --dry-run).
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    vault: VaultArgs,
}

impl Import {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        match self.action {
            Action::Compose(compose) => compose.import(session).into(),
        }
    }
}

impl Compose {
    fn import(&self, session: &Session) -> Result<Outcome> {
        if self.json && !self.yes && !self.dry_run {
            return Err(Error::new(Kind::Usage, "--json asks nothing").hint("say --yes or --dry-run, too"));
        }
        let loaded = session.load_valid()?;
        let environment = loaded.environment(self.env.as_deref())?.clone();
        if environment.engine != Engine::Compose {
            let message =
                format!("{} runs on {}, not on Compose", environment.name, environment.engine.word());
            return Err(Error::new(Kind::Usage, message).hint("choose an environment with `engine: compose`"));
        }
        let gathered = live::run(async |_| Gathered::from(self, &loaded, &environment).await)?;
        let name = self.name.clone().unwrap_or_else(|| gathered.project.clone());
        if loaded.registry.domain(&name).is_some() {
            return self.there_already(session, &loaded, &name, &environment.name, &gathered);
        }
        let mut last = None;
        for number in 0..gathered.texts.len() {
            let incoming = Incoming {
                session,
                loaded: &loaded,
                gathered: &gathered,
                name: &name,
                environment: &environment,
                only_there: self.env.is_some(),
                profiles: &self.profile,
                vault: &self.vault,
            };
            let ready = incoming.prepare(number)?;
            let after = live::run(async |_| gather::read_back(ready.artifacts()).await)?;
            let differ = differences(&gathered.resolved, &after);
            if differ.is_empty() {
                return self.finish(session, &gathered, &ready);
            }
            last = Some(differ);
        }
        Err(lost(&last.unwrap_or_default()))
    }

    fn finish(&self, session: &Session, gathered: &Gathered, ready: &domain::Ready<'_>) -> Result<Outcome> {
        if !self.json {
            report::show(session, gathered, ready);
        }
        if !self.dry_run && !self.yes && session.ui.confirm("Write it?")? != Answer::Yes {
            session.ui.note("Nothing was changed.");
            return Ok(Outcome::FINDINGS);
        }
        if !self.dry_run {
            ready.write()?;
        }
        match self.json {
            true => report::json(session, gathered, ready, !self.dry_run),
            false if self.dry_run => session.ui.note("Nothing was written."),
            false => report::done(session, ready),
        }
        Ok(Outcome::DONE)
    }

    /// The same import once more does nothing; another project of that name is refused.
    fn there_already(
        &self,
        session: &Session,
        loaded: &Loaded,
        name: &str,
        environment: &str,
        gathered: &Gathered,
    ) -> Result<Outcome> {
        let rendered = domain::as_it_is(session, loaded, environment, &self.vault)?;
        let artifacts: Vec<_> = rendered.artifacts.of(name).collect();
        let place = loaded.registry.domain(name).map(|d| d.span.to_string()).unwrap_or_default();
        let differ = match artifacts.is_empty() {
            true => vec!["everything".to_owned()],
            false => {
                let after = live::run(async |_| gather::read_back(artifacts).await)?;
                differences(&gathered.resolved, &after)
            }
        };
        if differ.is_empty() {
            match self.json {
                true => session.ui.json(&serde_json::json!({"domain": name, "written": false, "files": []})),
                false => session
                    .ui
                    .note(format!("{name} is in the registry already ({place}), and says the same.")),
            }
            return Ok(Outcome::DONE);
        }
        let message =
            format!("{name} is in the registry already ({place}), and differs in {}", report::some(&differ));
        Err(Error::new(Kind::Refused, message)
            .hint("give the new domain another name with --name, or change the domain's own files"))
    }
}

fn lost(differ: &[String]) -> Error {
    let message = format!("Compose would read something else after the import: {}", report::some(differ));
    Error::new(Kind::Refused, message)
        .hint("write these parts in their plain form (docker compose config shows it), and import again")
}
