//! `foundry adr`: numbered records of decisions, which nobody changes once they are accepted.

use crate::session::Session;
use crate::ui::{Outcome, Table};
use clap::{Args, Subcommand};
use foundry_core::docs::adr::{self, FOLDER, Record};
use foundry_runtime::clock::today_utc;
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::files::{Mode, ensure_dir, list_files, write_atomic};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Record decisions: numbered files in docs/adr/ that stay as they were accepted
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry adr new \"PostgreSQL for everything\"   docs/adr/0001-postgresql-for-everything.md, to be written
  foundry adr accept 1                           from now on it is not changed
  foundry adr supersede 1 --title \"SQLite for small things\"
  foundry adr list
  foundry adr check                              for CI: exit code 1 when an accepted record was changed")]
pub struct AdrArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Begin a record with the next number
    New {
        /// What is decided, in a few words.
        title: String,
    },
    /// List the records
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Mark a record as accepted and seal its text
    Accept {
        /// Its number.
        number: u32,
    },
    /// Begin a record that takes the place of an accepted one
    Supersede {
        /// The number of the old one.
        number: u32,
        /// What is decided instead (default: the old title).
        #[arg(long)]
        title: Option<String>,
    },
    /// Fail when an accepted record was changed, or a number is there twice
    Check {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

impl AdrArgs {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.go(session).into()
    }

    fn go(self, session: &Session) -> Result<Outcome> {
        let folder = session.root()?.join(FOLDER);
        let records = read(&folder)?;
        match self.action {
            Action::New { title } => {
                let file = begin(&folder, &records, &title)?;
                session.ui.print(format!("{FOLDER}/{file}  written"));
                session.ui.note("Write it, and then: foundry adr accept NUMBER");
            }
            Action::List { json } => list(session, &records, json),
            Action::Accept { number } => accept(session, &folder, find(&records, number)?)?,
            Action::Supersede { number, title } => {
                let old = find(&records, number)?;
                if old.status != "accepted" {
                    let message = format!("{number} is not accepted, so nothing takes its place");
                    return Err(Error::new(Kind::Refused, message).hint(format!(
                        "edit {FOLDER}/{}, or accept it: foundry adr accept {number}",
                        old.file
                    )));
                }
                refuse_changed(old)?;
                let title = title.unwrap_or_else(|| old.title.clone());
                let file = begin(&folder, &records, &title)?;
                let new = read(&folder)?.into_iter().find(|r| r.file == file);
                let text = new.map(|new| old.superseded_by(&new)).unwrap_or_default();
                write(&folder, &old.file, &text)?;
                session.ui.print(format!("{FOLDER}/{file}  written"));
                session.ui.print(format!("{FOLDER}/{}  superseded", old.file));
            }
            Action::Check { json } => return check(session, &records, json),
        }
        let records = read(&folder)?;
        if !records.is_empty() {
            write(&folder, "README.md", &adr::index(&records))?;
        }
        Ok(Outcome::DONE)
    }
}

/// The records, by number.
fn read(folder: &Path) -> Result<Vec<Record>> {
    let mut all = Vec::new();
    for file in list_files(folder)? {
        let path = folder.join(&file);
        if !file.ends_with(".md") {
            continue;
        }
        let text = std::fs::read_to_string(&path).map_err(|e| Error::io("reading", path.display(), &e))?;
        all.extend(adr::read(&file, &text));
    }
    all.sort_by(|a, b| (a.number, &a.file).cmp(&(b.number, &b.file)));
    Ok(all)
}

fn find(records: &[Record], number: u32) -> Result<&Record> {
    records.iter().find(|r| r.number == number).ok_or_else(|| {
        Error::new(Kind::Usage, format!("there is no record {number}")).hint("see them: foundry adr list")
    })
}

/// Writes a new record; gives its file.
fn begin(folder: &Path, records: &[Record], title: &str) -> Result<String> {
    let title = title.trim();
    if title.is_empty() || title.contains('\n') || !title.chars().any(|c| c.is_ascii_alphanumeric()) {
        return Err(Error::new(Kind::Usage, "a record needs a title of one line, with letters in it")
            .hint("write: foundry adr new \"PostgreSQL for everything\""));
    }
    let number = records.iter().map(|r| r.number).max().unwrap_or(0) + 1;
    if number > 9999 {
        return Err(Error::new(Kind::Refused, "numbers end at 9999"));
    }
    let (year, month, day) = today_utc();
    let (file, text) = adr::new(number, title, &format!("{year:04}-{month:02}-{day:02}"));
    write(folder, &file, &text)?;
    Ok(file)
}

fn accept(session: &Session, folder: &Path, record: &Record) -> Result<()> {
    if record.is_superseded() {
        let message = format!("{} is superseded", record.number);
        return Err(Error::new(Kind::Refused, message).hint("begin a new one: foundry adr new TITLE"));
    }
    refuse_changed(record)?;
    write(folder, &record.file, &record.accepted())?;
    session.ui.print(format!("{FOLDER}/{}  accepted", record.file));
    Ok(())
}

/// A seal is never made anew over a text that was changed under it.
fn refuse_changed(record: &Record) -> Result<()> {
    match record.wrong().filter(|(message, _)| message.contains("was changed")) {
        Some((message, help)) => {
            Err(Error::new(Kind::Refused, format!("{FOLDER}/{}: {message}", record.file)).hint(help))
        }
        None => Ok(()),
    }
}

fn list(session: &Session, records: &[Record], as_json: bool) {
    if as_json {
        let record = |r: &Record| json!({"number": r.number, "title": r.title, "status": r.status, "date": r.date, "file": r.file});
        session.ui.json(&json!({"records": records.iter().map(record).collect::<Vec<_>>()}));
        return;
    }
    if records.is_empty() {
        session.ui.note("No decision is recorded yet: foundry adr new TITLE");
        return;
    }
    let mut table = Table::new(&["NUMBER", "STATUS", "DATE", "TITLE"]);
    for r in records {
        table.row([format!("{:04}", r.number), r.status.clone(), r.date.clone(), r.title.clone()]);
    }
    session.ui.print(table.text());
}

fn check(session: &Session, records: &[Record], as_json: bool) -> Result<Outcome> {
    let mut wrong: Vec<(String, String, String)> = Vec::new();
    for record in records {
        let path = format!("{FOLDER}/{}", record.file);
        wrong.extend(record.wrong().map(|(message, help)| (path.clone(), message, help)));
        if records.iter().any(|r| r.number == record.number && r.file < record.file) {
            let message = format!("the number {} is there twice", record.number);
            wrong.push((path, message, "give the later one the next number".to_owned()));
        }
    }
    if as_json {
        let one = |(path, message, help): &(String, String, String)| json!({"path": path, "message": message, "help": help});
        session
            .ui
            .json(&json!({"records": records.len(), "wrong": wrong.iter().map(one).collect::<Vec<_>>()}));
    } else {
        for (path, message, help) in &wrong {
            session.ui.print(format!("{path}: {message}\n  = help: {help}"));
        }
        session.ui.note(format!("Records: {}, wrong: {}.", records.len(), wrong.len()));
    }
    Ok(if wrong.is_empty() { Outcome::DONE } else { Outcome::FINDINGS })
}

fn write(folder: &Path, file: &str, text: &str) -> Result<()> {
    ensure_dir(folder)?;
    let path: PathBuf = folder.join(file);
    write_atomic(&path, text.as_bytes(), Mode::Public)?;
    Ok(())
}
