//! What is wrong in the world: a kind (which decides the exit code), a message and ways out.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What sort of failure it is; the exit code follows from it and from nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The command was not understood.
    Usage,
    /// The user's files have errors.
    Findings,
    /// The operation is refused as things are (dependents run, another run holds the lock, no consent).
    Refused,
    /// The world is not what the plan saw; it has to be planned anew.
    Stale,
    /// A host or an engine does not answer, or does not let us in.
    Unreachable,
    /// A host answers and a file or a program on it fails.
    Host,
    /// The engine answers and says no.
    Engine,
    /// A step of a plan failed.
    Step,
    /// Some steps are done and some are not.
    Partial,
    /// The run was ended from outside before anything was done.
    Cancelled,
    /// A bug in Foundry.
    Internal,
}

impl Kind {
    /// The exit code of a command that ends with this kind.
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Usage => 2,
            Kind::Findings | Kind::Refused | Kind::Stale | Kind::Cancelled => 1,
            Kind::Unreachable | Kind::Host | Kind::Engine | Kind::Step => 4,
            Kind::Partial => 5,
            Kind::Internal => 70,
        }
    }
}

/// A failure: a lowercase fragment, and hints that begin with a verb.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error {
    /// What sort of failure it is.
    pub kind: Kind,
    /// What happened, as a lowercase fragment.
    pub message: String,
    /// Ways out, each beginning with a verb.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
}

/// The result of everything that touches the world.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A failure without a hint.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Error { kind, message: message.into(), hints: Vec::new() }
    }

    /// The same failure with one more hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same failure with words before its message.
    #[must_use]
    pub fn context(mut self, before: impl fmt::Display) -> Self {
        self.message = format!("{before}: {}", self.message);
        self
    }

    /// An operation on a file of a host that the system refused.
    pub fn io(action: &str, path: impl fmt::Display, error: &std::io::Error) -> Self {
        use std::io::ErrorKind::{QuotaExceeded, StorageFull};
        let said = Error::new(Kind::Host, format!("{action} {path}: {}", lower(&error.to_string())));
        match error.kind() {
            StorageFull | QuotaExceeded => {
                said.hint("free some space there, then run the same command again")
            }
            _ => said,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// The text without Rust's `(os error N)` and with a small first letter.
pub(crate) fn lower(text: &str) -> String {
    let text = text.split(" (os error").next().unwrap_or(text).trim();
    let mut letters = text.chars();
    match letters.next() {
        // An abbreviation (`TLS`, `EOF`) keeps its letters.
        Some(first) if !letters.clone().next().is_some_and(char::is_uppercase) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_an_exit_code_of_the_public_table() {
        let kinds = [
            (Kind::Usage, 2),
            (Kind::Findings, 1),
            (Kind::Refused, 1),
            (Kind::Stale, 1),
            (Kind::Unreachable, 4),
            (Kind::Host, 4),
            (Kind::Engine, 4),
            (Kind::Step, 4),
            (Kind::Partial, 5),
            (Kind::Cancelled, 1),
            (Kind::Internal, 70),
        ];
        for (kind, code) in kinds {
            assert_eq!(kind.exit_code(), code, "{kind:?}");
        }
    }

    #[test]
    fn a_message_of_the_system_becomes_a_lowercase_fragment() {
        let error = std::io::Error::from_raw_os_error(2);
        assert_eq!(Error::io("reading", "/a", &error).message, "reading /a: no such file or directory");
        assert_eq!(lower("EOF while reading"), "EOF while reading");
    }
}
