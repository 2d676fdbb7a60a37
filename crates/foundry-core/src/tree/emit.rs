//! Objects as YAML in the very form of `kubectl kustomize`: keys in natural order, folded at 80 columns.

use super::value::number;
use regex::Regex;
use serde_json::Value;
use std::cmp::Ordering;
use std::fmt::Write as _;
use std::sync::LazyLock;

/// The column after which a space becomes a line break.
const WIDTH: usize = 80;

/// The longest key that stands on the line of its value.
const SIMPLE_KEY: usize = 128;

/// Plain words that YAML 1.1 reads as something other than text; numbers and timestamps are looked for apart.
const WORDS: [&str; 36] = [
    "", "~", "null", "Null", "NULL", "y", "Y", "yes", "Yes", "YES", "n", "N", "no", "No", "NO", "on", "On",
    "ON", "off", "Off", "OFF", "true", "True", "TRUE", "false", "False", "FALSE", ".nan", ".NaN", ".NAN",
    ".inf", ".Inf", ".INF", "+.inf", "-.inf", "-.Inf",
];

static TIMESTAMP: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\d{4}-\d{1,2}-\d{1,2}([Tt]\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?(Z|[-+]\d\d:\d\d)| \d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?)?$",
    )
});
static BASE_60: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap_or_else(|e| panic!("the pattern `{text}` is broken: {e}"))
}

/// Several objects, `---` between them.
pub fn stream<'a>(objects: impl IntoIterator<Item = &'a Value>) -> String {
    let mut out = String::new();
    for (i, object) in objects.into_iter().enumerate() {
        if i > 0 {
            out.push_str("---\n");
        }
        out.push_str(&emit(object));
    }
    out
}

/// One value as a document that ends in a newline.
pub fn emit(value: &Value) -> String {
    let mut writer = Writer { out: String::new(), column: 0 };
    writer.node(value, 0);
    if !writer.out.ends_with('\n') {
        writer.out.push('\n');
    }
    writer.out
}

struct Writer {
    out: String,
    column: usize,
}

impl Writer {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn line(&mut self, indent: usize) {
        if !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.column = indent;
    }

    fn node(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Null => self.put("null"),
            Value::Bool(b) => self.put(if *b { "true" } else { "false" }),
            Value::Number(n) => self.put(&number_text(n)),
            Value::String(s) => self.scalar(s, indent),
            Value::Array(items) if items.is_empty() => self.put("[]"),
            Value::Object(map) if map.is_empty() => self.put("{}"),
            Value::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        self.line(indent);
                    }
                    self.put("- ");
                    self.node(item, indent + 2);
                }
            }
            Value::Object(map) => {
                let mut keys: Vec<&String> = map.keys().collect();
                keys.sort_by(|a, b| natural(a, b));
                for (i, key) in keys.into_iter().enumerate() {
                    if i > 0 {
                        self.line(indent);
                    }
                    self.entry(key, &map[key], indent);
                }
            }
        }
    }

    fn entry(&mut self, key: &str, value: &Value, indent: usize) {
        let simple = key.len() <= SIMPLE_KEY;
        if !simple {
            self.put("? ");
        }
        self.key(key);
        if !simple {
            self.line(indent);
        }
        self.put(":");
        match value {
            Value::Object(m) if !m.is_empty() => {
                self.line(indent + 2);
                self.node(value, indent + 2);
            }
            Value::Array(a) if !a.is_empty() => {
                self.line(indent);
                self.node(value, indent);
            }
            _ => {
                self.put(" ");
                self.node(value, indent + 2);
            }
        }
    }

    fn key(&mut self, text: &str) {
        match Form::of(text) {
            Form::Plain if text.is_empty() => self.put("''"),
            Form::Plain => self.put(text),
            Form::Single => self.put(&format!("'{}'", text.replace('\'', "''"))),
            Form::Literal | Form::Double => self.double(text, usize::MAX, 0),
        }
    }

    fn scalar(&mut self, text: &str, indent: usize) {
        // At the root, continuation lines would stand in the first column.
        let indent = indent.max(2);
        match Form::of(text) {
            Form::Plain => self.folded(text, indent, None),
            Form::Single => self.folded(text, indent, Some('\'')),
            Form::Double => self.double(text, WIDTH, indent),
            Form::Literal => self.literal(text, indent),
        }
    }

    /// Plain and single-quoted text; a space beyond the width becomes a line break.
    fn folded(&mut self, text: &str, indent: usize, quote: Option<char>) {
        if quote.is_some() {
            self.put("'");
        }
        let chars: Vec<char> = text.chars().collect();
        let mut after_space = false;
        for (i, c) in chars.iter().enumerate() {
            let inside = quote.is_none() || (i > 0 && i + 1 < chars.len());
            if *c == ' ' && !after_space && self.column > WIDTH && inside && chars.get(i + 1) != Some(&' ') {
                self.line(indent);
            } else {
                if Some(*c) == quote {
                    self.put("'");
                }
                self.out.push(*c);
                self.column += 1;
            }
            after_space = *c == ' ';
        }
        if quote.is_some() {
            self.put("'");
        }
    }

    fn double(&mut self, text: &str, width: usize, indent: usize) {
        self.put("\"");
        let chars: Vec<char> = text.chars().collect();
        let mut after_space = false;
        for (i, c) in chars.iter().enumerate() {
            if *c == ' ' && !after_space && self.column > width && i > 0 && i + 1 < chars.len() {
                self.line(indent);
                if chars[i + 1] == ' ' {
                    self.put("\\");
                }
            } else {
                self.put(&escaped(*c));
            }
            after_space = *c == ' ';
        }
        self.put("\"");
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.put("|");
        if text.starts_with([' ', '\n']) {
            self.put("2");
        }
        match (text.ends_with('\n'), text.len() == 1 || text.ends_with("\n\n")) {
            (false, _) => self.put("-"),
            (true, true) => self.put("+"),
            (true, false) => {}
        }
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            self.out.push('\n');
            if !line.is_empty() {
                self.out.extend(std::iter::repeat_n(' ', indent));
                self.out.push_str(line);
            }
        }
        if text.ends_with('\n') {
            self.out.push('\n');
        }
        self.column = 0;
    }
}

enum Form {
    Plain,
    Single,
    Double,
    Literal,
}

impl Form {
    fn of(text: &str) -> Form {
        let special = text.chars().any(|c| !printable(c));
        let space_break = text.contains(" \n");
        if text.contains('\n') {
            return if special || space_break || text.ends_with(' ') { Form::Double } else { Form::Literal };
        }
        if reads_as_other(text) || special {
            return Form::Double;
        }
        if block_indicator(text) || text.starts_with(' ') || text.ends_with(' ') {
            Form::Single
        } else {
            Form::Plain
        }
    }
}

fn printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

/// Whether unquoted text would be read as null, a boolean, a number or a time by YAML 1.1.
fn reads_as_other(text: &str) -> bool {
    WORDS.contains(&text) || number(text).is_some() || TIMESTAMP.is_match(text) || BASE_60.is_match(text)
}

fn block_indicator(text: &str) -> bool {
    let mut chars = text.chars();
    let (Some(first), second) = (chars.next(), chars.next()) else { return false };
    let blank = second.is_none_or(|c| matches!(c, ' ' | '\t'));
    text.starts_with("---")
        || text.starts_with("...")
        || "#,[]{}&*!|>'\"%@`".contains(first)
        || ("?:-".contains(first) && blank)
        || text.contains(": ")
        || text.ends_with(':')
        || text.contains(" #")
}

fn escaped(c: char) -> String {
    match c {
        '\0' => "\\0".into(),
        '\u{7}' => "\\a".into(),
        '\u{8}' => "\\b".into(),
        '\t' => "\\t".into(),
        '\n' => "\\n".into(),
        '\u{b}' => "\\v".into(),
        '\u{c}' => "\\f".into(),
        '\r' => "\\r".into(),
        '\u{1b}' => "\\e".into(),
        '"' => "\\\"".into(),
        '\\' => "\\\\".into(),
        '\u{85}' => "\\N".into(),
        '\u{2028}' => "\\L".into(),
        '\u{2029}' => "\\P".into(),
        c if printable(c) => c.into(),
        c if (c as u32) <= 0xff => format!("\\x{:02X}", c as u32),
        c if (c as u32) <= 0xffff => format!("\\u{:04X}", c as u32),
        c => format!("\\U{:08X}", c as u32),
    }
}

/// A number as Go's shortest form: an exponent from 1e21 on and below 1e-4.
fn number_text(number: &serde_json::Number) -> String {
    let Some(value) = number.as_f64().filter(|_| number.is_f64()) else { return number.to_string() };
    let mut text = String::new();
    let exponent = format!("{value:e}").split_once('e').and_then(|(_, e)| e.parse::<i32>().ok()).unwrap_or(0);
    if (-4..21).contains(&exponent) {
        let _ = write!(text, "{value}");
    } else {
        let scientific = format!("{value:e}");
        let (mantissa, _) = scientific.split_once('e').unwrap_or((&scientific, ""));
        let sign = if exponent < 0 { '-' } else { '+' };
        let _ = write!(text, "{mantissa}e{sign}{:02}", exponent.abs());
    }
    text
}

/// Digits within keys are compared as numbers, letters come after other characters.
fn natural(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(i) = (0..a.len().min(b.len())).find(|i| a[*i] != b[*i]) else { return a.len().cmp(&b.len()) };
    match (a[i].is_alphabetic(), b[i].is_alphabetic()) {
        (true, true) => return a[i].cmp(&b[i]),
        (false, true) => return Ordering::Less,
        (true, false) => return Ordering::Greater,
        (false, false) => {}
    }
    let before = a[..i].iter().rev().take_while(|c| c.is_numeric()).any(|c| *c != '0');
    let start = i64::from((a[i] == '0' || b[i] == '0') && before);
    let run = |text: &[char]| {
        let digits: Vec<i64> = text.iter().map_while(|c| c.to_digit(10).map(i64::from)).collect();
        let value = digits.iter().fold(start, |n, d| n.wrapping_mul(10).wrapping_add(*d));
        (value, digits.len())
    };
    run(&a[i..]).cmp(&run(&b[i..])).then(a[i].cmp(&b[i]))
}
