//! Filters on numbers, and those that make numbers.

use super::super::ast::Op;
use super::super::error::{Eval, Fault};
use super::super::eval::args::{flag, int as integer, text};
use super::super::eval::{Cx, Given, binary};
use super::super::lex::python_space;
use super::super::value::Value;

pub(super) fn add(cx: &Cx<'_>, a: &Value, b: &Value) -> Eval<Value> {
    binary(cx, Op::Add, a.defined()?, b.defined()?)
}

pub(super) fn abs(_: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    given.none()?;
    match value.defined()? {
        Value::Float(n) => Ok(Value::Float(n.abs())),
        other => {
            let n = other.as_int().and_then(i128::checked_abs);
            n.map(Value::Int)
                .ok_or_else(|| Fault::new(format!("abs needs a number, got {}", other.type_name())))
        }
    }
}

/// A text as Python's `int(text, base)` reads it.
fn parse_int(text: &str, base: i128) -> Option<i128> {
    let trimmed = text.trim_matches(python_space);
    let (sign, digits) = match trimmed.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let lower = digits.to_ascii_lowercase();
    let prefixed = [("0x", 16), ("0o", 8), ("0b", 2)]
        .into_iter()
        .find(|(p, b)| lower.starts_with(p) && (base == *b || base == 0));
    let (digits, base) = match prefixed {
        Some((_, base)) => (&lower[2..], base),
        None => (&*lower, if base == 0 { 10 } else { base }),
    };
    let valid = !digits.starts_with('_')
        && !digits.ends_with('_')
        && !digits.contains("__")
        && !digits.starts_with(['+', '-']);
    if !valid || !(2..=36).contains(&base) {
        return None;
    }
    i128::from_str_radix(&format!("{sign}{}", digits.replace('_', "")), base as u32).ok()
}

/// A text as Python's `float(text)` reads it.
pub(super) fn parse_float(text: &str) -> Option<f64> {
    let trimmed = text.trim_matches(python_space);
    let valid = !trimmed.starts_with('_') && !trimmed.ends_with('_') && !trimmed.contains("__");
    let plain = trimmed.replace('_', "").to_ascii_lowercase();
    let word = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    let looks = word.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        || matches!(word, "inf" | "infinity" | "nan");
    if valid && looks { plain.parse().ok() } else { None }
}

pub(super) fn int(_: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [default, base] = given.take(["default", "base"])?;
    let base = integer(base, 10)?;
    let whole = |n: f64| (n.is_finite() && n.abs() < 1.7e38).then_some(n.trunc() as i128);
    let found = match value.defined()? {
        Value::Str(text) => parse_int(text, base).or_else(|| whole(parse_float(text)?)),
        Value::Float(n) => whole(*n),
        other => other.as_int(),
    };
    Ok(found.map_or_else(|| default.unwrap_or(Value::Int(0)), Value::Int))
}

pub(super) fn float(_: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [default] = given.take(["default"])?;
    let found = match value.defined()? {
        Value::Str(text) => parse_float(text),
        other => other.as_float(),
    };
    Ok(found.map_or_else(|| default.unwrap_or(Value::Float(0.0)), Value::Float))
}

pub(super) fn round(_: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [precision, method] = given.take(["precision", "method"])?;
    let precision = integer(precision, 0)?.clamp(-300, 300) as i32;
    let method = text(method, "common")?;
    let value = value.defined()?;
    let number = value
        .as_float()
        .ok_or_else(|| Fault::new(format!("round needs a number, got {}", value.type_name())))?;
    let scale = 10_f64.powi(precision);
    match &*method {
        "common" => Ok(match (value.as_int(), value) {
            (Some(n), _) => Value::Int(round_int(n, precision)),
            (None, _) if precision >= 0 => {
                let places = precision as usize;
                Value::Float(format!("{number:.places$}").parse().unwrap_or(number))
            }
            _ => Value::Float((number * scale).round_ties_even() / scale),
        }),
        // The ceiling is an integer in Python; dividing by a power of ten makes it a float again.
        "ceil" => Ok(Value::Float((number * scale).ceil() / scale)),
        "floor" => Ok(Value::Float((number * scale).floor() / scale)),
        _ => Err(Fault::new("the method must be common, ceil or floor")),
    }
}

fn round_int(n: i128, precision: i32) -> i128 {
    if precision >= 0 {
        return n;
    }
    let Some(unit) = 10_i128.checked_pow(precision.unsigned_abs()) else { return 0 };
    let (low, rest) = (n.div_euclid(unit), n.rem_euclid(unit));
    let up = rest * 2 > unit || (rest * 2 == unit && low % 2 != 0);
    (low + i128::from(up)) * unit
}

pub(super) fn filesizeformat(_: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [is_binary] = given.take(["binary"])?;
    let is_binary = flag(is_binary, false)?;
    let bytes = match value.defined()? {
        Value::Str(text) => parse_float(text),
        other => other.as_float(),
    };
    let bytes = bytes
        .ok_or_else(|| Fault::new(format!("filesizeformat needs a number, got {}", value.type_name())))?;
    let base: f64 = if is_binary { 1024.0 } else { 1000.0 };
    if bytes == 1.0 {
        return Ok(Value::str("1 Byte"));
    }
    if bytes < base {
        return Ok(Value::str(format!("{} Bytes", bytes.trunc())));
    }
    let prefixes = if is_binary {
        ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"]
    } else {
        ["k", "M", "G", "T", "P", "E", "Z", "Y"]
    };
    let mut unit = base;
    for (i, prefix) in prefixes.iter().enumerate() {
        unit *= base;
        if bytes < unit || i == 7 {
            return Ok(Value::str(format!("{:.1} {prefix}B", base * bytes / unit)));
        }
    }
    Ok(Value::None)
}

/// Ansible's `bool`: yes, on, true and 1 are true.
pub(super) fn bool(_: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    given.none()?;
    Ok(match value.defined()? {
        Value::None => Value::None,
        Value::Bool(b) => Value::Bool(*b),
        Value::Str(text) => {
            Value::Bool(matches!(&*text.to_lowercase(), "yes" | "on" | "true" | "1" | "t" | "y"))
        }
        other => Value::Bool(other.as_float() == Some(1.0)),
    })
}
