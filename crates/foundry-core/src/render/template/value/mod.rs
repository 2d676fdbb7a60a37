//! Values during a render: what Python would have, with Python's manners.

mod compare;
mod convert;
mod nesting;
mod object;
mod show;

pub(super) use compare::{Key, equal, order};
pub(super) use convert::from_json;
pub(super) use nesting::check_nesting;
pub(super) use object::{Bound, LoopInfo, MacroValue, ModuleValue, Object, view};
pub(super) use show::float;

use super::error::{Eval, Fault, Place};
use super::limits::Budget;
use indexmap::IndexMap;
use std::cell::{RefCell, RefMut};
use std::rc::Rc;
use std::sync::Arc;

/// A value; containers are shared, as in Python.
#[derive(Clone)]
pub(super) enum Value {
    Undefined(Rc<Missing>),
    None,
    Bool(bool),
    Int(i128),
    Float(f64),
    Str(Arc<str>),
    Bytes(Arc<[u8]>),
    List(Rc<List>),
    Tuple(Rc<Tuple>),
    Dict(Rc<Dict>),
    Object(Rc<Object>),
}

/// What an undefined value was, for the error that its use raises.
pub(super) struct Missing {
    pub(super) message: String,
    pub(super) name: Option<Arc<str>>,
    pub(super) help: Option<String>,
    pub(super) place: Option<Place>,
    /// From an `if` without `else`: prints as nothing.
    pub(super) silent: bool,
}

#[derive(Default)]
pub(super) struct List(pub(super) RefCell<Vec<Value>>);
#[derive(Default)]
pub(super) struct Tuple(pub(super) Vec<Value>);
pub(super) type Map = IndexMap<Key, Value>;
#[derive(Default)]
pub(super) struct Dict(pub(super) RefCell<Map>);

impl List {
    /// The items, to be changed in place.
    pub(super) fn change(&self) -> RefMut<'_, Vec<Value>> {
        super::shared::changed();
        self.0.borrow_mut()
    }
}

impl Dict {
    /// The entries, to be changed in place.
    pub(super) fn change(&self) -> RefMut<'_, Map> {
        super::shared::changed();
        self.0.borrow_mut()
    }
}

impl Value {
    pub(super) fn str(text: impl Into<Arc<str>>) -> Value {
        Value::Str(text.into())
    }

    pub(super) fn list(items: Vec<Value>) -> Value {
        Value::List(Rc::new(List(RefCell::new(items))))
    }

    pub(super) fn tuple(items: Vec<Value>) -> Value {
        Value::Tuple(Rc::new(Tuple(items)))
    }

    pub(super) fn dict(map: Map) -> Value {
        Value::Dict(Rc::new(Dict(RefCell::new(map))))
    }

    pub(super) fn object(object: Object) -> Value {
        Value::Object(Rc::new(object))
    }

    /// One-shot items, as Python's generators.
    pub(super) fn generator(items: Vec<Value>) -> Value {
        Value::object(Object::Generator(RefCell::new(Some(items))))
    }

    pub(super) fn int(n: usize) -> Value {
        Value::Int(n as i128)
    }

    /// A value that is missing because of `message`.
    pub(super) fn missing(message: impl Into<String>, name: Option<Arc<str>>) -> Value {
        Value::Undefined(Rc::new(Missing {
            message: message.into(),
            name,
            help: None,
            place: None,
            silent: false,
        }))
    }

    pub(super) fn is_undefined(&self) -> bool {
        matches!(self, Value::Undefined(_))
    }

    /// The value, or the fault that it is undefined.
    pub(super) fn defined(&self) -> Eval<&Value> {
        match self {
            Value::Undefined(missing) if !missing.silent => Err(missing.fault()),
            other => Ok(other),
        }
    }

    /// Python's name of the type, for messages.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Value::Undefined(_) => "undefined",
            Value::None => "NoneType",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float",
            Value::Str(_) => "str",
            Value::Bytes(_) => "bytes",
            Value::List(_) => "list",
            Value::Tuple(_) => "tuple",
            Value::Dict(_) => "dict",
            Value::Object(object) => object.type_name(),
        }
    }

    /// Python's truth; an undefined value has none.
    pub(super) fn truth(&self) -> Eval<bool> {
        Ok(match self.defined()? {
            Value::Undefined(_) | Value::None => false,
            Value::Bool(b) => *b,
            Value::Int(n) => *n != 0,
            Value::Float(n) => *n != 0.0,
            Value::Str(s) => !s.is_empty(),
            Value::Bytes(b) => !b.is_empty(),
            Value::List(items) => !items.0.borrow().is_empty(),
            Value::Tuple(items) => !items.0.is_empty(),
            Value::Dict(map) => !map.0.borrow().is_empty(),
            Value::Object(object) => object.truth(),
        })
    }

    /// The text of a string.
    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(s) => Some(s),
            _ => None,
        }
    }

    /// An integer; a boolean counts as one.
    pub(super) fn as_int(&self) -> Option<i128> {
        match self {
            Value::Int(n) => Some(*n),
            Value::Bool(b) => Some(i128::from(*b)),
            _ => None,
        }
    }

    /// A number as a float.
    pub(super) fn as_float(&self) -> Option<f64> {
        match self {
            Value::Float(n) => Some(*n),
            other => other.as_int().map(|n| n as f64),
        }
    }

    /// The number of elements, as Python's `len`.
    pub(super) fn len(&self) -> Eval<usize> {
        Ok(match self.defined()? {
            Value::Str(s) => s.chars().count(),
            Value::Bytes(b) => b.len(),
            Value::List(items) => items.0.borrow().len(),
            Value::Tuple(items) => items.0.len(),
            Value::Dict(map) => map.0.borrow().len(),
            Value::Undefined(_) => 0,
            Value::Object(object) => match object.len() {
                Some(n) => n,
                None => return Err(self.no_len()),
            },
            _ => return Err(self.no_len()),
        })
    }

    fn no_len(&self) -> Box<Fault> {
        let fault = Fault::new(format!("a {} has no length", self.type_name()));
        if self.type_name() == "generator" { fault.help("apply `| list` before it") } else { fault }
    }

    /// The elements, as a Python `for` sees them; a generator is used up by it.
    pub(super) fn elements(&self, budget: &Budget) -> Eval<Vec<Value>> {
        let count = match self.defined()? {
            Value::Str(s) => s.len() * 2,
            Value::Bytes(b) => b.len(),
            other => other.len().unwrap_or(0),
        };
        budget.make(count.saturating_mul(32))?;
        budget.work(count)?;
        Ok(match self {
            Value::Str(s) => s.chars().map(|c| Value::str(c.encode_utf8(&mut [0; 4]) as &str)).collect(),
            Value::Bytes(b) => b.iter().map(|b| Value::Int(i128::from(*b))).collect(),
            Value::List(items) => items.0.borrow().clone(),
            Value::Tuple(items) => items.0.clone(),
            Value::Dict(map) => map.0.borrow().keys().map(|k| k.0.clone()).collect(),
            Value::Object(object) => match object.elements() {
                Some(items) => items,
                None => return Err(self.not_iterable()),
            },
            Value::Undefined(_) => Vec::new(),
            _ => return Err(self.not_iterable()),
        })
    }

    fn not_iterable(&self) -> Box<Fault> {
        Fault::new(format!("a value of type {} is not iterable", self.type_name()))
    }

    /// Moves what this container holds into `into`, if nobody else holds it.
    fn dismantle(self, into: &mut Vec<Value>) {
        match self {
            Value::List(rc) => {
                if let Some(list) = Rc::into_inner(rc) {
                    into.append(&mut list.0.borrow_mut());
                }
            }
            Value::Tuple(rc) => {
                if let Some(mut tuple) = Rc::into_inner(rc) {
                    into.append(&mut tuple.0);
                }
            }
            Value::Dict(rc) => {
                if let Some(dict) = Rc::into_inner(rc) {
                    into.extend(dict.0.borrow_mut().drain(..).map(|(_, v)| v));
                }
            }
            Value::Object(rc) => {
                if let Some(mut object) = Rc::into_inner(rc) {
                    into.append(&mut object.dismantle());
                }
            }
            _ => {}
        }
    }

    fn is_container(&self) -> bool {
        matches!(self, Value::List(_) | Value::Tuple(_) | Value::Dict(_) | Value::Object(_))
    }
}

/// Frees nested containers in a loop: a million levels must not overflow the stack.
fn free(mut waiting: Vec<Value>) {
    while let Some(value) = waiting.pop() {
        value.dismantle(&mut waiting);
    }
}

fn holds_containers(items: &[Value]) -> bool {
    items.iter().any(Value::is_container)
}

impl Drop for List {
    fn drop(&mut self) {
        let items = self.0.get_mut();
        if holds_containers(items) {
            free(std::mem::take(items));
        }
    }
}

impl Drop for Tuple {
    fn drop(&mut self) {
        if holds_containers(&self.0) {
            free(std::mem::take(&mut self.0));
        }
    }
}

impl Drop for Dict {
    fn drop(&mut self) {
        let map = self.0.get_mut();
        if map.values().any(Value::is_container) {
            free(map.drain(..).map(|(_, v)| v).collect());
        }
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        let parts = self.dismantle();
        if holds_containers(&parts) {
            free(parts);
        }
    }
}

impl Missing {
    pub(super) fn fault(&self) -> Box<Fault> {
        let mut fault = Fault::new(self.message.clone());
        fault.undefined = self.name.clone();
        fault.help = self.help.clone();
        fault.place = self.place.clone();
        fault
    }
}
