//! What to run and what came of it.

use crate::Cancel;
use secrecy::{SecretSlice, SecretString};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A program with its arguments; nothing secret belongs into `argv`.
#[derive(Debug, Clone, Default)]
pub struct Command {
    pub(super) argv: Vec<String>,
    pub(super) env: Vec<(String, SecretString)>,
    pub(super) keep: Option<Vec<String>>,
    pub(super) cwd: Option<PathBuf>,
    pub(super) stdin: Option<SecretSlice<u8>>,
}

impl Command {
    /// The program (a name or an absolute path) and its arguments.
    pub fn new<S: Into<String>>(argv: impl IntoIterator<Item = S>) -> Self {
        Command { argv: argv.into_iter().map(Into::into).collect(), ..Command::default() }
    }

    /// More arguments at the end.
    #[must_use]
    pub fn args<S: Into<String>>(mut self, more: impl IntoIterator<Item = S>) -> Self {
        self.argv.extend(more.into_iter().map(Into::into));
        self
    }

    /// Sets a variable; over SSH it travels on the standard input, so that no process list shows it.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Of the variables of this process, or of the login on another machine, only these are inherited.
    #[must_use]
    pub fn keep_env(mut self, names: &[&str]) -> Self {
        self.keep = Some(names.iter().map(|name| (*name).to_string()).collect());
        self
    }

    /// The folder to run in.
    #[must_use]
    pub fn cwd(mut self, folder: &Path) -> Self {
        self.cwd = Some(folder.to_path_buf());
        self
    }

    /// What the program reads; nothing where this is not called.
    #[must_use]
    pub fn stdin(mut self, bytes: Vec<u8>) -> Self {
        self.stdin = Some(SecretSlice::from(bytes));
        self
    }

    /// The name of the program, for messages.
    pub fn program(&self) -> &str {
        let path = self.argv.first().map_or("", String::as_str);
        path.rsplit('/').next().unwrap_or(path)
    }
}

/// A line that a running program wrote, without its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    /// On its standard output.
    Out(&'a str),
    /// On its standard error.
    Err(&'a str),
}

/// Who looks on while a program runs, and who may end it.
#[derive(Clone, Copy, Default)]
pub struct Watch<'a> {
    /// Called for each line as it comes.
    pub on_line: Option<&'a (dyn Fn(Line<'_>) + Send + Sync)>,
    /// When raised, the program is interrupted as by Ctrl-C and awaited.
    pub cancel: Option<&'a Cancel>,
    /// When passed, the program is interrupted and awaited.
    pub limit: Option<Duration>,
}

/// How a program ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// Exit status; when signal N ended it: 128 + N here, 255 on another machine.
    pub status: i32,
    /// What it wrote to its standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to its standard error, the last 64 KiB.
    pub stderr: String,
    /// Whether it was interrupted by the caller's flag or the time limit.
    pub interrupted: bool,
}

impl Output {
    /// Whether it ended with 0.
    pub fn ok(&self) -> bool {
        self.status == 0
    }

    /// Its standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// The last line with something on it that it wrote, errors first.
    pub fn last_line(&self) -> String {
        let last = |text: &str| {
            text.lines().rev().find(|line| !line.trim().is_empty()).map(|l| l.trim().to_string())
        };
        last(&self.stderr)
            .or_else(|| last(&self.text()))
            .unwrap_or_else(|| format!("exit status {}", self.status))
    }
}
