//! Keeps containers free of cycles: a list that holds itself could be neither printed nor freed.

use super::super::error::{Eval, Fault};
use super::super::limits::Budget;
use super::{Object, Value};
use std::rc::Rc;

/// Whether `item` may be put into `target`: not if `target` is already somewhere inside `item`.
pub(in super::super) fn check_nesting(item: &Value, target: &Value, budget: &Budget) -> Eval<()> {
    let mut waiting = vec![item.clone()];
    while let Some(value) = waiting.pop() {
        budget.work(1)?;
        if same(&value, target) {
            return Err(
                Fault::new("a container cannot hold itself").help("put a copy in: `| list` or .copy()")
            );
        }
        match &value {
            Value::List(items) => waiting.extend(items.0.borrow().iter().filter(|v| holds(v)).cloned()),
            Value::Tuple(items) => waiting.extend(items.0.iter().filter(|v| holds(v)).cloned()),
            Value::Dict(map) => waiting.extend(map.0.borrow().values().filter(|v| holds(v)).cloned()),
            Value::Object(object) => waiting.extend(object.parts().into_iter().filter(holds)),
            _ => {}
        }
    }
    Ok(())
}

fn holds(value: &Value) -> bool {
    matches!(value, Value::List(_) | Value::Tuple(_) | Value::Dict(_) | Value::Object(_))
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::List(a), Value::List(b)) => Rc::ptr_eq(a, b),
        (Value::Dict(a), Value::Dict(b)) => Rc::ptr_eq(a, b),
        (Value::Object(a), Value::Object(b)) => Rc::ptr_eq(a, b),
        _ => false,
    }
}

impl Object {
    /// The values that this one holds.
    fn parts(&self) -> Vec<Value> {
        match self {
            Object::Namespace(data) => data.borrow().values().cloned().collect(),
            Object::Generator(items) => items.borrow().clone().unwrap_or_default(),
            Object::View(_, items) | Object::Group(items) | Object::Cycler { items, .. } => items.clone(),
            Object::Joiner { separator: value, .. } | Object::Method(value, _) => vec![value.clone()],
            Object::Loop(info) => info.items.to_vec(),
            _ => Vec::new(),
        }
    }

    /// Takes the values out that this one holds, so that they can be freed in a loop.
    pub(super) fn dismantle(&mut self) -> Vec<Value> {
        match self {
            Object::Namespace(data) => data.get_mut().drain(..).map(|(_, v)| v).collect(),
            Object::Generator(items) => items.get_mut().take().unwrap_or_default(),
            Object::View(_, items) | Object::Group(items) | Object::Cycler { items, .. } => {
                std::mem::take(items)
            }
            Object::Joiner { separator: value, .. } | Object::Method(value, _) => {
                vec![std::mem::replace(value, Value::None)]
            }
            _ => Vec::new(),
        }
    }
}
