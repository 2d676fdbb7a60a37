//! YAML nodes as the values that kustomize and the API server see: YAML 1.1 numbers, the 1.2 booleans.

use crate::yaml::{Kind, Node};
use serde_json::{Map, Number, Value};

/// The node as JSON. Octal numbers such as `0644` are numbers of base eight here, unlike in the core schema.
pub fn of(node: &Node) -> Value {
    match &node.kind {
        Kind::Scalar { text, plain } => scalar(text, *plain, node.tag.as_deref()),
        Kind::Sequence(items) => Value::Array(items.iter().map(|n| of(n)).collect()),
        Kind::Mapping(entries) => {
            let pairs = entries.iter().filter_map(|e| Some((e.key.text()?.to_owned(), of(&e.value))));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
    }
}

/// The node as JSON with the booleans of YAML 1.1 too, as JSON patches are read: `yes`, `on`, `y`.
pub(super) fn of_patch(node: &Node) -> Value {
    match &node.kind {
        Kind::Scalar { text, plain: true } if node.tag.is_none() => match text.as_str() {
            "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Value::Bool(true),
            "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Value::Bool(false),
            text => scalar(text, true, None),
        },
        Kind::Scalar { text, plain } => scalar(text, *plain, node.tag.as_deref()),
        Kind::Sequence(items) => Value::Array(items.iter().map(|n| of_patch(n)).collect()),
        Kind::Mapping(entries) => {
            let pairs = entries.iter().filter_map(|e| Some((e.key.text()?.to_owned(), of_patch(&e.value))));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
    }
}

fn scalar(text: &str, plain: bool, tag: Option<&str>) -> Value {
    if !plain || matches!(tag, Some("!!str" | "!" | "tag:yaml.org,2002:str")) {
        return Value::String(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => match (date(text), number(text)) {
            (true, _) => Value::String(format!("{text}T00:00:00Z")),
            (_, Some(number)) => Value::Number(number),
            _ => Value::String(text.to_owned()),
        },
    }
}

/// A bare day such as `2001-12-14`: a timestamp, which is written with its time of day.
pub(super) fn date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 10
        && bytes
            .iter()
            .enumerate()
            .all(|(i, b)| if matches!(i, 4 | 7) { *b == b'-' } else { b.is_ascii_digit() })
}

/// The number that Go's readers see in a plain scalar: underscores, `0x`, `0o`, `0b` and a leading `0`.
pub(super) fn number(text: &str) -> Option<Number> {
    let first = *text.as_bytes().first()?;
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return None;
    }
    let bare = match first {
        b'.' => text.to_owned(),
        _ => text.replace('_', ""),
    };
    integer(&bare).or_else(|| is_float(&bare).then(|| bare.parse().ok().and_then(float)).flatten())
}

/// A whole number has no fraction when it is written back.
fn float(value: f64) -> Option<Number> {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return Some(Number::from(value as i64));
    }
    Number::from_f64(value)
}

fn integer(text: &str) -> Option<Number> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.get(..2) {
        Some("0x") => (16, &lower[2..]),
        Some("0o") => (8, &lower[2..]),
        Some("0b") => (2, &lower[2..]),
        _ if lower.len() > 1 && lower.starts_with('0') => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    if digits.is_empty() || digits.starts_with(['+', '-']) {
        return None;
    }
    let whole = u64::from_str_radix(digits, radix).ok()?;
    match negative {
        false => Some(Number::from(whole)),
        true => i64::try_from(whole).ok().map(|n| Number::from(-n)),
    }
}

fn is_float(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match digits.find(['e', 'E']) {
        Some(at) => (&digits[..at], Some(&digits[at + 1..])),
        None => (digits, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let exponent = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['+', '-']).unwrap_or(e);
        !e.is_empty() && all_digits(e)
    });
    all_digits(whole) && all_digits(fraction) && !(whole.is_empty() && fraction.is_empty()) && exponent
}
