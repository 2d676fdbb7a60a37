//! New text for values that are set, added or renamed.

use super::Splice;
use super::place::{column, end, entry_end, is_absent, is_empty, is_flow, line_start, next_line, start};
use crate::yaml::{Kind, Node, emit};
use serde_json::{Map, Value};

/// Longest line of a list or mapping that is written in brackets.
const WIDTH: usize = 100;

pub(super) fn rename(root: &Node, path: &[String], key: &str) -> Option<Splice> {
    let (last, above) = path.split_last()?;
    let span = &root.at(above)?.entry(last)?.key.span;
    Some(Splice { range: span.start as usize..span.end as usize, text: scalar(&key.into(), true) })
}

pub(super) fn set(text: &str, root: &Node, path: &[String], value: &Value) -> Option<Splice> {
    // The deepest node that is there takes what is missing below it.
    let depth = (0..=path.len()).rev().find(|n| root.at(&path[..*n]).is_some())?;
    let node = root.at(&path[..depth])?;
    let Some((key, below)) = path[depth..].split_first() else {
        let is_scalar =
            matches!(node.kind, Kind::Scalar { .. }) && !matches!(value, Value::Array(_) | Value::Object(_));
        if !is_scalar || is_absent(node) {
            return None;
        }
        let (from, to) = (start(node), end(text, node));
        return Some(Splice { range: from..to, text: like(&text[from..to], value) });
    };
    let nested = below
        .iter()
        .rev()
        .fold(value.clone(), |value, key| Value::Object([(key.clone(), value)].into_iter().collect()));
    insert(text, root, &path[..depth], Item::Entry(key, &nested))
}

pub(super) fn append(text: &str, root: &Node, path: &[String], value: &Value) -> Option<Splice> {
    if root.at(path).is_none() {
        return set(text, root, path, &Value::Array(vec![value.clone()]));
    }
    insert(text, root, path, Item::Of(value))
}

/// What is added to a collection.
#[derive(Clone, Copy)]
enum Item<'a> {
    Entry(&'a str, &'a Value),
    Of(&'a Value),
}

impl Item<'_> {
    fn flow(self) -> String {
        match self {
            Item::Entry(key, value) => format!("{}: {}", scalar(&key.into(), true), flow(value)),
            Item::Of(value) => flow(value),
        }
    }

    fn block(self, indent: usize) -> String {
        let mut out = String::new();
        match self {
            Item::Entry(key, value) => block_entry(&mut out, key, value, indent),
            Item::Of(Value::Object(map)) if !map.is_empty() => {
                for (number, (key, value)) in map.iter().enumerate() {
                    let mut line = String::new();
                    block_entry(&mut line, key, value, indent + 2);
                    let mark = format!("{}- ", " ".repeat(indent));
                    out.push_str(&if number == 0 {
                        line.replacen(&" ".repeat(indent + 2), &mark, 1)
                    } else {
                        line
                    });
                }
            }
            Item::Of(value) => out.push_str(&format!("{}- {}\n", " ".repeat(indent), flow(value))),
        }
        out
    }
}

/// Into the collection at `path`, behind what it holds.
fn insert(text: &str, root: &Node, path: &[String], item: Item<'_>) -> Option<Splice> {
    let node = root.at(path)?;
    if is_flow(text, node) && (!is_empty(node) || path.is_empty()) {
        let close = node.span.end as usize - 1;
        let last = node
            .items()
            .iter()
            .map(|i| end(text, i))
            .chain(node.entries().iter().map(|e| entry_end(text, e)))
            .max();
        return Some(match last {
            Some(last) => Splice { range: last..last, text: format!(", {}", item.flow()) },
            None => Splice { range: close..close, text: item.flow() },
        });
    }
    if !is_empty(node) {
        let indent = match &node.kind {
            Kind::Mapping(entries) => column(text, start(&entries.first()?.key)),
            Kind::Sequence(items) => column(text, text[..start(items.first()?)].rfind('-')?),
            Kind::Scalar { .. } => return None,
        };
        let at = next_line(text, end(text, node));
        let apart = if is_spaced(text, node) { "\n" } else { "" };
        return Some(after_line(text, at, &format!("{apart}{}", item.block(indent))));
    }
    let Some((key, above)) = path.split_last() else {
        return Some(after_line(text, text.len(), &item.block(0)));
    };
    // `key:`, `key: {}` and `key: []` become `key:` with lines below.
    let entry = root.at(above)?.entry(key)?;
    let colon = entry.key.span.end as usize + text[entry.key.span.end as usize..].find(':')? + 1;
    let value_end = entry_end(text, entry);
    let indent = column(text, start(&entry.key)) + 2;
    let rest = &text[value_end..next_line(text, value_end)];
    let (comment, newline) = (rest.trim_end(), "\n");
    let range = colon..value_end + rest.len();
    Some(Splice { range, text: format!("{comment}{newline}{}", item.block(indent)) })
}

/// Lines put before `at`, which begins a line or is the end of the text.
fn after_line(text: &str, at: usize, lines: &str) -> Splice {
    let gap = if at == 0 || text[..at].ends_with('\n') { "" } else { "\n" };
    Splice { range: at..at, text: format!("{gap}{lines}") }
}

/// Whether blank lines stand between the parts of a collection.
fn is_spaced(text: &str, node: &Node) -> bool {
    let starts: Vec<usize> = match &node.kind {
        Kind::Mapping(entries) => entries.iter().map(|e| start(&e.key)).collect(),
        Kind::Sequence(items) => items.iter().map(|i| start(i)).collect(),
        Kind::Scalar { .. } => Vec::new(),
    };
    let blank = |pair: &[usize]| {
        let between = text.get(pair[0]..line_start(text, pair[1])).unwrap_or_default();
        between.lines().any(|line| line.trim().is_empty())
    };
    starts.len() > 1 && starts.windows(2).all(blank)
}

fn block_entry(out: &mut String, key: &str, value: &Value, indent: usize) {
    let pad = " ".repeat(indent);
    let key = scalar(&key.into(), false);
    let in_line = format!("{pad}{key}: {}\n", flow(value));
    let nested = |value: &Value| matches!(value, Value::Array(_) | Value::Object(_));
    match value {
        Value::Object(map) if !map.is_empty() && (in_line.len() > WIDTH || map.values().any(nested)) => {
            out.push_str(&format!("{pad}{key}:\n"));
            map.iter().for_each(|(key, value)| block_entry(out, key, value, indent + 2));
        }
        Value::Array(items) if !items.is_empty() && (in_line.len() > WIDTH || items.iter().any(nested)) => {
            out.push_str(&format!("{pad}{key}:\n"));
            items.iter().for_each(|item| out.push_str(&Item::Of(item).block(indent + 2)));
        }
        Value::Array(_) | Value::Object(_) => out.push_str(&in_line),
        value => out.push_str(&format!("{pad}{key}: {}\n", scalar(value, false))),
    }
}

/// A value on one line.
fn flow(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => format!("{{{}}}", flow_entries(map)),
        value => scalar(value, true),
    }
}

fn flow_entries(map: &Map<String, Value>) -> String {
    let entry =
        |(key, value): (&String, &Value)| format!("{}: {}", scalar(&key.as_str().into(), true), flow(value));
    map.iter().map(entry).collect::<Vec<_>>().join(", ")
}

/// A scalar on one line; in brackets also commas and brackets need quotes.
fn scalar(value: &Value, in_flow: bool) -> String {
    let emitted = emit(value);
    let text = emitted.trim_end_matches('\n');
    let quoted = text.starts_with(['"', '\'']);
    let hurts = in_flow && !quoted && text.contains([',', '[', ']', '{', '}', ':', '#']);
    if text.contains('\n') || hurts { value.to_string() } else { text.to_owned() }
}

/// A scalar with the quotes of the one whose place it takes.
fn like(old: &str, value: &Value) -> String {
    let plain = |text: &str| !text.contains(['"', '\'', '\\', '\n']);
    match (old.chars().next(), value) {
        (Some(quote @ ('"' | '\'')), Value::String(text)) if plain(text) => format!("{quote}{text}{quote}"),
        _ => scalar(value, true),
    }
}
