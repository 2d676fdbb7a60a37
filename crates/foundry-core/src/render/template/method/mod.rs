//! The methods of Python's built-in types.

mod containers;
mod text;

pub(super) use containers::entries;
pub(super) use text::{capitalize, lines, pad, replaced};

use super::error::{Eval, Fault};
use super::eval::{Cx, Given};
use super::value::{Object, Value};

const LIST: [&str; 11] =
    ["append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse", "sort"];
const DICT: [&str; 11] =
    ["clear", "copy", "fromkeys", "get", "items", "keys", "pop", "popitem", "setdefault", "update", "values"];

/// Whether a value of this type has a method of this name.
pub(super) fn exists(value: &Value, name: &str) -> bool {
    match value {
        Value::Str(_) => text::NAMES.contains(&name),
        Value::List(_) => LIST.contains(&name),
        Value::Tuple(_) => matches!(name, "count" | "index"),
        Value::Dict(_) => DICT.contains(&name),
        Value::Bytes(_) => matches!(name, "decode" | "hex"),
        Value::Float(_) => name == "is_integer",
        Value::Object(object) => match &**object {
            Object::Loop(_) => matches!(name, "cycle" | "changed"),
            Object::Cycler { .. } => matches!(name, "next" | "reset"),
            _ => false,
        },
        _ => false,
    }
}

/// Calls a method that exists.
pub(super) fn call(cx: &Cx<'_>, value: &Value, name: &str, given: Given) -> Eval<Value> {
    let result = match value {
        Value::Str(text) => text::call(cx, text, name, given),
        Value::List(list) => containers::list(cx, list, name, given),
        Value::Tuple(tuple) => containers::count_or_index(&tuple.0, name, given),
        Value::Dict(dict) => containers::dict(cx, dict, name, given),
        Value::Bytes(bytes) => containers::bytes(bytes, name, given),
        Value::Float(n) => given.none().map(|()| Value::Bool(n.fract() == 0.0)),
        Value::Object(object) => cx.call_object_method(object, name, given),
        _ => Err(Fault::new("it has no methods")),
    };
    result.map_err(|mut fault| {
        if fault.undefined.is_none() && fault.place.is_none() {
            fault.message = format!("{name}(): {}", fault.message);
        }
        fault
    })
}
