//! Where things stand in a text: lines, ends of content, the style of a collection.

use crate::yaml::{Entry, Kind, Node};

/// Whether a collection is written in braces or brackets.
pub(super) fn is_flow(text: &str, node: &Node) -> bool {
    let is_collection = !matches!(node.kind, Kind::Scalar { .. });
    is_collection && text[start(node)..].starts_with(['{', '['])
}

/// Whether a node is written as nothing at all.
pub(super) fn is_absent(node: &Node) -> bool {
    matches!(&node.kind, Kind::Scalar { text, plain: true } if text.is_empty())
        && node.span.start == node.span.end
}

/// Whether there is nothing in it: null, `{}` or `[]`.
pub(super) fn is_empty(node: &Node) -> bool {
    node.is_null()
        || (!matches!(node.kind, Kind::Scalar { .. }) && node.entries().is_empty() && node.items().is_empty())
}

/// Its first byte.
pub(super) fn start(node: &Node) -> usize {
    node.span.start as usize
}

/// The byte after its last one that is neither blank nor comment.
pub(super) fn end(text: &str, node: &Node) -> usize {
    if is_flow(text, node) {
        return node.span.end as usize;
    }
    match &node.kind {
        Kind::Scalar { .. } => {
            let (from, to) = (start(node), node.span.end as usize);
            from + text[from..to].trim_end().len()
        }
        Kind::Sequence(items) => {
            items.iter().map(|item| end(text, item)).max().unwrap_or(node.span.end as usize)
        }
        Kind::Mapping(entries) => {
            // Merged entries stand elsewhere: their keys are before the mapping.
            let own = entries.iter().filter(|e| start(&e.key) >= start(node));
            own.map(|e| entry_end(text, e)).max().unwrap_or(node.span.end as usize)
        }
    }
}

/// The byte after an entry: after its value, or after the colon where it has none.
pub(super) fn entry_end(text: &str, entry: &Entry) -> usize {
    let key = entry.key.span.end as usize;
    if is_absent(&entry.value) {
        return key + text[key..].find(':').map_or(0, |at| at + 1);
    }
    end(text, &entry.value).max(key)
}

/// The first byte of the line that `at` is in.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// The first byte of the line after the one that `at` is in.
pub(super) fn next_line(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |newline| at + newline + 1)
}

/// How many bytes stand before `at` in its line.
pub(super) fn column(text: &str, at: usize) -> usize {
    at - line_start(text, at)
}
