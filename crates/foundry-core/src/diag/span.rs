//! Where in which file something stands.

use serde::Serialize;
use std::sync::Arc;

/// A range of bytes in one file, with the position of its start for people.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Span {
    /// Path relative to the registry's root, with `/` as separator.
    pub file: Arc<str>,
    /// 1-based line of the start; 0 when only the file is known.
    pub line: u32,
    /// 1-based column of the start, in characters.
    pub column: u32,
    /// Byte offset of the start.
    #[serde(skip)]
    pub start: u32,
    /// Byte offset after the end.
    #[serde(skip)]
    pub end: u32,
}

impl Span {
    /// A span that means the whole of `file`.
    pub fn file(file: impl Into<Arc<str>>) -> Self {
        Span { file: file.into(), line: 0, column: 0, start: 0, end: 0 }
    }

    /// The span of bytes `start..end` of `text`, which is the content of `file`.
    pub fn in_text(file: impl Into<Arc<str>>, text: &str, start: usize, end: usize) -> Self {
        let start = floor_boundary(text, start);
        let end = floor_boundary(text, end).max(start);
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        Span {
            file: file.into(),
            line: before.bytes().filter(|b| *b == b'\n').count() as u32 + 1,
            column: before[line_start..].chars().count() as u32 + 1,
            start: start as u32,
            end: end as u32,
        }
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => write!(f, "{}", self.file),
            _ => write!(f, "{}:{}:{}", self.file, self.line, self.column),
        }
    }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Joins a value with its place.
    pub fn new(value: T, span: Span) -> Self {
        Spanned { value, span }
    }
}

impl<T> std::ops::Deref for Spanned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}
