//! How libyaml writes one scalar: plain, in single or in double quotes, folded at the line's width.

use super::super::error::{Eval, Fault};
use super::super::value::{Value, float};
use super::yaml::Writer;
use regex::Regex;
use std::fmt::Write as _;
use std::sync::LazyLock;

/// Plain words that PyYAML's resolver reads as something other than text.
static RESOLVED: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?x)^(?:
        yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF
        |[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?
        |[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)
        |[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+
        |[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+|<<|~|null|Null|NULL|=
        |[0-9]{4}-[0-9]{2}-[0-9]{2}
        |[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[\x20\t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?
            (?:[\x20\t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?
    )$";
    Regex::new(pattern).unwrap_or_else(|e| panic!("the pattern of resolved scalars is broken: {e}"))
});

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_blank(c: char) -> bool {
    matches!(c, '\0' | ' ' | '\t' | '\r') || is_break(c)
}

/// A key that fits on its line: short, and without line breaks.
pub(super) fn is_simple_key(key: &Value) -> bool {
    match key {
        Value::Str(s) => s.chars().count() < 128 && !s.contains(is_break) && !s.is_empty() || s.is_empty(),
        Value::Tuple(_) | Value::Object(_) => false,
        _ => true,
    }
}

fn plain_text(value: &Value) -> Option<String> {
    Some(match value {
        Value::None => "null".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Int(n) => n.to_string(),
        Value::Float(n) if n.is_nan() => ".nan".to_owned(),
        Value::Float(n) if n.is_infinite() => if *n > 0.0 { ".inf" } else { "-.inf" }.to_owned(),
        Value::Float(n) => {
            let text = float(*n);
            if text.contains('.') { text } else { text.replacen('e', ".0e", 1) }
        }
        _ => return None,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Single,
    Double,
}

/// What PyYAML's analysis of a scalar allows.
fn style(text: &str, key: bool, flow: bool, ascii: bool) -> Style {
    if text.is_empty() {
        return Style::Single;
    }
    let marker = text.starts_with("---") || text.starts_with("...");
    let (mut flow_indicator, mut block_indicator) = (marker, marker);
    let (mut breaks, mut special) = (false, false);
    let (mut break_space, mut space_break) = (false, false);
    let (mut previous_space, mut previous_break) = (false, false);
    let mut blank_before = true;
    let mut chars = text.chars().peekable();
    let mut first = true;
    while let Some(c) = chars.next() {
        let blank_after = chars.peek().is_none_or(|c| is_blank(*c));
        if first {
            if "#,[]{}&*!|>'\"%@`".contains(c) || (c == '-' && blank_after) {
                (flow_indicator, block_indicator) = (true, true);
            }
            if "?:".contains(c) {
                flow_indicator = true;
                block_indicator |= blank_after;
            }
        } else {
            flow_indicator |= ",?[]{}:".contains(c) || (c == '#' && blank_before);
            block_indicator |= (c == ':' && blank_after) || (c == '#' && blank_before);
        }
        breaks |= is_break(c);
        let printable = c == '\n' || (' '..='~').contains(&c);
        special |= !printable && (!unicode(c) || ascii);
        if c == ' ' {
            break_space |= previous_break;
        } else if is_break(c) {
            space_break |= previous_space;
        }
        (previous_space, previous_break) = (c == ' ', is_break(c));
        blank_before = is_blank(c);
        first = false;
    }
    let edge = |c: Option<char>| c.is_some_and(|c| c == ' ' || is_break(c));
    let not_plain = edge(text.chars().next())
        || edge(text.chars().next_back())
        || breaks
        || break_space
        || space_break
        || special;
    let indicator = if flow { flow_indicator } else { block_indicator };
    if !not_plain && !indicator && !RESOLVED.is_match(text) {
        Style::Plain
    } else if !(break_space || space_break || special || (key && breaks)) {
        Style::Single
    } else {
        Style::Double
    }
}

/// Writes a scalar at the writer's place.
pub(super) fn write(to: &mut Writer<'_>, value: &Value, key: bool, flow: bool, ascii: bool) -> Eval<()> {
    if let Some(text) = plain_text(value) {
        plain(to, &text, !key);
        return Ok(());
    }
    let Value::Str(text) = value else {
        return Err(Fault::new(format!("a {} has no form in YAML", value.type_name())));
    };
    match style(text, key, flow, ascii) {
        Style::Plain => plain(to, text, !key),
        Style::Single => single(to, text, !key),
        Style::Double => double(to, text, !key, ascii),
    }
    Ok(())
}

fn plain(to: &mut Writer<'_>, text: &str, split: bool) {
    if text.is_empty() {
        return;
    }
    if !to.blank {
        to.raw(" ");
    }
    for (spaces, run) in runs(text) {
        if spaces && run.len() == 1 && to.column > to.width && split {
            to.write_indent();
        } else {
            to.raw(run);
        }
    }
}

/// The text in runs of spaces, of line breaks and of other characters; the flag tells spaces.
fn runs(text: &str) -> impl Iterator<Item = (bool, &str)> {
    let kind = |c: char| {
        if c == ' ' {
            1
        } else if is_break(c) {
            2
        } else {
            0
        }
    };
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = kind(rest.chars().next()?);
        let end = rest.find(|c| kind(c) != first).unwrap_or(rest.len());
        let (run, tail) = rest.split_at(end);
        rest = tail;
        Some((first == 1, run))
    })
}

fn single(to: &mut Writer<'_>, text: &str, split: bool) {
    to.indicator("'", true, false, false);
    let mut at = 0;
    for (spaces, run) in runs(text) {
        let (start, end) = (at, at + run.len());
        at = end;
        if spaces && run.len() == 1 && to.column > to.width && split && start != 0 && end != text.len() {
            to.write_indent();
        } else if run.starts_with(is_break) {
            if run.starts_with('\n') {
                to.line_break();
            }
            for _ in run.chars() {
                to.line_break();
            }
            to.write_indent();
        } else {
            to.raw(&run.replace('\'', "''"));
        }
    }
    to.indicator("'", false, false, false);
}

fn double(to: &mut Writer<'_>, text: &str, split: bool, ascii: bool) {
    to.indicator("\"", true, false, false);
    let mut spaces = false;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let special = matches!(c, '"' | '\\' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}');
        let printable = (' '..='~').contains(&c) || (!ascii && unicode(c));
        if special || !printable {
            to.raw(&escape(c));
            spaces = false;
        } else if c == ' ' {
            let inside = at > 0 && at + 1 < text.len();
            if split && !spaces && to.column > to.width && inside {
                to.write_indent();
                if chars.peek().is_some_and(|(_, c)| *c == ' ') {
                    to.raw("\\");
                }
            } else {
                to.raw(" ");
            }
            spaces = true;
        } else {
            to.raw(c.encode_utf8(&mut [0; 4]));
            spaces = false;
        }
    }
    to.indicator("\"", false, false, false);
}

/// What stands as it is beside ASCII.
fn unicode(c: char) -> bool {
    c == '\u{85}' || (c >= '\u{a0}' && c != '\u{feff}' && !('\u{fffe}'..='\u{ffff}').contains(&c))
}

fn escape(c: char) -> String {
    let mut out = String::from("\\");
    match c {
        '\0' => out.push('0'),
        '\x07' => out.push('a'),
        '\x08' => out.push('b'),
        '\t' => out.push('t'),
        '\n' => out.push('n'),
        '\x0b' => out.push('v'),
        '\x0c' => out.push('f'),
        '\r' => out.push('r'),
        '\x1b' => out.push('e'),
        '"' | '\\' => out.push(c),
        '\u{85}' => out.push('N'),
        '\u{a0}' => out.push('_'),
        '\u{2028}' => out.push('L'),
        '\u{2029}' => out.push('P'),
        c if (c as u32) <= 0xff => write!(out, "x{:02X}", c as u32).unwrap_or_default(),
        c if (c as u32) <= 0xffff => write!(out, "u{:04X}", c as u32).unwrap_or_default(),
        c => write!(out, "U{:08X}", c as u32).unwrap_or_default(),
    }
    out
}
