//! The tree: nodes with spans, and the questions that loading asks of them.

use super::scalar;
use crate::diag::{Span, Spanned};
use serde_json::{Map, Value};
use std::sync::Arc;

/// One node of a YAML document.
#[derive(Debug)]
pub struct Node {
    /// Where it stands.
    pub span: Span,
    /// An explicit tag such as `!vault`, as written.
    pub tag: Option<String>,
    /// What it is.
    pub kind: Kind,
}

/// A key and its value in a mapping, in file order.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key's node (always a scalar).
    pub key: Arc<Node>,
    /// The value's node.
    pub value: Arc<Node>,
}

/// The three kinds of node.
#[derive(Debug)]
pub enum Kind {
    /// Text, and whether it was plain (unquoted), so that `80` and `"80"` differ.
    Scalar {
        /// The text with quotes and escapes resolved.
        text: String,
        /// Whether the core schema may read it as null, boolean or number.
        plain: bool,
    },
    /// A list.
    Sequence(Vec<Arc<Node>>),
    /// A mapping with merge keys (`<<`) resolved; explicit keys win.
    Mapping(Vec<Entry>),
}

impl Node {
    /// The empty document of `file`.
    pub fn nothing(file: &Arc<str>) -> Node {
        let kind = Kind::Scalar { text: String::new(), plain: true };
        Node { span: Span::file(file.clone()), tag: None, kind }
    }

    /// The value under `key` of a mapping.
    pub fn get(&self, key: &str) -> Option<&Arc<Node>> {
        self.entry(key).map(|e| &e.value)
    }

    /// Key and value under `key` of a mapping.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|e| e.key.text() == Some(key))
    }

    /// The entries of a mapping; none for other kinds.
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a sequence; none for other kinds.
    pub fn items(&self) -> &[Arc<Node>] {
        match &self.kind {
            Kind::Sequence(items) => items,
            _ => &[],
        }
    }

    /// A scalar's text, whatever type it would be read as.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether this is null (an empty plain scalar, `~` or `null`).
    pub fn is_null(&self) -> bool {
        self.json_scalar().is_some_and(|v| v.is_null())
    }

    /// A boolean, if it is one in the core schema.
    pub fn bool(&self) -> Option<bool> {
        self.json_scalar().and_then(|v| v.as_bool())
    }

    /// An integer, if it is one in the core schema.
    pub fn int(&self) -> Option<i64> {
        self.json_scalar().and_then(|v| v.as_i64())
    }

    /// The scalar's text with its place.
    pub fn spanned(&self) -> Option<Spanned<String>> {
        self.text().map(|t| Spanned::new(t.to_owned(), self.span.clone()))
    }

    /// The texts of a sequence's scalars with their places.
    pub fn texts(&self) -> Vec<Spanned<String>> {
        self.items().iter().filter_map(|n| n.spanned()).collect()
    }

    /// The word for messages: `mapping`, `list`, `string`, `integer`, …
    pub fn type_word(&self) -> &'static str {
        match &self.kind {
            Kind::Sequence(_) => "list",
            Kind::Mapping(_) => "mapping",
            Kind::Scalar { .. } => match self.json_scalar() {
                Some(Value::Null) => "nothing",
                Some(Value::Bool(_)) => "boolean",
                Some(Value::Number(n)) if n.is_f64() => "number",
                Some(Value::Number(_)) => "integer",
                _ => "string",
            },
        }
    }

    fn json_scalar(&self) -> Option<Value> {
        match &self.kind {
            Kind::Scalar { text, plain } => Some(scalar::value(text, *plain, self.tag.as_deref())),
            _ => None,
        }
    }

    /// The node as JSON by the YAML 1.2 core schema, key order kept.
    pub fn to_json(&self) -> Value {
        match &self.kind {
            Kind::Scalar { .. } => self.json_scalar().unwrap_or_default(),
            Kind::Sequence(items) => Value::Array(items.iter().map(|n| n.to_json()).collect()),
            Kind::Mapping(entries) => {
                let mut out = Map::with_capacity(entries.len());
                out.extend(
                    entries.iter().filter_map(|e| Some((e.key.text()?.to_owned(), e.value.to_json()))),
                );
                Value::Object(out)
            }
        }
    }

    /// The node at a JSON pointer's tokens (unescaped).
    pub fn at<S: AsRef<str>>(&self, pointer: &[S]) -> Option<&Node> {
        let Some((head, tail)) = pointer.split_first() else { return Some(self) };
        match &self.kind {
            Kind::Sequence(items) => items.get(head.as_ref().parse::<usize>().ok()?)?.at(tail),
            Kind::Mapping(_) => self.get(head.as_ref())?.at(tail),
            Kind::Scalar { .. } => None,
        }
    }
}
