//! One template, compiled: its tree, its blocks, and the way from byte offsets to lines.

use super::ast::{At, Block, Body};
use super::error::Fault;
use super::{lex, parse};
use crate::diag::Span;
use std::borrow::Cow;
use std::sync::Arc;

/// A compiled template.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) name: Arc<str>,
    source: Arc<str>,
    pub(super) body: Body,
    pub(super) blocks: Vec<Arc<Block>>,
}

impl Compiled {
    /// Compiles `source`; a fault comes with an empty template that knows its place.
    pub(super) fn new(name: Arc<str>, source: Arc<str>) -> (Arc<Compiled>, Option<Box<Fault>>) {
        let parsed = {
            let text = normalised(&source);
            lex::tokens(&text).and_then(parse::parse)
        };
        match parsed {
            Ok((body, blocks)) => (Arc::new(Compiled { name, source, body, blocks }), None),
            Err((at, fault)) => {
                let empty = Arc::new(Compiled { name, source, body: Vec::new(), blocks: Vec::new() });
                let fault = fault.at(&empty, at);
                (empty, Some(fault))
            }
        }
    }

    /// A place in the tree as a span of the original source.
    pub(super) fn span(&self, at: At) -> Span {
        let (start, end) = (self.original(at.start), self.original(at.end));
        Span::in_text(self.name.clone(), &self.source, start, end)
    }

    /// The offset in the original source of an offset after newlines were made `\n`.
    fn original(&self, offset: u32) -> usize {
        let bytes = self.source.as_bytes();
        let mut at = 0;
        for _ in 0..offset {
            at += if bytes.get(at) == Some(&b'\r') && bytes.get(at + 1) == Some(&b'\n') { 2 } else { 1 };
        }
        at.min(bytes.len())
    }
}

/// The source as Jinja2 reads it: every newline is `\n`, and one at the very end is dropped.
fn normalised(source: &str) -> Cow<'_, str> {
    let mut text = if source.contains('\r') {
        Cow::Owned(source.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(source)
    };
    if text.ends_with('\n') {
        match &mut text {
            Cow::Owned(owned) => {
                owned.pop();
            }
            Cow::Borrowed(borrowed) => *borrowed = &borrowed[..borrowed.len() - 1],
        }
    }
    text
}
