//! `foundry init DIR`: a working registry.

use crate::session::Session;
use crate::ui::Outcome;
use clap::{Args, ValueHint};
use foundry_core::load::MARKER;
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::files::{Mode, ensure_dir, write_atomic};
use foundry_runtime::host::output_of;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Path in the registry and text.
const FILES: [(&str, &str); 12] = [
    (MARKER, include_str!("../../new-registry/domains.yml")),
    ("config-registry/env/ports.yml", include_str!("../../new-registry/ports.yml")),
    ("config-registry/env/networks.yml", include_str!("../../new-registry/networks.yml")),
    ("config-registry/env/base.env", include_str!("../../new-registry/base.env")),
    ("config-registry/env/overrides/dev.env", include_str!("../../new-registry/dev.env")),
    ("config-registry/env/overrides/prod.env", include_str!("../../new-registry/prod.env")),
    (".gitignore", include_str!("../../new-registry/gitignore")),
    ("README.md", include_str!("../../new-registry/README.md")),
    ("Makefile", include_str!("../../new-registry/Makefile")),
    (".gitlab-ci.yml", include_str!("../../new-registry/gitlab-ci.yml")),
    (".github/workflows/registry.yml", include_str!("../../new-registry/github.yml")),
    (".forgejo/workflows/registry.yml", include_str!("../../new-registry/forgejo.yml")),
];

/// Make a new registry: files to start from, a Makefile, CI checks
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry init home && cd home
  foundry init .                 in an empty folder, or a Git repository without a registry")]
pub struct Init {
    /// The folder; it is made if it is not there.
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    dir: PathBuf,
    /// Do not make a Git repository.
    #[arg(long)]
    no_git: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Init {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.make(session).into()
    }

    fn make(self, session: &Session) -> Result<Outcome> {
        let shown = self.dir.display();
        if self.dir.join(MARKER).exists() {
            session.ui.note(format!("{shown} is a registry already."));
            return Ok(Outcome::DONE);
        }
        let in_git = self.dir.join(".git").exists();
        let taken: Vec<&str> =
            FILES.iter().map(|(path, _)| *path).filter(|p| self.dir.join(p).exists()).collect();
        if !in_git && !is_empty(&self.dir)? {
            return Err(Error::new(Kind::Refused, format!("{shown} is not empty and no Git repository"))
                .hint("name a new folder, or run `git init` there first: then Git shows what was added"));
        }
        ensure_dir(&self.dir)?;
        let mut made = Vec::new();
        for (path, text) in FILES.iter().filter(|(path, _)| !taken.contains(path)) {
            let full = self.dir.join(path);
            ensure_dir(full.parent().unwrap_or(Path::new(".")))?;
            write_atomic(&full, text.as_bytes(), Mode::Public)?;
            made.push(*path);
        }
        let ignored = extend_ignored(&self.dir, taken.contains(&".gitignore"))?;
        let repository = !in_git && !self.no_git && output_of(&self.dir, "git", &["init", "--quiet"]).is_ok();
        if self.json {
            session.ui.json(
                &json!({"folder": self.dir, "files": made, "kept": taken, "git": repository || in_git}),
            );
            return Ok(Outcome::DONE);
        }
        let git = if repository { " and a Git repository" } else { "" };
        session.ui.print(format!(
            "Created a registry in {shown} ({} files){git}. Next: foundry domain add monitoring",
            made.len()
        ));
        for path in taken.iter().filter(|path| **path != ".gitignore" || !ignored) {
            session.ui.note(format!("{path} was there already and stays as it is."));
        }
        Ok(Outcome::DONE)
    }
}

fn is_empty(folder: &Path) -> Result<bool> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(e) => Err(Error::io("reading", folder.display(), &e)),
    }
}

/// Adds our lines to a `.gitignore` that was there: a secret must not get into Git because of an old file.
fn extend_ignored(folder: &Path, existed: bool) -> Result<bool> {
    if !existed {
        return Ok(false);
    }
    let path = folder.join(".gitignore");
    let old = std::fs::read_to_string(&path).map_err(|e| Error::io("reading", path.display(), &e))?;
    let ours = FILES.iter().find(|(p, _)| *p == ".gitignore").map_or("", |(_, text)| *text);
    let missing: Vec<&str> =
        ours.lines().filter(|l| l.starts_with('/') && !old.lines().any(|o| o.trim() == *l)).collect();
    if missing.is_empty() {
        return Ok(false);
    }
    let gap = if old.is_empty() || old.ends_with('\n') { "" } else { "\n" };
    let new = format!("{old}{gap}\n# Foundry\n{}\n", missing.join("\n"));
    write_atomic(&path, new.as_bytes(), Mode::Public)
}
