//! `foundry manifest`: what an environment runs, by digest, written down and compared.

use crate::live::{Live, or_cancelled, run};
use crate::pipeline::masked;
use crate::scope::EnvScope;
use crate::session::{Loaded, Session};
use crate::ui::Outcome;
use clap::{Args, ValueHint};
use foundry_core::manifest::{self, Input, Manifest, differences, record, report};
use foundry_core::plan::Observed;
use foundry_runtime::engine::compose::Scope;
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::files::{Mode, last_commit, uncommitted, write_in_place};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Write what runs, by digest, into MANIFEST.md; compare with it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry manifest --env prod             write the section of prod in MANIFEST.md; commit it after a deploy
  foundry manifest --env prod --check     exit code 1 and field by field what is not as recorded
  foundry manifest --env prod --json      print it as JSON, write nothing
  foundry manifest --env prod --output /tmp/prod.md

A second run changes no byte while nothing changes. Secret values take no part in any hash.
`foundry rollback` returns to a manifest that was committed.")]
pub struct ManifestArgs {
    #[command(flatten)]
    scope: EnvScope,
    /// Compare with what is recorded and write nothing.
    #[arg(long)]
    check: bool,
    /// Print JSON; written to the file only with --output.
    #[arg(long)]
    json: bool,
    /// The file (default: MANIFEST.md in the registry).
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,
}

impl ManifestArgs {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.manifest(session).into()
    }

    fn manifest(self, session: &Session) -> Result<Outcome> {
        let choose = |l: &Loaded, e: &str| every_domain(l, e);
        let (live, chosen) = Live::new(session, &self.scope, choose, true)?;
        let file = self.output.clone().unwrap_or_else(|| live.loaded.root.join(manifest::FILE));
        let shown = self.output.as_ref().map_or(manifest::FILE.to_owned(), |f| f.display().to_string());
        let recorded = match self.check {
            true => Some(recorded(&file, &shown, &live.environment.name)?),
            false => None,
        };
        let (observed, place) = run(async |cancel| {
            or_cancelled(&cancel, async {
                let engine = live.connect(None).await?;
                Ok((engine.observe(Scope::All).await?, engine.place()))
            })
            .await
        })?;
        let now = made(&live, &chosen, &observed, &place, &file);
        if let Some(recorded) = recorded {
            return Ok(self.compare(session, &recorded, &now, &shown));
        }
        let others = now.not_as_declared();
        if !others.is_empty() {
            session.ui.complain(format!(
                "warning: recorded although not as declared: {}. Deploy first, or the manifest says what no revision does.",
                others.join(", ")
            ));
        }
        self.write(session, &now, &file, &shown)
    }

    fn write(&self, session: &Session, now: &Manifest, file: &Path, shown: &str) -> Result<Outcome> {
        if self.json && self.output.is_none() {
            session.ui.json(now);
            return Ok(Outcome::DONE);
        }
        let text = match self.json {
            true => serde_json::to_string_pretty(now).unwrap_or_default() + "\n",
            false => manifest::with(&old(file)?, now).map_err(|e| unreadable(shown, &e))?,
        };
        let written = write_in_place(file, text.as_bytes(), Mode::Public)?;
        let services = now.domains.iter().map(|d| d.services.len()).sum::<usize>();
        session.ui.note(match written {
            true => format!("Wrote {shown}: {} of {}.", count(services, "service"), now.environment),
            false => format!("{shown} says this already."),
        });
        Ok(Outcome::DONE)
    }

    fn compare(&self, session: &Session, recorded: &Manifest, now: &Manifest, shown: &str) -> Outcome {
        let found = differences(recorded, now);
        let environment = &now.environment;
        if self.json {
            let commit = json!({"recorded": recorded.commit, "now": now.commit});
            session.ui.json(&json!({"environment": environment, "matches": found.is_empty(), "commit": commit, "uncommitted": now.uncommitted, "differences": found}));
        } else if found.is_empty() {
            session.ui.print(format!("{environment} is as {shown} says."));
        } else {
            session.ui.print(report(&found));
            session
                .ui
                .note(format!("{environment} differs from {shown} in {}.", count(found.len(), "field")));
        }
        if found.is_empty() { Outcome::DONE } else { Outcome::FINDINGS }
    }
}

/// Every domain that Foundry deploys in the environment; none is an error.
pub fn every_domain(loaded: &Loaded, environment: &str) -> Result<Vec<String>> {
    let all: Vec<String> = loaded.registry.deployed_in(environment).map(|d| d.name.value.clone()).collect();
    match all.is_empty() {
        false => Ok(all),
        true => Err(Error::new(Kind::Findings, format!("no domain is deployed in {environment}"))
            .hint("declare one in config-registry/env/domains.yml")),
    }
}

/// The manifest of what was observed. `file` is a manifest itself, which no commit has to know.
fn made(live: &Live, chosen: &[String], observed: &Observed, place: &str, file: &Path) -> Manifest {
    let root = &live.loaded.root;
    let file = std::path::absolute(file).unwrap_or_default();
    let within = file.strip_prefix(root).map(|path| path.to_string_lossy().into_owned());
    let except: Vec<String> = within.into_iter().chain([manifest::FILE.to_owned()]).collect();
    let masked = masked(&live.loaded, &live.environment.name, &live.rendered.env);
    record(Input {
        registry: &live.loaded.registry,
        desired: &live.desired(place, chosen, false),
        masked: &masked.projects,
        masked_files: &masked.artifacts,
        observed,
        commit: last_commit(root, &except),
        uncommitted: uncommitted(root, &except),
    })
}

/// The record of `environment` in a file.
fn recorded(file: &Path, shown: &str, environment: &str) -> Result<Manifest> {
    let text = old(file)?;
    if text.is_empty() {
        return Err(Error::new(Kind::Refused, format!("there is no {shown} to compare with"))
            .hint(format!("write it: foundry manifest --env {environment}")));
    }
    let json = serde_json::from_str::<Manifest>(&text).map(|m| vec![m]);
    let all = json.or_else(|_| manifest::read(&text)).map_err(|e| unreadable(shown, &e))?;
    all.into_iter().find(|m| m.environment == environment).ok_or_else(|| {
        Error::new(Kind::Refused, format!("{shown} says nothing of {environment}"))
            .hint(format!("record it: foundry manifest --env {environment}"))
    })
}

fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

fn old(file: &Path) -> Result<String> {
    match std::fs::read_to_string(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        text => text.map_err(|error| Error::io("reading", file.display(), &error)),
    }
}

/// A file that somebody else wrote.
pub fn unreadable(shown: &str, problem: &manifest::Unreadable) -> Error {
    let message = format!("{shown}:{}: this is no manifest: {}", problem.line, problem.reason);
    Error::new(Kind::Refused, message).hint("move the file away, or choose another one with --output FILE")
}
