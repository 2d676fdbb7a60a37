//! Values as text: Python's `str` and `repr`.

use super::super::error::{Eval, Fault};
use super::super::limits::Budget;
use super::{Object, Value};
use std::fmt::Write as _;

/// Containers are printed down to this depth.
const DEPTH: usize = 100;

impl Value {
    /// Appends Python's `str(value)`.
    pub(in super::super) fn show(&self, out: &mut String, budget: &Budget) -> Eval<()> {
        match self.defined()? {
            Value::Str(s) => {
                budget.make(s.len())?;
                out.push_str(s);
                Ok(())
            }
            Value::Undefined(_) => Ok(()),
            Value::Object(object) => match &**object {
                Object::Module(module) => {
                    out.push_str(&module.text);
                    budget.make(module.text.len())
                }
                _ => self.repr(out, budget),
            },
            _ => self.repr(out, budget),
        }
    }

    /// Python's `str(value)`.
    pub(in super::super) fn text(&self, budget: &Budget) -> Eval<std::sync::Arc<str>> {
        if let Value::Str(s) = self {
            return Ok(s.clone());
        }
        let mut out = String::new();
        self.show(&mut out, budget)?;
        Ok(out.into())
    }

    /// Appends Python's `repr(value)`.
    pub(in super::super) fn repr(&self, out: &mut String, budget: &Budget) -> Eval<()> {
        repr(self, out, budget, DEPTH)
    }
}

fn repr(value: &Value, out: &mut String, budget: &Budget, depth: usize) -> Eval<()> {
    if depth == 0 {
        return Err(Fault::new("nested too deep to print"));
    }
    let before = out.len();
    match value.defined()? {
        Value::Undefined(_) => out.push_str("Undefined"),
        Value::None => out.push_str("None"),
        Value::Bool(b) => out.push_str(if *b { "True" } else { "False" }),
        Value::Int(n) => write!(out, "{n}").unwrap_or_default(),
        Value::Float(n) => out.push_str(&float(*n)),
        Value::Str(s) => quoted(out, s),
        Value::Bytes(b) => bytes(out, b),
        Value::List(items) => return sequence(&items.0.borrow(), out, budget, depth, ["[", "]"]),
        Value::Tuple(items) => {
            let close = if items.0.len() == 1 { ",)" } else { ")" };
            return sequence(&items.0, out, budget, depth, ["(", close]);
        }
        Value::Dict(map) => {
            out.push('{');
            for (i, (key, value)) in map.0.borrow().iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                repr(&key.0, out, budget, depth - 1)?;
                out.push_str(": ");
                repr(value, out, budget, depth - 1)?;
            }
            out.push('}');
            return budget.work(1);
        }
        Value::Object(object) => return show_object(value, object, out, budget, depth),
    }
    budget.make(out.len() - before)
}

fn sequence(items: &[Value], out: &mut String, budget: &Budget, depth: usize, ends: [&str; 2]) -> Eval<()> {
    out.push_str(ends[0]);
    budget.make(items.len() * 2)?;
    budget.work(items.len())?;
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        repr(item, out, budget, depth - 1)?;
    }
    out.push_str(ends[1]);
    Ok(())
}

fn show_object(value: &Value, object: &Object, out: &mut String, budget: &Budget, depth: usize) -> Eval<()> {
    match object {
        Object::Namespace(data) => {
            out.push_str("<Namespace {");
            for (i, (name, value)) in data.borrow().iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                quoted(out, name);
                out.push_str(": ");
                repr(value, out, budget, depth - 1)?;
            }
            out.push_str("}>");
        }
        Object::Macro(m) => write!(out, "<Macro '{}'>", m.definition.name).unwrap_or_default(),
        Object::Module(m) => write!(out, "<TemplateModule '{}'>", m.name).unwrap_or_default(),
        Object::Loop(info) => {
            write!(out, "<LoopContext {}/{}>", info.at.get() + 1, info.items.len()).unwrap_or_default()
        }
        Object::View(name, items) => {
            out.push_str(name);
            return sequence(items, out, budget, depth, ["([", "])"]);
        }
        Object::Group(items) => return sequence(items, out, budget, depth, ["(", ")"]),
        Object::Range { start, stop, step: 1 } => write!(out, "range({start}, {stop})").unwrap_or_default(),
        Object::Range { start, stop, step } => {
            write!(out, "range({start}, {stop}, {step})").unwrap_or_default()
        }
        Object::Generator(_) => {
            return Err(
                Fault::new("a generator has no text of its own").help("apply `| list` or `| join` to it")
            );
        }
        Object::Method(_, name) => {
            return Err(Fault::new(format!("`{name}` is a method, not a value"))
                .help(format!("call it as {name}(), or write ['{name}'] for the entry of that name")));
        }
        _ => {
            return Err(
                Fault::new(format!("a {} has no text of its own", value.type_name())).help("call it with ()")
            );
        }
    }
    Ok(())
}

/// Python's `repr` of a float.
pub(in super::super) fn float(n: f64) -> String {
    if n.is_nan() {
        return "nan".to_owned();
    }
    if n.is_infinite() {
        return if n > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let text = format!("{n:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{n}");
        return if plain.contains('.') { plain } else { plain + ".0" };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// Appends Python's `repr` of a text.
pub(in super::super) fn quoted(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => out.extend(['\\', c]),
            c if printable(c) => out.push(c),
            c if (c as u32) < 0x100 => write!(out, "\\x{:02x}", c as u32).unwrap_or_default(),
            c if (c as u32) < 0x1_0000 => write!(out, "\\u{:04x}", c as u32).unwrap_or_default(),
            c => write!(out, "\\U{:08x}", c as u32).unwrap_or_default(),
        }
    }
    out.push(quote);
}

/// Python's `str.isprintable` for what texts hold in practice: no controls, formats, separators or private use.
fn printable(c: char) -> bool {
    !(c.is_control()
        || (c != ' ' && c.is_whitespace())
        || matches!(c as u32,
            0xad | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x180e | 0x200b..=0x200f | 0x202a..=0x202e
            | 0x2060..=0x206f | 0xe000..=0xf8ff | 0xfeff | 0xfff0..=0xfffb | 0xfffe..=0xffff
            | 0xe0000..=0xe0fff | 0xf0000..=0x10ffff))
}

fn bytes(out: &mut String, bytes: &[u8]) {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    out.push('b');
    out.push(quote);
    for b in bytes {
        match b {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b if char::from(*b) == quote => out.extend(['\\', quote]),
            b' '..=b'~' => out.push(char::from(*b)),
            b => write!(out, "\\x{b:02x}").unwrap_or_default(),
        }
    }
    out.push(quote);
}
