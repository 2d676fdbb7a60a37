//! What was done, one JSON-lines file per run in `.foundry/journal/`. Never read to decide; losing it loses history.

use crate::error::Error;
use crate::execute::Event;
use crate::report::Report;
use crate::{clock, own_folder};
use foundry_core::plan::Plan;
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// How many files are kept.
const KEPT: usize = 200;

/// The journal of one run. Writing never fails the run: the first problem is kept as a warning.
#[derive(Debug)]
pub struct Journal {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    file: Option<File>,
    path: PathBuf,
    warning: Option<Error>,
}

impl Journal {
    /// Begins the file of a run: who carries out what.
    pub fn begin(registry: &Path, who: &str, command: &str, plan: &Plan) -> Journal {
        let now = clock::now_utc();
        let name = format!("{}-{}.jsonl", now.replace(['-', ':'], ""), std::process::id());
        let path = registry.join(".foundry/journal").join(name);
        let opened = own_folder::make(registry, "journal").and_then(|folder| {
            prune(&folder)?;
            OpenOptions::new().create(true).append(true).mode(0o600).open(&path)
        });
        let journal = Journal { inner: Mutex::new(Inner { file: None, path, warning: None }) };
        journal.with(|inner| match opened {
            Ok(file) => inner.file = Some(file),
            Err(error) => inner.give_up(&error),
        });
        journal.line(json!({"event": "begin", "who": who, "command": command, "plan": plan}));
        journal
    }

    /// Where it is written.
    pub fn path(&self) -> PathBuf {
        self.with(|inner| inner.path.clone())
    }

    /// Records what happens; what a program says on its way is not kept.
    pub fn event(&self, event: &Event) {
        let line = match event {
            Event::Progress { .. } => return,
            Event::Started { step } => json!({"event": "started", "step": step}),
            Event::Done { step, took } => json!({"event": "done", "step": step, "took_ms": took.as_millis()}),
            Event::Failed { step, error, log, took } => {
                json!({"event": "failed", "step": step, "took_ms": took.as_millis(), "error": error, "log": log})
            }
            Event::Skipped { step, because } => json!({"event": "skipped", "step": step, "because": because}),
            Event::Refused { step, what } => json!({"event": "refused", "step": step, "what": what}),
        };
        self.line(line);
    }

    /// Records how the run ended and returns what kept the journal from being written, if anything did.
    pub fn end(self, report: &Report) -> Option<Error> {
        self.line(json!({"event": "end", "report": report}));
        self.with(|inner| inner.warning.take())
    }

    fn line(&self, mut line: Value) {
        if let Value::Object(fields) = &mut line {
            fields.shift_insert(0, "time".to_string(), clock::now_utc().into());
        }
        let text = format!("{line}\n");
        self.with(|inner| {
            let written = inner.file.as_mut().map_or(Ok(()), |file| file.write_all(text.as_bytes()));
            if let Err(error) = written {
                inner.give_up(&error);
            }
        });
    }

    fn with<R>(&self, act: impl FnOnce(&mut Inner) -> R) -> R {
        act(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Inner {
    fn give_up(&mut self, error: &io::Error) {
        self.file = None;
        self.warning = Some(
            Error::io("writing the journal", self.path.display(), error)
                .hint("make room or give write permission; the run itself is not affected"),
        );
    }
}

/// Removes the oldest files so that one more makes `KEPT`. The names begin with the time.
fn prune(folder: &Path) -> io::Result<()> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            names.push(path);
        }
    }
    names.sort();
    let surplus = (names.len() + 1).saturating_sub(KEPT);
    for path in &names[..surplus] {
        match std::fs::remove_file(path) {
            // Another run prunes at the same moment.
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
