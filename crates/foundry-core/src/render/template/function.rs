//! The functions that every template has: range, dict, namespace, cycler, joiner.

use super::error::{Eval, Fault};
use super::eval::args::{int, required};
use super::eval::{Cx, Given};
use super::method::entries;
use super::value::{Object, Value};
use std::cell::{Cell, RefCell};
use std::sync::Arc;

const NAMES: [&str; 6] = ["range", "dict", "namespace", "cycler", "joiner", "lipsum"];

/// The global function of a name.
pub(super) fn global(name: &str) -> Option<Value> {
    NAMES.iter().find(|n| **n == name).map(|n| Value::object(Object::Function(n)))
}

/// Calls a global function.
pub(super) fn call(cx: &Cx<'_>, name: &str, given: Given) -> Eval<Value> {
    match name {
        "range" => range(given),
        "dict" => Ok(Value::dict(entries(cx, given)?)),
        "namespace" => {
            let map = entries(cx, given)?;
            let text = |key: &Value| -> Eval<Arc<str>> { key.text(cx.budget()) };
            let data = map.into_iter().map(|(k, v)| Ok((text(&k.0)?, v))).collect::<Eval<_>>()?;
            Ok(Value::object(Object::Namespace(RefCell::new(data))))
        }
        "cycler" => {
            let items = given.positional;
            if items.is_empty() || !given.named.is_empty() {
                return Err(Fault::new("cycler() needs at least one item"));
            }
            Ok(Value::object(Object::Cycler { items, at: Cell::new(0) }))
        }
        "joiner" => {
            let [separator] = given.take(["sep"])?;
            let separator = separator.unwrap_or_else(|| Value::str(", "));
            Ok(Value::object(Object::Joiner { separator, used: Cell::new(false) }))
        }
        _ => Err(Fault::new(format!("{name}() is not supported: it gives another result every time"))
            .help("write the text itself")),
    }
}

fn range(given: Given) -> Eval<Value> {
    let [a, b, c] = given.take(["start", "stop", "step"])?;
    let first = int(Some(required(a, "stop")?), 0)?;
    let (start, stop) = match b {
        Some(stop) => (first, int(Some(stop), 0)?),
        None => (0, first),
    };
    let step = int(c, 1)?;
    if step == 0 {
        return Err(Fault::new("range() with a step of zero"));
    }
    Ok(Value::object(Object::Range { start, stop, step }))
}
