//! One change in the text of a YAML file, and the guard: what is read afterwards is the old content with that change.
//!
//! The places come from our own tree, whose nodes know their bytes; nothing is written anew but what changes.

mod model;
mod place;
mod remove;
mod write;

use super::Refused;
use crate::yaml::{Limits, Node, parse};
use serde_json::Value;
use std::ops::Range;
use std::sync::Arc;

/// A change. Paths are keys and indices from the root.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A scalar gets another value; a key that is missing is added, and so are the mappings above it.
    Set(Vec<String>, Value),
    /// One more item at the end of a list, which is made if it is missing.
    Append(Vec<String>, Value),
    /// A key or an item goes, with the comment directly above it.
    Remove(Vec<String>),
    /// A key gets another name.
    Rename(Vec<String>, String),
}

impl Change {
    /// A path from words.
    pub fn path<S: Into<String>>(words: impl IntoIterator<Item = S>) -> Vec<String> {
        words.into_iter().map(Into::into).collect()
    }

    /// The change in words, for whoever has to make it by hand.
    fn words(&self) -> String {
        match self {
            Change::Set(path, value) => format!("set {} to {value}", path.join(".")),
            Change::Append(path, value) => format!("add {value} to {}", path.join(".")),
            Change::Remove(path) => format!("remove {}", path.join(".")),
            Change::Rename(path, key) => format!("rename {} to {key}", path.join(".")),
        }
    }
}

/// What is put where.
struct Splice {
    range: Range<usize>,
    text: String,
}

/// The text of `file` with the changes, one after the other.
///
/// # Errors
/// When the text is no YAML, or a change cannot be made without touching something else.
pub fn change_yaml(file: &str, text: &str, changes: &[Change]) -> Result<String, Refused> {
    let file: Arc<str> = Arc::from(file);
    let mut text = text.to_owned();
    for change in changes {
        let refused = |reason: &str| Refused {
            reason: format!("{file} cannot be changed in place: {reason}"),
            by_hand: format!("change it by hand: {}", change.words()),
        };
        let root = read(&file, &text).ok_or_else(|| refused("it is not valid YAML"))?;
        let old = root.to_json();
        let expected = model::expected(&old, change).ok_or_else(|| refused("the place is not there"))?;
        if expected == old {
            continue;
        }
        let splice = match change {
            Change::Set(path, value) => write::set(&text, &root, path, value),
            Change::Append(path, value) => write::append(&text, &root, path, value),
            Change::Remove(path) => remove::remove(&text, &root, path),
            Change::Rename(path, key) => write::rename(&root, path, key),
        };
        let mut splice = splice.ok_or_else(|| refused("its layout is not one that can be"))?;
        if text.contains("\r\n") {
            splice.text = splice.text.replace('\n', "\r\n");
        }
        let mut new = text.clone();
        new.replace_range(splice.range, &splice.text);
        let said = read(&file, &new).map(|root| root.to_json());
        if said.as_ref() != Some(&expected) {
            return Err(refused("another place would change with it"));
        }
        text = new;
    }
    Ok(text)
}

fn read(file: &Arc<str>, text: &str) -> Option<Arc<Node>> {
    let (documents, findings) = parse(file, text, &Limits::default());
    if findings.has_errors() || documents.len() > 1 {
        return None;
    }
    let empty = || {
        let span = crate::diag::Span::file(file.clone());
        Arc::new(Node {
            span,
            tag: None,
            kind: crate::yaml::Kind::Scalar { text: String::new(), plain: true },
        })
    };
    Some(documents.into_iter().next().unwrap_or_else(empty))
}

#[cfg(test)]
mod tests;
