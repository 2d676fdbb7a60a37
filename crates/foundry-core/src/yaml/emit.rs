//! Values to YAML in the layout of PyYAML's `safe_dump(sort_keys=False)`, safe under YAML 1.1 and 1.2.

use regex::Regex;
use serde_json::Value;
use std::fmt::Write as _;
use std::sync::LazyLock;

/// Plain words that YAML 1.1 (PyYAML's resolver) or the 1.2 core schema reads as something other than text.
static AMBIGUOUS: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?x)^(?:
        yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF|y|Y|n|N
        |~|null|Null|NULL|<<|=
        |[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?|[-+]?\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?
        |[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)
        |[-+]?0b[0-1_]+|[-+]?0o?[0-7_]+|[-+]?0x[0-9a-fA-F_]+
        |[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[\x20\t]+)[0-9:.]+.*)?
    )$";
    Regex::new(pattern).unwrap_or_else(|e| panic!("the pattern of ambiguous scalars is broken: {e}"))
});

/// Longer keys need the form `? key`: a parser looks for the `:` only so far.
const SIMPLE_KEY: usize = 128;

/// `value` as a YAML document that ends in a newline.
pub fn emit(value: &Value) -> String {
    let mut out = String::new();
    node(&mut out, value, 0);
    out.push('\n');
    out
}

fn node(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Number(n) => number(out, &n.to_string()),
        Value::String(s) => scalar(out, s, indent.max(2), false),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Object(map) if map.is_empty() => out.push_str("{}"),
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    newline(out, indent);
                }
                out.push_str("- ");
                node(out, item, indent + 2);
            }
        }
        Value::Object(map) => {
            for (i, (key, item)) in map.iter().enumerate() {
                if i > 0 {
                    newline(out, indent);
                }
                if key.chars().count() < SIMPLE_KEY {
                    scalar(out, key, indent, true);
                } else {
                    out.push_str("? ");
                    scalar(out, key, indent, true);
                    newline(out, indent);
                }
                out.push(':');
                entry(out, item, indent);
            }
        }
    }
}

/// YAML 1.1 reads an exponent only with a point before it and a sign after it.
fn number(out: &mut String, digits: &str) {
    match digits.split_once(['e', 'E']) {
        None => out.push_str(digits),
        Some((mantissa, exponent)) => {
            let point = if mantissa.contains('.') { "" } else { ".0" };
            let (sign, power) = match exponent.strip_prefix('-') {
                Some(power) => ('-', power),
                None => ('+', exponent.trim_start_matches('+')),
            };
            write!(out, "{mantissa}{point}e{sign}{power:0>2}").unwrap_or_default();
        }
    }
}

fn entry(out: &mut String, item: &Value, indent: usize) {
    match item {
        Value::Object(m) if !m.is_empty() => {
            newline(out, indent + 2);
            node(out, item, indent + 2);
        }
        Value::Array(a) if !a.is_empty() => {
            newline(out, indent);
            node(out, item, indent);
        }
        _ => {
            out.push(' ');
            node(out, item, indent + 2);
        }
    }
}

fn newline(out: &mut String, indent: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

fn scalar(out: &mut String, text: &str, indent: usize, key: bool) {
    if needs_double(text) {
        double(out, text);
    } else if text.contains('\n') {
        if key || !literal_fits(text) {
            double(out, text);
        } else {
            literal(out, text, indent);
        }
    } else if needs_quotes(text) {
        out.push('\'');
        out.push_str(&text.replace('\'', "''"));
        out.push('\'');
    } else {
        out.push_str(text);
    }
}

fn needs_double(text: &str) -> bool {
    text.chars().any(|c| {
        let printable = matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
            || c >= '\u{10000}';
        !printable || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}')
    })
}

fn literal_fits(text: &str) -> bool {
    !text.starts_with([' ', '\n'])
        && text.trim_end_matches('\n').len() + 1 >= text.len()
        && !text.lines().any(|l| l.ends_with(' '))
}

fn literal(out: &mut String, text: &str, indent: usize) {
    out.push_str(if text.ends_with('\n') { "|" } else { "|-" });
    for line in text.trim_end_matches('\n').split('\n') {
        out.push('\n');
        if !line.is_empty() {
            out.extend(std::iter::repeat_n(' ', indent));
            out.push_str(line);
        }
    }
}

fn needs_quotes(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return true };
    let second_blank = text.chars().nth(1).is_none_or(|c| c == ' ');
    text.starts_with(' ')
        || text.ends_with(' ')
        || text.starts_with("---")
        || text.starts_with("...")
        || "#,[]{}&*!|>'\"%@`".contains(first)
        || ("?:-".contains(first) && second_blank)
        || text.contains(": ")
        || text.ends_with(':')
        || text.contains(" #")
        || AMBIGUOUS.is_match(text)
}

fn double(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\0' => out.push_str("\\0"),
            ' '..='~' => out.push(c),
            c if (c as u32) < 0x100 => write!(out, "\\x{:02X}", c as u32).unwrap_or_default(),
            c if !matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}') => out.push(c),
            c => write!(out, "\\u{:04X}", c as u32).unwrap_or_default(),
        }
    }
    out.push('"');
}
