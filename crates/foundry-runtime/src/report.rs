//! What came of carrying out a plan.

use crate::error::{Error, Kind};
use serde::{Deserialize, Serialize};

/// Every step of the plan is in exactly one of the lists, each sorted by step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Steps that ended well.
    pub done: Vec<Done>,
    /// Steps that failed or were interrupted.
    pub failed: Vec<Failed>,
    /// Steps that were not started.
    pub not_started: Vec<NotStarted>,
    /// Steps that were refused because the world had changed; the caller plans anew.
    pub refused: Vec<Refused>,
    /// Whether the run was cancelled from outside.
    pub cancelled: bool,
    /// How long all of it took, in milliseconds.
    pub took_ms: u64,
}

/// A step that ended well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// `Step::id`.
    pub step: usize,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// A step that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// `Step::id`.
    pub step: usize,
    /// Why.
    pub error: Error,
    /// What the container or the program said last, without secrets.
    pub log: Vec<String>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// A step that was not started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotStarted {
    /// `Step::id`.
    pub step: usize,
    /// The steps at fault; empty when the run was cancelled.
    pub because: Vec<usize>,
}

/// A step that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// `Step::id`.
    pub step: usize,
    /// What is not as it was planned for.
    pub what: String,
}

impl Report {
    /// What the command ends with; nothing when everything is done.
    pub fn kind(&self) -> Option<Kind> {
        let complete = self.failed.is_empty() && self.not_started.is_empty() && self.refused.is_empty();
        match (complete, self.done.is_empty()) {
            (true, _) => None,
            (false, false) => Some(Kind::Partial),
            (false, true) if self.cancelled => Some(Kind::Cancelled),
            (false, true) if self.failed.is_empty() => Some(Kind::Stale),
            (false, true) => Some(self.failed.first().map_or(Kind::Step, |failed| failed.error.kind)),
        }
    }

    pub(crate) fn sort(&mut self) {
        self.done.sort_by_key(|done| done.step);
        self.failed.sort_by_key(|failed| failed.step);
        self.not_started.sort_by_key(|not| not.step);
        self.refused.sort_by_key(|refused| refused.step);
    }
}
