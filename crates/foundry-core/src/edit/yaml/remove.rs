//! Keys and items taken out of a text.

use super::Splice;
use super::place::{column, end, entry_end, is_flow, line_start, next_line, start};
use crate::yaml::{Kind, Node};
use std::ops::Range;

pub(super) fn remove(text: &str, root: &Node, path: &[String]) -> Option<Splice> {
    let (last, above) = path.split_last()?;
    let node = root.at(above)?;
    let parts: Vec<Range<usize>> = match &node.kind {
        Kind::Mapping(entries) => entries.iter().map(|e| start(&e.key)..entry_end(text, e)).collect(),
        Kind::Sequence(items) => items.iter().map(|i| start(i)..end(text, i)).collect(),
        Kind::Scalar { .. } => return None,
    };
    let at = match &node.kind {
        Kind::Mapping(entries) => entries.iter().position(|e| e.key.text() == Some(last))?,
        _ => last.parse().ok()?,
    };
    let part = parts.get(at)?.clone();
    if is_flow(text, node) {
        let range = match (parts.get(at + 1), at.checked_sub(1).and_then(|before| parts.get(before))) {
            (Some(next), _) => part.start..next.start,
            (None, Some(before)) => before.end..part.end,
            (None, None) => part,
        };
        return Some(Splice { range, text: String::new() });
    }
    if parts.len() == 1 {
        return emptied(text, root, above, node);
    }
    let from = match &node.kind {
        Kind::Sequence(_) => text[..part.start].rfind('-')?,
        _ => part.start,
    };
    // The first key of an item stands behind its dash: the rest of the item would lose it.
    if text[line_start(text, from)..from].trim() != "" {
        return None;
    }
    let lines = with_comment(text, from)..next_line(text, part.end);
    Some(Splice { range: one_gap(text, lines), text: String::new() })
}

/// The only part goes: the collection is written as an empty one.
fn emptied(text: &str, root: &Node, path: &[String], node: &Node) -> Option<Splice> {
    let (key, above) = path.split_last()?;
    let entry = root.at(above)?.entry(key)?;
    let after_key = entry.key.span.end as usize;
    let colon = after_key + text[after_key..].find(':')? + 1;
    let empty = if matches!(node.kind, Kind::Mapping(_)) { " {}" } else { " []" };
    Some(Splice { range: colon..end(text, node), text: empty.to_owned() })
}

/// The start of the comment lines directly above, as far as they are about this part: as far in, and not the head of
/// the file.
fn with_comment(text: &str, from: usize) -> usize {
    let indent = column(text, from);
    let mut first = line_start(text, from);
    let own = first;
    while first > 0 {
        let before = line_start(text, first - 1);
        let line = &text[before..first];
        let is_comment = line.trim_start().starts_with('#') && line.len() - line.trim_start().len() == indent;
        if !is_comment {
            return first;
        }
        first = before;
    }
    own
}

/// Of two blank lines that would meet, one goes too.
fn one_gap(text: &str, lines: Range<usize>) -> Range<usize> {
    let blank = |line: &str| line.trim().is_empty();
    let before = lines.start == 0 || blank(&text[line_start(text, lines.start - 1)..lines.start]);
    let after = &text[lines.end..next_line(text, lines.end)];
    if before && lines.start > 0 && lines.end < text.len() && blank(after) {
        return lines.start..next_line(text, lines.end);
    }
    if before && lines.start > 0 && lines.end == text.len() {
        return line_start(text, lines.start - 1)..lines.end;
    }
    lines
}
