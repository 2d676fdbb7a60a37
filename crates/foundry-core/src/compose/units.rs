//! Durations, sizes and scalars as Compose writes them, read and printed the way it normalises them.

use crate::yaml::{Kind, Node};

/// Nanoseconds of a duration such as `1m30s` or `1.5s`; `0` needs no unit.
pub(super) fn duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0f64;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let value: f64 = rest[..end].parse().ok()?;
        let tail = &rest[end..];
        let unit_end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let unit = match &tail[..unit_end] {
            "ns" => 1f64,
            "us" | "µs" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3600e9,
            _ => return None,
        };
        total += value * unit;
        rest = &tail[unit_end..];
    }
    let total = if negative { -total } else { total };
    (total.abs() < 9.2e18).then_some(total.round() as i64)
}

/// A duration as Compose prints it: `1h0m0s`, `1m30s`, `1.5s`, `500ms`, `100µs`.
pub(super) fn print_duration(nanoseconds: i64) -> String {
    if nanoseconds == 0 {
        return "0s".to_owned();
    }
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let n = nanoseconds.unsigned_abs();
    let fraction = |whole: u64, part: u64, digits: usize, unit: &str| {
        let part = format!("{part:0digits$}");
        let part = part.trim_end_matches('0');
        let dot = if part.is_empty() { "" } else { "." };
        format!("{sign}{whole}{dot}{part}{unit}")
    };
    match n {
        0..1_000 => format!("{sign}{n}ns"),
        1_000..1_000_000 => fraction(n / 1_000, n % 1_000, 3, "µs"),
        1_000_000..1_000_000_000 => fraction(n / 1_000_000, n % 1_000_000, 6, "ms"),
        _ => {
            let seconds = n / 1_000_000_000;
            let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
            let head = match (hours, minutes) {
                (0, 0) => String::new(),
                (0, m) => format!("{m}m"),
                (h, m) => format!("{h}h{m}m"),
            };
            let tail = fraction(seconds % 60, n % 1_000_000_000, 9, "s");
            format!("{sign}{head}{}", tail.trim_start_matches('-'))
        }
    }
}

/// Bytes of a size such as `512m`, `1.5gb`, `64 KiB` or `1024`; every unit is binary, as in Docker.
pub(super) fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let value: f64 = text[..end].parse().ok()?;
    let unit = text[end..].trim().to_ascii_lowercase();
    let unit = unit.strip_suffix("ib").or_else(|| unit.strip_suffix('b')).unwrap_or(&unit);
    let factor = match unit {
        "" => 1u64,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        "t" => 1 << 40,
        "p" => 1 << 50,
        _ => return None,
    };
    let total = value * factor as f64;
    (total < 1.8e19).then_some(total as u64)
}

/// A boolean in any of the spellings Compose takes where a variable gave the text.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "y" | "on" => Some(true),
        "false" | "no" | "n" | "off" => Some(false),
        _ => None,
    }
}

/// An integer; a leading zero means octal, as in YAML 1.1.
pub(super) fn integer(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = digits.replace('_', "");
    let magnitude = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => i64::from_str_radix(&digits[2..], 16).ok()?,
        [b'0', b'o' | b'O', ..] => i64::from_str_radix(&digits[2..], 8).ok()?,
        [b'0', b'b' | b'B', ..] => i64::from_str_radix(&digits[2..], 2).ok()?,
        [b'0', b'0'..=b'9', ..] => i64::from_str_radix(&digits, 8).ok()?,
        [b'0'..=b'9', ..] => digits.parse().ok()?,
        _ => return None,
    };
    Some(sign * magnitude)
}

/// A scalar as the text that Compose hands on where it wants text (`1.50` becomes `1.5`, `0123` becomes `83`);
/// `None` for null and for collections.
pub(super) fn text(node: &Node) -> Option<String> {
    let Kind::Scalar { text, plain } = &node.kind else { return None };
    if node.is_null() {
        return None;
    }
    if !*plain || node.tag.is_some() {
        return Some(text.clone());
    }
    if let Some(value) = node.bool() {
        return Some(value.to_string());
    }
    if let Some(value) = integer(text) {
        return Some(value.to_string());
    }
    if is_date(text) {
        return Some(format!("{text} 00:00:00 +0000 UTC"));
    }
    let numeric = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
    let float = text.replace('_', "").parse::<f64>().ok().filter(|f| numeric && f.is_finite());
    Some(float.map_or_else(|| text.clone(), print_float))
}

/// A plain `2026-11-20`: YAML 1.1 reads a time, and Compose hands on how that prints.
fn is_date(text: &str) -> bool {
    let digit = |i: usize| text.as_bytes()[i].is_ascii_digit();
    text.len() == 10 && (0..10).all(|i| if i == 4 || i == 7 { &text[i..=i] == "-" } else { digit(i) })
}

/// A float as Go's `%v` prints it: shortest form, an exponent below 1e-4 and from 1e21 on.
fn print_float(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || (1e-4..1e21).contains(&size) {
        return format!("{value}");
    }
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{digits:0>2}")
}
