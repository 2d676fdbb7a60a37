//! Secrets in a tree: rendering sees a mark in place of each value, and each mark becomes a reference.

use crate::load::env::{ResolvedEnv, ResolvedValue};
use regex::Regex;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeSet;
use std::sync::LazyLock;

static MARK: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = "FOUNDRY_SECRET_([A-Za-z0-9_]+?)_FOUNDRY_END";
    Regex::new(pattern).unwrap_or_else(|e| panic!("the pattern of marks is broken: {e}"))
});

/// The environment with a mark in place of every secret value: what is rendered from it can go into Git.
pub fn marked(env: &ResolvedEnv) -> ResolvedEnv {
    let mut out = env.clone();
    for (key, value) in &mut out.values {
        if value.secret && !value.value.expose_secret().is_empty() {
            let mark = SecretString::from(mark(key));
            *value = ResolvedValue { value: mark, ..value.clone() };
        }
    }
    out
}

fn mark(key: &str) -> String {
    format!("FOUNDRY_SECRET_{key}_FOUNDRY_END")
}

/// One piece of a text that was rendered from marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Text as it is.
    Text(&'t str),
    /// The value of this key of the environment.
    Secret(&'t str),
}

/// `text` taken apart at its marks: whoever has the values puts it together in the moment of writing.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut out, mut last) = (Vec::new(), 0);
    for found in MARK.captures_iter(text) {
        let (Some(all), Some(key)) = (found.get(0), found.get(1)) else { continue };
        out.extend([Piece::Text(&text[last..all.start()]), Piece::Secret(key.as_str())]);
        last = all.end();
    }
    out.push(Piece::Text(&text[last..]));
    out.retain(|piece| *piece != Piece::Text(""));
    out
}

/// The key, when `text` is one mark and nothing else.
pub(super) fn whole(text: &str) -> Option<&str> {
    let found = MARK.captures(text)?;
    (found.get(0)?.as_str() == text).then(|| found.get(1).map_or("", |m| m.as_str()))
}

/// The keys whose marks are in `text`.
pub(super) fn keys(text: &str) -> BTreeSet<String> {
    MARK.captures_iter(text).filter_map(|c| Some(c.get(1)?.as_str().to_owned())).collect()
}

/// `text` with each mark replaced by what `by` makes of its key, and everything else by what `other` makes of it.
pub(super) fn replaced(text: &str, by: impl Fn(&str) -> String, other: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut last = 0;
    for found in MARK.captures_iter(text) {
        let (Some(all), Some(key)) = (found.get(0), found.get(1)) else { continue };
        out.push_str(&other(&text[last..all.start()]));
        out.push_str(&by(key.as_str()));
        last = all.end();
    }
    out.push_str(&other(&text[last..]));
    out
}
