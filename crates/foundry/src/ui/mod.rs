//! The only place that prints: text, findings, tables, progress, questions.

mod ask;
mod diff;
mod findings;
mod outcome;
mod progress;
mod since;
mod table;

pub use ask::Answer;
pub use diff::unified;
pub use findings::{Format, Sources, summary};
pub use outcome::{Outcome, finish, install_panic_message};
pub use progress::{Progress, report_text};
pub use since::{seconds_between, since};
pub use table::Table;

use anstream::ColorChoice;
use serde::Serialize;
use std::io::{IsTerminal, Write};

/// Standard output and standard error of one run.
pub struct Ui {
    quiet: bool,
}

impl Ui {
    /// Colours by `color`, `NO_COLOR` and the terminal.
    pub fn new(color: clap::ColorChoice, quiet: bool) -> Ui {
        match color {
            clap::ColorChoice::Always => ColorChoice::Always.write_global(),
            clap::ColorChoice::Never => ColorChoice::Never.write_global(),
            clap::ColorChoice::Auto => {}
        }
        Ui { quiet }
    }

    /// Prints what was asked for, on standard output. A reader that went away ends the program quietly.
    pub fn print(&self, text: impl AsRef<str>) {
        let mut out = anstream::stdout().lock();
        let text = text.as_ref();
        let newline = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        if write!(out, "{text}{newline}").and_then(|()| out.flush()).is_err() {
            outcome::leave_quietly();
        }
    }

    /// Whether what is asked for goes to somebody who reads it now.
    pub fn is_terminal(&self) -> bool {
        std::io::stdout().is_terminal()
    }

    /// Prints a remark on standard error, unless `--quiet`.
    pub fn note(&self, text: impl AsRef<str>) {
        if !self.quiet {
            self.complain(text);
        }
    }

    /// Prints on standard error, also with `--quiet`.
    pub fn complain(&self, text: impl AsRef<str>) {
        let _ = writeln!(anstream::stderr().lock(), "{}", text.as_ref());
    }

    /// Prints a value as indented JSON on standard output.
    pub fn json(&self, value: &impl Serialize) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => self.print(text),
            Err(error) => panic!("a report cannot be written as JSON: {error}"),
        }
    }
}
