//! `foundry docs`: what the registry says, as pages for people, in docs/reference/.

use crate::session::Session;
use crate::ui::{Outcome, unified};
use clap::Args;
use foundry_core::docs::{FOLDER, Page, Sealed, merge, pages, sealed};
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::files::{Mode, ensure_dir, list_files, remove_file, write_atomic};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

/// The text below a new page's generated part.
const OWN: &str = "\n## Notes\n";

/// Write the registry's documents: services, ports, networks, backups, relations, a runbook for each service
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry docs                            write docs/reference/
  foundry docs --check                    for CI: show what differs, exit code 1 if anything does

Below the line in a runbook people write, and it is kept. Files that are not generated stay as they are.")]
pub struct Docs {
    /// Write nothing; show the difference and fail when there is one.
    #[arg(long)]
    check: bool,
    /// Replace generated parts that somebody edited.
    #[arg(long, conflicts_with = "check")]
    overwrite: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What is to be done about the pages.
#[derive(Default)]
struct Change {
    /// Path, old and new text.
    write: Vec<(String, String, String)>,
    remove: Vec<String>,
    edited: Vec<String>,
    foreign: Vec<String>,
    /// Runbooks of domains that are gone, with something that people wrote.
    left: Vec<String>,
    unchanged: usize,
    /// Whether any generated page is there.
    begun: bool,
}

impl Docs {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.go(session).into()
    }

    fn go(self, session: &Session) -> Result<Outcome> {
        let loaded = session.load_valid()?;
        let folder = loaded.root.join(FOLDER);
        let change = compare(&folder, &pages(&loaded.registry))?;
        if self.check {
            return Ok(self.show(session, &change));
        }
        if let Some(path) = change.foreign.first() {
            let message = format!("{FOLDER}/{path} is in the place of a generated page, and not generated");
            return Err(Error::new(Kind::Refused, message)
                .hint("move it to another name or folder, then run foundry docs again"));
        }
        if let Some(path) = change.edited.first().filter(|_| !self.overwrite) {
            let message = format!("the generated part of {FOLDER}/{path} was edited; nothing was written");
            let error = Error::new(Kind::Refused, message);
            return Err(error
                .hint("move what you wrote below the line, then write over it: foundry docs --overwrite"));
        }
        for (path, _, text) in &change.write {
            let full = folder.join(path);
            ensure_dir(full.parent().unwrap_or(&folder))?;
            write_atomic(&full, text.as_bytes(), Mode::Public)?;
        }
        for path in &change.remove {
            remove_file(&folder.join(path))?;
        }
        self.report(session, &change);
        Ok(Outcome::DONE)
    }

    fn show(&self, session: &Session, change: &Change) -> Outcome {
        let differs = !change.write.is_empty() || !change.remove.is_empty() || !change.foreign.is_empty();
        if self.json {
            session.ui.json(&value(change));
        } else {
            for (path, old, new) in &change.write {
                let path = format!("{FOLDER}/{path}");
                session.ui.print(unified(&path, &format!("{path} (generated)"), old, new));
            }
            change.remove.iter().for_each(|p| session.ui.print(format!("{FOLDER}/{p}  would be removed")));
            change.foreign.iter().for_each(|p| session.ui.print(format!("{FOLDER}/{p}  is not generated")));
        }
        if !change.begun {
            session.ui.note(format!("{FOLDER} has no generated page yet: foundry docs writes them."));
            return Outcome::DONE;
        }
        match differs {
            true => {
                let count = change.write.len() + change.remove.len() + change.foreign.len();
                session.ui.note(format!("Pages that differ: {count}. Write them with `foundry docs`."));
                Outcome::FINDINGS
            }
            false => {
                session.ui.note(format!("{} pages are as they should be.", change.unchanged));
                Outcome::DONE
            }
        }
    }

    fn report(&self, session: &Session, change: &Change) {
        if self.json {
            session.ui.json(&value(change));
            return;
        }
        change.write.iter().for_each(|(p, ..)| session.ui.print(format!("{FOLDER}/{p}  written")));
        change.remove.iter().for_each(|p| session.ui.print(format!("{FOLDER}/{p}  removed")));
        for path in &change.left {
            session.ui.note(format!("{FOLDER}/{path} stays: its domain is gone, and somebody wrote in it."));
        }
        let (written, removed) = (change.write.len(), change.remove.len());
        session.ui.note(format!("{written} written, {removed} removed, {} unchanged.", change.unchanged));
    }
}

fn value(change: &Change) -> serde_json::Value {
    let written: Vec<&String> = change.write.iter().map(|(path, ..)| path).collect();
    json!({
        "folder": FOLDER, "differ": written, "remove": change.remove, "edited": change.edited,
        "foreign": change.foreign, "unchanged": change.unchanged,
    })
}

/// What the pages are on disk, against what they should be.
fn compare(folder: &Path, pages: &[Page]) -> Result<Change> {
    let mut change = Change::default();
    for page in pages {
        let old = read(&folder.join(&page.path))?;
        let (own, edited) = match old.as_deref().map(sealed) {
            None => (OWN.to_owned(), false),
            Some(Sealed::Foreign) => {
                change.foreign.push(page.path.clone());
                continue;
            }
            Some(Sealed::Intact(own)) => (own, false),
            Some(Sealed::Edited(own)) => (own, true),
        };
        change.begun |= old.is_some();
        if edited {
            change.edited.push(page.path.clone());
        }
        let (old, new) = (old.unwrap_or_default(), merge(page, &own));
        match old == new {
            true => change.unchanged += 1,
            false => change.write.push((page.path.clone(), old, new)),
        }
    }
    gone(folder, pages, &mut change)?;
    Ok(change)
}

/// Runbooks of domains that are no more.
fn gone(folder: &Path, pages: &[Page], change: &mut Change) -> Result<()> {
    let wanted: BTreeMap<&str, ()> = pages.iter().map(|p| (p.path.as_str(), ())).collect();
    for name in list_files(&folder.join("runbooks"))? {
        let path = format!("runbooks/{name}");
        if wanted.contains_key(path.as_str()) {
            continue;
        }
        match read(&folder.join(&path))?.as_deref().map(sealed) {
            Some(Sealed::Intact(own)) if own.trim().is_empty() || own == OWN => change.remove.push(path),
            Some(Sealed::Intact(_) | Sealed::Edited(_)) => change.left.push(path),
            Some(Sealed::Foreign) | None => {}
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Error::io("reading", path.display(), &e)),
    }
}
