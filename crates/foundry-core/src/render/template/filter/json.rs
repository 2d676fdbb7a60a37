//! `tojson`, `to_json`, `to_nice_json`, `from_json`: JSON as Python's json module writes it.

use super::super::error::{Eval, Fault};
use super::super::eval::args::{count, flag, optional};
use super::super::eval::{Cx, Given};
use super::super::limits::Budget;
use super::super::value::{Object, Value, float, from_json as value_of};
use std::fmt::Write as _;

struct Style {
    indent: Option<usize>,
    sort: bool,
    ascii: bool,
}

/// Jinja2's: keys sorted, ASCII only, and safe inside HTML.
pub(super) fn tojson(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [indent] = given.take(["indent"])?;
    let text = dump(cx, value, &Style { indent: indentation(indent)?, sort: true, ascii: true })?;
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => safe.push_str("\\u003c"),
            '>' => safe.push_str("\\u003e"),
            '&' => safe.push_str("\\u0026"),
            '\'' => safe.push_str("\\u0027"),
            c => safe.push(c),
        }
    }
    cx.budget().make(safe.len())?;
    Ok(Value::str(safe))
}

pub(super) fn to_json(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [indent, sort, ascii, _, _] =
        given.take(["indent", "sort_keys", "ensure_ascii", "vault_to_text", "profile"])?;
    let style = Style { indent: indentation(indent)?, sort: flag(sort, false)?, ascii: flag(ascii, true)? };
    Ok(Value::str(dump(cx, value, &style)?))
}

pub(super) fn to_nice_json(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [indent, sort, ascii] = given.take(["indent", "sort_keys", "ensure_ascii"])?;
    let indent = Some(count(optional(indent), 4)?);
    Ok(Value::str(dump(cx, value, &Style { indent, sort: flag(sort, true)?, ascii: flag(ascii, true)? })?))
}

pub(super) fn from_json(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    given.none()?;
    let text = value.text(cx.budget())?;
    cx.budget().make(text.len() * 8)?;
    let json = serde_json::from_str(&text)
        .map_err(|e| Fault::new(format!("this is not JSON (line {}, column {})", e.line(), e.column())))?;
    Ok(value_of(&json))
}

fn indentation(value: Option<Value>) -> Eval<Option<usize>> {
    optional(value).map(|v| count(Some(v), 0)).transpose()
}

fn dump(cx: &Cx<'_>, value: &Value, style: &Style) -> Eval<String> {
    let mut out = String::new();
    write(&mut out, value, style, 0, cx.budget())?;
    cx.budget().make(out.len())?;
    Ok(out)
}

fn write(out: &mut String, value: &Value, style: &Style, level: usize, budget: &Budget) -> Eval<()> {
    budget.work(1)?;
    if level > 100 {
        return Err(Fault::new("nested too deep for JSON"));
    }
    let before = out.len();
    match value.defined()? {
        Value::None => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Int(n) => write!(out, "{n}").unwrap_or_default(),
        Value::Float(n) if n.is_nan() => out.push_str("NaN"),
        Value::Float(n) if n.is_infinite() => out.push_str(if *n > 0.0 { "Infinity" } else { "-Infinity" }),
        Value::Float(n) => out.push_str(&float(*n)),
        Value::Str(s) => quoted(out, s, style.ascii),
        Value::List(items) => array(out, &items.0.borrow(), style, level, budget)?,
        Value::Tuple(items) => array(out, &items.0, style, level, budget)?,
        Value::Dict(map) => {
            let map = map.0.borrow();
            let mut entries = map.iter().map(|(k, v)| Ok((k.0.json_key()?, v))).collect::<Eval<Vec<_>>>()?;
            if style.sort {
                entries.sort_by(|a, b| a.0.cmp(&b.0));
            }
            out.push('{');
            for (i, (key, value)) in entries.iter().enumerate() {
                separate(out, i, style, level + 1, budget)?;
                quoted(out, key, style.ascii);
                out.push_str(": ");
                write(out, value, style, level + 1, budget)?;
            }
            close(out, entries.len(), style, level, '}');
        }
        Value::Object(object) => match &**object {
            Object::Group(items) => array(out, items, style, level, budget)?,
            _ => return Err(not_json(value)),
        },
        other => return Err(not_json(other)),
    }
    if matches!(value, Value::Str(_)) { budget.make(out.len() - before) } else { Ok(()) }
}

fn not_json(value: &Value) -> Box<Fault> {
    Fault::new(format!("a {} has no form in JSON", value.type_name())).help("apply `| list` before it")
}

fn array(out: &mut String, items: &[Value], style: &Style, level: usize, budget: &Budget) -> Eval<()> {
    out.push('[');
    for (i, item) in items.iter().enumerate() {
        separate(out, i, style, level + 1, budget)?;
        write(out, item, style, level + 1, budget)?;
    }
    close(out, items.len(), style, level, ']');
    Ok(())
}

fn separate(out: &mut String, index: usize, style: &Style, level: usize, budget: &Budget) -> Eval<()> {
    match style.indent {
        None => out.push_str(if index > 0 { ", " } else { "" }),
        Some(indent) => {
            out.push_str(if index > 0 { ",\n" } else { "\n" });
            budget.make(indent.saturating_mul(level))?;
            out.extend(std::iter::repeat_n(' ', indent * level));
        }
    }
    Ok(())
}

fn close(out: &mut String, count: usize, style: &Style, level: usize, bracket: char) {
    if let (Some(indent), true) = (style.indent, count > 0) {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', indent * level));
    }
    out.push(bracket);
}

fn quoted(out: &mut String, text: &str, ascii: bool) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            c if !ascii && c > '\x7e' => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}").unwrap_or_default();
                }
            }
        }
    }
    out.push('"');
}
