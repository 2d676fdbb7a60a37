//! Equality, order and hashing as Python has them.

use super::super::error::{Eval, Fault};
use super::Value;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

/// Containers are compared down to this depth.
const DEPTH: usize = 100;

/// A key of a mapping: `1`, `1.0` and `true` are the same key, as in Python.
#[derive(Clone)]
pub(in super::super) struct Key(pub(in super::super) Value);

impl Key {
    /// The value as a key, if Python could hash it.
    pub(in super::super) fn new(value: Value) -> Eval<Key> {
        let hashable = match value.defined()? {
            Value::List(_) | Value::Dict(_) => false,
            Value::Tuple(items) => items.0.iter().all(|v| Key::new(v.clone()).is_ok()),
            _ => true,
        };
        if hashable {
            Ok(Key(value))
        } else {
            Err(Fault::new(format!("a {} cannot be a key", value.type_name())))
        }
    }

    pub(in super::super) fn text(text: &str) -> Key {
        Key(Value::str(text))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        equal(&self.0, &other.0)
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash(&self.0, state);
    }
}

/// Looks a text up without making a key of it.
impl indexmap::Equivalent<Key> for str {
    fn equivalent(&self, key: &Key) -> bool {
        key.0.as_str() == Some(self)
    }
}

fn hash<H: Hasher>(value: &Value, state: &mut H) {
    match value {
        Value::Str(s) => s.hash(state),
        Value::Bytes(b) => b.hash(state),
        Value::Bool(b) => i128::from(*b).hash(state),
        Value::Int(n) => n.hash(state),
        Value::Float(n) if n.fract() == 0.0 && n.abs() < 1e30 => (*n as i128).hash(state),
        Value::Float(n) => n.to_bits().hash(state),
        Value::Tuple(items) => items.0.iter().for_each(|v| hash(v, state)),
        _ => {}
    }
}

/// Python's `==`.
pub(in super::super) fn equal(a: &Value, b: &Value) -> bool {
    equal_to(a, b, DEPTH)
}

fn equal_to(a: &Value, b: &Value, depth: usize) -> bool {
    let all = |x: &[Value], y: &[Value]| {
        depth > 0 && x.len() == y.len() && x.iter().zip(y).all(|(x, y)| equal_to(x, y, depth - 1))
    };
    match (a, b) {
        (Value::None, Value::None) => true,
        (Value::Str(x), Value::Str(y)) => x == y,
        (Value::Bytes(x), Value::Bytes(y)) => x == y,
        (Value::List(x), Value::List(y)) => std::rc::Rc::ptr_eq(x, y) || all(&x.0.borrow(), &y.0.borrow()),
        (Value::Tuple(x), Value::Tuple(y)) => all(&x.0, &y.0),
        (Value::Dict(x), Value::Dict(y)) => {
            let (x, y) = (x.0.borrow(), y.0.borrow());
            let same = |(k, v): (&Key, &Value)| y.get(k).is_some_and(|w| equal_to(v, w, depth - 1));
            depth > 0 && x.len() == y.len() && x.iter().all(same)
        }
        (Value::Object(x), Value::Object(y)) => match (x.elements_if_stable(), y.elements_if_stable()) {
            (Some(x), Some(y)) => all(&x, &y),
            _ => std::rc::Rc::ptr_eq(x, y),
        },
        (Value::Float(_), _) | (_, Value::Float(_)) => {
            matches!((a.as_float(), b.as_float()), (Some(x), Some(y)) if x == y)
        }
        _ => matches!((a.as_int(), b.as_int()), (Some(x), Some(y)) if x == y),
    }
}

/// Python's order; types that have none with each other are a fault. `None` where a NaN is involved.
pub(in super::super) fn order(a: &Value, b: &Value, symbol: &str) -> Eval<Option<Ordering>> {
    order_to(a, b, symbol, DEPTH)
}

fn order_to(a: &Value, b: &Value, symbol: &str, depth: usize) -> Eval<Option<Ordering>> {
    match (a.defined()?, b.defined()?) {
        (Value::Str(x), Value::Str(y)) => Ok(Some(x.cmp(y))),
        (Value::Bytes(x), Value::Bytes(y)) => Ok(Some(x.cmp(y))),
        (Value::List(x), Value::List(y)) => sequences(&x.0.borrow(), &y.0.borrow(), symbol, depth),
        (Value::Tuple(x), Value::Tuple(y)) => sequences(&x.0, &y.0, symbol, depth),
        (x, y) => match (x.as_int(), y.as_int(), x.as_float(), y.as_float()) {
            (Some(x), Some(y), ..) => Ok(Some(x.cmp(&y))),
            (_, _, Some(x), Some(y)) => Ok(x.partial_cmp(&y)),
            _ => Err(Fault::new(format!(
                "`{symbol}` is not supported between {} and {}",
                x.type_name(),
                y.type_name()
            ))
            .help("make both sides the same type, with `| int`, `| float` or `| string`")),
        },
    }
}

fn sequences(x: &[Value], y: &[Value], symbol: &str, depth: usize) -> Eval<Option<Ordering>> {
    if depth == 0 {
        return Err(Fault::new("nested too deep to compare"));
    }
    for (x, y) in x.iter().zip(y) {
        if !equal_to(x, y, depth - 1) {
            return order_to(x, y, symbol, depth - 1);
        }
    }
    Ok(Some(x.len().cmp(&y.len())))
}
