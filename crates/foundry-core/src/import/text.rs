//! A text with pieces put in place of others, and everything else safe from the template engine.

use crate::diag::Span;
use std::collections::BTreeMap;

/// What is put where; each place once.
#[derive(Debug, Default)]
pub(super) struct Splices(BTreeMap<(usize, usize), String>);

impl Splices {
    /// Puts `text` in place of `span`. A place that an alias leads to twice is written once.
    pub fn put(&mut self, span: &Span, text: String) {
        self.0.entry((span.start as usize, span.end as usize)).or_insert(text);
    }

    /// Puts `text` before the byte `at`.
    pub fn insert(&mut self, at: usize, text: String) {
        self.0.entry((at, at)).or_insert(text);
    }

    /// Whether `span` has a new text.
    pub fn has(&self, span: &Span) -> bool {
        self.0.contains_key(&(span.start as usize, span.end as usize))
    }

    /// The new text. With `template` what stays is rendered to itself.
    pub fn apply(&self, text: &str, template: bool) -> String {
        let keep = |part: &str| if template { verbatim(part) } else { part.to_owned() };
        let mut out = String::with_capacity(text.len() + 64);
        let mut at = 0;
        for ((start, end), new) in &self.0 {
            if *start < at {
                continue;
            }
            out.push_str(&keep(&text[at..*start]));
            out.push_str(new);
            at = *end;
        }
        out.push_str(&keep(&text[at..]));
        out
    }
}

/// `text` so that rendering gives it back.
pub(super) fn verbatim(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        match tail.as_bytes().get(1) {
            Some(b'{' | b'%' | b'#') => {
                out.push_str("{{ '");
                out.push_str(&tail[..2]);
                out.push_str("' }}");
                rest = &tail[2..];
            }
            _ => {
                out.push('{');
                rest = &tail[1..];
            }
        }
    }
    out + rest
}

/// `text` as a YAML scalar in double quotes.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_of_templates_are_kept_from_the_engine() {
        assert_eq!(verbatim("a {{x}} {% y {# {z}"), "a {{ '{{' }}x}} {{ '{%' }} y {{ '{#' }} {z}");
        assert_eq!(verbatim("{{{"), "{{ '{{' }}{");
        assert_eq!(verbatim("plain {"), "plain {");
    }

    #[test]
    fn pieces_go_where_they_belong() {
        let mut splices = Splices::default();
        let span = |start, end| Span { start, end, ..Span::file("f") };
        splices.put(&span(2, 3), "B".to_owned());
        splices.put(&span(2, 3), "twice".to_owned());
        splices.insert(0, "<".to_owned());
        assert_eq!(splices.apply("a b {{", true), "<a B {{ '{{' }}");
        assert_eq!(splices.apply("a b {{", false), "<a B {{");
    }
}
