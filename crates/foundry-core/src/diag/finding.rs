//! One thing that a check has to say about the user's files, and the collection of all of them.

use super::Span;
use serde::Serialize;
use std::collections::BTreeSet;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing goes on with this.
    Error,
    /// Works, and will hurt some day.
    Warning,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// The word used in messages and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

/// One remark: a rule, a place, what is wrong there and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable id of the rule, such as `REG-003`.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// A lowercase fragment that says what is wrong.
    pub message: String,
    /// Where; `None` only for findings about the registry as a whole.
    pub span: Option<Span>,
    /// Where a person changes it, when `span` lies in a file that is rendered.
    pub origin: Option<Span>,
    /// Related places, each with a short note.
    pub labels: Vec<(Span, String)>,
    /// The way out, beginning with a verb.
    pub help: Option<String>,
}

impl Finding {
    /// An error of `rule` at `span`.
    pub fn error(rule: &'static str, span: &Span, message: impl Into<String>) -> Self {
        Self::new(rule, Severity::Error, Some(span.clone()), message)
    }

    /// A warning of `rule` at `span`.
    pub fn warning(rule: &'static str, span: &Span, message: impl Into<String>) -> Self {
        Self::new(rule, Severity::Warning, Some(span.clone()), message)
    }

    /// A finding with every part but labels and help.
    pub fn new(
        rule: &'static str,
        severity: Severity,
        span: Option<Span>,
        message: impl Into<String>,
    ) -> Self {
        Finding {
            rule,
            severity,
            message: message.into(),
            span,
            origin: None,
            labels: Vec::new(),
            help: None,
        }
    }

    /// The same finding with a way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same finding with a related place.
    #[must_use]
    pub fn label(mut self, span: &Span, note: impl Into<String>) -> Self {
        self.labels.push((span.clone(), note.into()));
        self
    }
}

/// A rule that could not be applied, and why: never to be read as "passed".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct NotChecked {
    /// Rule id, or several of one family (`IMG-003`).
    pub rule: String,
    /// A lowercase fragment.
    pub reason: String,
}

/// Everything that checks found, in the order it was found until [`Findings::sort`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    items: Vec<Finding>,
    not_checked: Vec<NotChecked>,
    checked: BTreeSet<String>,
}

impl Findings {
    /// No finding.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, finding: Finding) {
        self.items.push(finding);
    }

    /// Adds all of another collection.
    pub fn extend(&mut self, other: Findings) {
        self.items.extend(other.items);
        self.not_checked.extend(other.not_checked);
        self.checked.extend(other.checked);
    }

    /// Notes that `rule` was not applied.
    pub fn not_checked(&mut self, rule: impl Into<String>, reason: impl Into<String>) {
        let note = NotChecked { rule: rule.into(), reason: reason.into() };
        if !self.not_checked.contains(&note) {
            self.not_checked.push(note);
        }
    }

    /// What was not checked.
    pub fn unchecked(&self) -> &[NotChecked] {
        &self.not_checked
    }

    /// Notes that every rule about `scope` was applied, so that silence about it means something.
    pub fn checked(&mut self, scope: impl Into<String>) {
        self.checked.insert(scope.into());
    }

    /// Whether every rule about `scope` was applied.
    pub fn has_checked(&self, scope: &str) -> bool {
        self.checked.contains(scope)
    }

    /// The findings.
    pub fn iter(&self) -> std::slice::Iter<'_, Finding> {
        self.items.iter()
    }

    /// The findings in their order, to be completed.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Finding> {
        self.items.iter_mut()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many of `severity` there are.
    pub fn count(&self, severity: Severity) -> usize {
        self.items.iter().filter(|f| f.severity == severity).count()
    }

    /// Whether one is an error.
    pub fn has_errors(&self) -> bool {
        self.items.iter().any(|f| f.severity == Severity::Error)
    }

    /// Keeps the findings that `keep` says yes to.
    pub fn retain(&mut self, keep: impl FnMut(&Finding) -> bool) {
        self.items.retain(keep);
    }

    /// Orders by file, line, column, rule and message, and drops exact repetitions.
    pub fn sort(&mut self) {
        self.items.sort_by(|a, b| (&a.span, a.rule, &a.message).cmp(&(&b.span, b.rule, &b.message)));
        self.items.dedup();
        self.not_checked.sort();
        self.not_checked.dedup();
    }
}

impl IntoIterator for Findings {
    type Item = Finding;
    type IntoIter = std::vec::IntoIter<Finding>;
    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}
