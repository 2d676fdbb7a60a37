//! "Did you mean" for many names at once: a typo deserves a suggestion, ten thousand of them deserve an answer.

use crate::load::did_you_mean;

/// Comparisons that one check may spend on suggestions.
const BUDGET: usize = 100_000;

/// Known names, and how much looking up is left.
pub(super) struct Near<'a> {
    names: Vec<&'a str>,
    budget: usize,
}

impl<'a> Near<'a> {
    /// The names to suggest.
    pub(super) fn new(names: impl IntoIterator<Item = &'a str>) -> Self {
        Near { names: names.into_iter().collect(), budget: BUDGET }
    }

    /// "write `X`, if that is what you mean", or `otherwise`.
    pub(super) fn help(&mut self, word: &str, otherwise: impl Into<String>) -> String {
        let otherwise = otherwise.into();
        if self.names.len() > self.budget {
            return otherwise;
        }
        self.budget -= self.names.len();
        match did_you_mean(word, self.names.iter().copied()) {
            Some(near) => format!("write `{near}`, if that is what you mean"),
            None => otherwise,
        }
    }
}
