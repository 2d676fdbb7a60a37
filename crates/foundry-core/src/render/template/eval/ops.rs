//! Operators, indexes and attributes with Python's rules.

use super::super::ast::Op;
use super::super::error::{Eval, Fault};
use super::super::format::printf;
use super::super::method;
use super::super::value::{Key, Map, Object, Value, equal};
use super::{Cx, exported};
use std::rc::Rc;

/// `a op b` for arithmetic operators.
pub(in super::super) fn binary(cx: &Cx<'_>, op: Op, a: &Value, b: &Value) -> Eval<Value> {
    match (op, a, b) {
        (Op::Add, Value::Str(x), Value::Str(y)) => {
            cx.budget().make(x.len() + y.len())?;
            Ok(Value::str([&**x, &**y].concat()))
        }
        (Op::Add, Value::List(x), Value::List(y)) => {
            let (x, y) = (x.0.borrow(), y.0.borrow());
            cx.budget().make((x.len() + y.len()) * 32)?;
            Ok(Value::list(x.iter().chain(y.iter()).cloned().collect()))
        }
        (Op::Add, Value::Tuple(x), Value::Tuple(y)) => {
            cx.budget().make((x.0.len() + y.0.len()) * 32)?;
            Ok(Value::tuple(x.0.iter().chain(&y.0).cloned().collect()))
        }
        (Op::Mul, Value::Str(_) | Value::List(_) | Value::Tuple(_), n) if n.as_int().is_some() => {
            repeat(cx, a, n.as_int().unwrap_or(0))
        }
        (Op::Mul, n, Value::Str(_) | Value::List(_) | Value::Tuple(_)) if n.as_int().is_some() => {
            repeat(cx, b, n.as_int().unwrap_or(0))
        }
        (Op::Mod, Value::Str(format), _) => Ok(Value::str(printf(cx, format, b)?)),
        _ => match (a.as_int(), b.as_int(), a.as_float(), b.as_float()) {
            (Some(x), Some(y), ..) => integers(op, x, y),
            (_, _, Some(x), Some(y)) => floats(op, x, y),
            _ => Err(unsupported(op, a, b)),
        },
    }
}

fn unsupported(op: Op, a: &Value, b: &Value) -> Box<Fault> {
    let (x, y) = (a.type_name(), b.type_name());
    let fault = Fault::new(format!("`{}` is not supported between {x} and {y}", op.symbol()));
    match (op, x, y) {
        (Op::Add, "str", _) | (Op::Add, _, "str") => {
            fault.help("join with `~`, or convert with `| int` or `| string`")
        }
        (_, "str", _) | (_, _, "str") => fault.help("convert with `| int` or `| float`"),
        _ => fault,
    }
}

fn repeat(cx: &Cx<'_>, value: &Value, times: i128) -> Eval<Value> {
    let times = usize::try_from(times.max(0)).unwrap_or(usize::MAX);
    match value {
        Value::Str(s) => {
            cx.budget().make(s.len().saturating_mul(times))?;
            Ok(Value::str(s.repeat(times)))
        }
        other => {
            let items = other.elements(cx.budget())?;
            cx.budget().make(items.len().saturating_mul(times).saturating_mul(32))?;
            let all: Vec<Value> = std::iter::repeat_n(items, times).flatten().collect();
            Ok(if matches!(other, Value::Tuple(_)) { Value::tuple(all) } else { Value::list(all) })
        }
    }
}

fn integers(op: Op, a: i128, b: i128) -> Eval<Value> {
    if b == 0 && matches!(op, Op::Div | Op::FloorDiv | Op::Mod) {
        return Err(Fault::new("division by zero"));
    }
    let result = match op {
        Op::Add => a.checked_add(b),
        Op::Sub => a.checked_sub(b),
        Op::Mul => a.checked_mul(b),
        Op::Div => return Ok(Value::Float(a as f64 / b as f64)),
        Op::FloorDiv => a.checked_div_euclid(b).map(|_| floor_div(a, b)),
        Op::Mod => a.checked_rem(b).map(|r| if r != 0 && (r < 0) != (b < 0) { r + b } else { r }),
        Op::Pow if b < 0 => {
            if a == 0 {
                return Err(Fault::new("zero cannot be raised to a negative power"));
            }
            return Ok(Value::Float((a as f64).powf(b as f64)));
        }
        Op::Pow => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)),
    };
    result.map(Value::Int).ok_or_else(|| {
        Fault::new("the result is larger than an integer of 128 bits")
            .help("compute with floats: write 1.0 instead of 1")
    })
}

fn floor_div(a: i128, b: i128) -> i128 {
    let quotient = a / b;
    if a % b != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient }
}

fn floats(op: Op, a: f64, b: f64) -> Eval<Value> {
    if b == 0.0 && matches!(op, Op::Div | Op::FloorDiv | Op::Mod) {
        return Err(Fault::new("division by zero"));
    }
    Ok(Value::Float(match op {
        Op::Add => a + b,
        Op::Sub => a - b,
        Op::Mul => a * b,
        Op::Div => a / b,
        Op::FloorDiv => {
            let rest = python_rem(a, b);
            ((a - rest) / b).round()
        }
        Op::Mod => python_rem(a, b),
        Op::Pow => {
            let power = a.powf(b);
            if power.is_nan() && !a.is_nan() && !b.is_nan() {
                return Err(Fault::new("a negative number cannot be raised to a fractional power"));
            }
            power
        }
    }))
}

fn python_rem(a: f64, b: f64) -> f64 {
    let rest = a % b;
    if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest }
}

/// `-value`
pub(super) fn negate(value: &Value) -> Eval<Value> {
    match value.defined()? {
        Value::Float(n) => Ok(Value::Float(-n)),
        other => other
            .as_int()
            .and_then(i128::checked_neg)
            .map(Value::Int)
            .ok_or_else(|| Fault::new(format!("a {} has no negative", other.type_name()))),
    }
}

/// `+value`
pub(super) fn positive(value: &Value) -> Eval<Value> {
    match value.defined()? {
        Value::Float(n) => Ok(Value::Float(*n)),
        other => {
            let no = || Fault::new(format!("unary `+` is not supported for {}", other.type_name()));
            other.as_int().map(Value::Int).ok_or_else(no)
        }
    }
}

/// `needle in container`
pub(in super::super) fn contains(cx: &Cx<'_>, container: &Value, needle: &Value) -> Eval<bool> {
    match container.defined()? {
        Value::Str(text) => match needle.defined()? {
            Value::Str(part) => Ok(text.contains(&**part)),
            other => {
                Err(Fault::new(format!("`in` of a text needs a text on the left, not {}", other.type_name()))
                    .help("convert it with `| string`"))
            }
        },
        Value::Dict(map) => Ok(map.0.borrow().contains_key(&Key::new(needle.clone())?)),
        Value::Object(object) => match &**object {
            Object::Namespace(_) | Object::Macro(_) | Object::Module(_) => {
                Err(Fault::new(format!("`in` is not supported for a {}", container.type_name())))
            }
            _ => any_equal(cx, container, needle),
        },
        _ => any_equal(cx, container, needle),
    }
}

fn any_equal(cx: &Cx<'_>, container: &Value, needle: &Value) -> Eval<bool> {
    let items = container.elements(cx.budget())?;
    cx.budget().work(items.len())?;
    Ok(items.iter().any(|item| equal(item, needle)))
}

/// `value.name`: a method or attribute first, then an entry.
pub(in super::super) fn attribute(cx: &Cx<'_>, value: &Value, name: &str) -> Eval<Option<Value>> {
    if method::exists(value, name) {
        return Ok(Some(Value::object(Object::Method(value.clone(), name.into()))));
    }
    Ok(match value {
        Value::Dict(map) => map.0.borrow().get(name).cloned(),
        Value::Object(object) => object_attribute(cx, object, name)?,
        Value::Undefined(_) => {
            value.defined()?;
            None
        }
        _ => None,
    })
}

fn object_attribute(cx: &Cx<'_>, object: &Rc<Object>, name: &str) -> Eval<Option<Value>> {
    Ok(match &**object {
        Object::Namespace(data) => data.borrow().get(name).cloned(),
        Object::Module(module) => exported(module, name),
        Object::Macro(m) => match name {
            "name" => Some(Value::Str(m.definition.name.clone())),
            "arguments" => {
                Some(Value::tuple(m.definition.params.iter().map(|(n, _)| Value::Str(n.clone())).collect()))
            }
            "caller" => Some(Value::Bool(m.definition.takes_caller)),
            "catch_varargs" => Some(Value::Bool(m.definition.takes_varargs)),
            "catch_kwargs" => Some(Value::Bool(m.definition.takes_kwargs)),
            _ => None,
        },
        Object::Loop(info) => {
            let (at, len) = (info.at.get(), info.items.len());
            match name {
                "index" => Some(Value::int(at + 1)),
                "index0" => Some(Value::int(at)),
                "revindex" => Some(Value::int(len - at)),
                "revindex0" => Some(Value::int(len - at - 1)),
                "first" => Some(Value::Bool(at == 0)),
                "last" => Some(Value::Bool(at + 1 == len)),
                "length" => Some(Value::int(len)),
                "depth" => Some(Value::int(info.depth)),
                "depth0" => Some(Value::int(info.depth - 1)),
                "previtem" => at.checked_sub(1).map(|i| info.items[i].clone()),
                "nextitem" => info.items.get(at + 1).cloned(),
                _ => None,
            }
        }
        Object::Group(items) => match name {
            "grouper" => items.first().cloned(),
            "list" => items.get(1).cloned(),
            _ => None,
        },
        Object::Cycler { items, at } if name == "current" => items.get(at.get()).cloned(),
        Object::Blocks(unit) => super::inherit::block_reference(unit, name),
        Object::Block(bound) if name == "super" => {
            let next = super::Bound { level: bound.level + 1, ..bound.clone() };
            Some(Value::object(Object::Block(next)))
        }
        Object::View(..) | Object::Range { .. } | Object::Generator(_) => None,
        _ => {
            let _ = cx;
            None
        }
    })
}

/// `value[index]`: an entry first, then an attribute.
pub(in super::super) fn item(cx: &Cx<'_>, value: &Value, index: &Value) -> Eval<Option<Value>> {
    let found = match value {
        Value::Dict(map) => map.0.borrow().get(&Key::new(index.clone())?).cloned(),
        Value::List(items) => at(&items.0.borrow(), index),
        Value::Tuple(items) => at(&items.0, index),
        Value::Bytes(bytes) => {
            index.as_int().and_then(|i| position(i, bytes.len())).map(|i| Value::Int(i128::from(bytes[i])))
        }
        Value::Str(text) => index.as_int().and_then(|i| character(text, i)),
        Value::Object(object) => match &**object {
            Object::Range { .. } | Object::Group(_) => at(&value.elements(cx.budget())?, index),
            _ => None,
        },
        _ => None,
    };
    match (found, index) {
        (None, Value::Str(name)) => attribute(cx, value, name),
        (found, _) => Ok(found),
    }
}

fn character(text: &str, index: i128) -> Option<Value> {
    let c = match usize::try_from(index) {
        Ok(i) => text.chars().nth(i)?,
        Err(_) => text.chars().rev().nth(usize::try_from(-1 - index).ok()?)?,
    };
    Some(Value::str(c.encode_utf8(&mut [0; 4]) as &str))
}

fn at(items: &[Value], index: &Value) -> Option<Value> {
    items.get(position(index.as_int()?, items.len())?).cloned()
}

/// A Python index, negative ones from the end.
pub(in super::super) fn position(index: i128, len: usize) -> Option<usize> {
    let index = if index < 0 { index + len as i128 } else { index };
    usize::try_from(index).ok().filter(|i| *i < len)
}

/// `value[start:stop:step]`
pub(super) fn slice(cx: &Cx<'_>, value: &Value, parts: [Option<Value>; 3]) -> Eval<Value> {
    let mut bounds = [None; 3];
    for (bound, part) in bounds.iter_mut().zip(&parts) {
        *bound = match part.as_ref().map(|p| p.defined()).transpose()? {
            None | Some(Value::None) => None,
            Some(value) => Some(value.as_int().ok_or_else(|| Fault::new("a slice needs integers"))?),
        };
    }
    let value = value.defined()?;
    if !matches!(value, Value::Str(_) | Value::Bytes(_) | Value::List(_) | Value::Tuple(_)) {
        let range = matches!(value, Value::Object(o) if matches!(**o, Object::Range { .. }));
        if !range {
            return Err(Fault::new(format!("a {} cannot be sliced", value.type_name()))
                .help("apply `| list` before it"));
        }
    }
    if let Value::Str(text) = value {
        cx.budget().make(text.len() * 5)?;
        let chars: Vec<char> = text.chars().collect();
        return Ok(Value::str(
            indices(bounds, chars.len())?.into_iter().map(|i| chars[i]).collect::<String>(),
        ));
    }
    let items = value.elements(cx.budget())?;
    let picked = indices(bounds, items.len())?.into_iter().map(|i| items[i].clone());
    Ok(match value {
        Value::Tuple(_) => Value::tuple(picked.collect()),
        Value::Bytes(_) => Value::Bytes(picked.filter_map(|b| u8::try_from(b.as_int()?).ok()).collect()),
        _ => Value::list(picked.collect()),
    })
}

fn indices([start, stop, step]: [Option<i128>; 3], len: usize) -> Eval<Vec<usize>> {
    let step = step.unwrap_or(1);
    if step == 0 {
        return Err(Fault::new("a slice's step cannot be zero"));
    }
    let len = len as i128;
    let (low, high) = if step > 0 { (0, len) } else { (-1, len - 1) };
    let clamp = |bound: i128| (if bound < 0 { bound.saturating_add(len) } else { bound }).clamp(low, high);
    let mut at = start.map_or(if step > 0 { low } else { high }, clamp);
    let stop = stop.map_or(if step > 0 { high } else { low }, clamp);
    let mut picked = Vec::new();
    while (step > 0 && at < stop) || (step < 0 && at > stop) {
        picked.push(at as usize);
        at = at.saturating_add(step);
    }
    Ok(picked)
}

/// The entries of a mapping, for filters that need one.
pub(in super::super) fn mapping(value: &Value) -> Eval<std::cell::Ref<'_, Map>> {
    match value.defined()? {
        Value::Dict(map) => Ok(map.0.borrow()),
        other => Err(Fault::new(format!("expected a mapping, got {}", other.type_name()))),
    }
}
