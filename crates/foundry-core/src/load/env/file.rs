//! One env file: `KEY=VALUE` lines, `#` comment lines, surrounding quotes; no `export`, no inline comments.

use crate::diag::{Finding, Findings, Span};
use crate::model::{EnvFile, EnvLine, LayerKind};
use std::collections::HashMap;
use std::sync::Arc;

/// Reads an env file. Lines that set nothing are findings, the others count.
pub fn parse_env(path: &Arc<str>, text: &str, kind: LayerKind) -> (EnvFile, Findings) {
    let mut findings = Findings::new();
    let mut lines: Vec<EnvLine> = Vec::new();
    let mut seen: HashMap<String, Span> = HashMap::new();
    let mut start = 0;
    for (number, raw) in text.split_inclusive('\n').enumerate() {
        let place = Place { path, line: number as u32 + 1, start, kind };
        start += raw.len();
        let line = raw.trim_end_matches(['\n', '\r']);
        let content = line.trim_start();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        match read_line(&place, line) {
            Err(finding) => findings.push(finding),
            Ok(entry) => {
                note_oddities(&entry, &seen, &mut findings);
                seen.insert(entry.key.clone(), entry.key_span.clone());
                lines.push(entry);
            }
        }
    }
    (EnvFile { path: path.clone(), kind, lines }, findings)
}

struct Place<'a> {
    path: &'a Arc<str>,
    line: u32,
    start: usize,
    kind: LayerKind,
}

impl Place<'_> {
    fn span(&self, line: &str, from: usize, to: usize) -> Span {
        Span {
            file: self.path.clone(),
            line: self.line,
            column: line[..from].chars().count() as u32 + 1,
            start: (self.start + from) as u32,
            end: (self.start + to) as u32,
        }
    }
}

fn read_line(place: &Place<'_>, line: &str) -> Result<EnvLine, Finding> {
    let indent = line.len() - line.trim_start().len();
    let end = line.trim_end().len();
    let Some(equals) = line.find('=') else {
        let span = place.span(line, indent, end);
        return Err(Finding::error("ENV-007", &span, "a line without `=`")
            .help("write KEY=VALUE, or begin the line with #"));
    };
    let key = line[..equals].trim();
    let key_span = place.span(line, indent, indent + key.len());
    if !is_identifier(key) {
        let help = match key.strip_prefix("export ") {
            Some(name) => format!("write {}=… without `export`", name.trim()),
            None => "use letters, digits and `_`, not beginning with a digit".to_owned(),
        };
        // In a vault a wrong line may be a piece of a secret, such as one line of a key.
        let subject =
            if place.kind == LayerKind::Vault { "what stands before `=`" } else { &format!("`{key}`") };
        let help = if place.kind == LayerKind::Vault {
            "keep each value on one line, as KEY=VALUE".to_owned()
        } else {
            help
        };
        return Err(
            Finding::error("ENV-007", &key_span, format!("{subject} is not a name of a variable")).help(help)
        );
    }
    let raw = &line[equals + 1..];
    let from = equals + 1 + (raw.len() - raw.trim_start().len());
    let value_span = place.span(line, from.min(end.max(equals + 1)), end.max(equals + 1));
    Ok(EnvLine { key: key.to_owned(), value: unquote(raw.trim()).to_owned(), key_span, value_span })
}

fn unquote(value: &str) -> &str {
    for quote in ['"', '\''] {
        if value.len() >= 2 && value.starts_with(quote) && value.ends_with(quote) {
            return &value[1..value.len() - 1];
        }
    }
    value
}

fn note_oddities(entry: &EnvLine, seen: &HashMap<String, Span>, findings: &mut Findings) {
    if let Some(first) = seen.get(&entry.key) {
        let message = format!("`{}` is set twice in this file; the last one counts", entry.key);
        findings.push(
            Finding::warning("ENV-008", &entry.key_span, message)
                .label(first, "first set here")
                .help("remove one of the two"),
        );
    }
    let quoted = entry.value_span.end as usize - entry.value_span.start as usize > entry.value.len();
    if !quoted && entry.value.contains(" #") {
        let message = format!("` #` becomes part of the value of `{}`", entry.key);
        findings.push(
            Finding::warning("ENV-009", &entry.value_span, message)
                .help("move the comment to a line of its own, or quote the value"),
        );
    }
}

fn is_identifier(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
