//! Values that are neither numbers, texts nor containers: macros, loops, generators and their kind.

use super::super::ast::Macro;
use super::super::compile::Compiled;
use super::super::eval::{Frame, Unit};
use super::{Map, Value};
use indexmap::IndexMap;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

/// A value with behaviour.
pub(in super::super) enum Object {
    Namespace(RefCell<IndexMap<Arc<str>, Value>>),
    Macro(MacroValue),
    Module(ModuleValue),
    Loop(LoopInfo),
    /// Items that can be taken once.
    Generator(RefCell<Option<Vec<Value>>>),
    /// A tuple of `grouper` and `list`, from `groupby`.
    Group(Vec<Value>),
    /// `dict_keys`, `dict_values`, `dict_items`.
    View(&'static str, Vec<Value>),
    Range {
        start: i128,
        stop: i128,
        step: i128,
    },
    Cycler {
        items: Vec<Value>,
        at: Cell<usize>,
    },
    Joiner {
        separator: Value,
        used: Cell<bool>,
    },
    /// A method that is not called yet.
    Method(Value, Arc<str>),
    /// A global function by its name.
    Function(&'static str),
    /// `self`.
    Blocks(Rc<Unit>),
    /// `self.name` and `super`: the block and how many definitions up.
    Block(Bound),
}

/// A block to be rendered: in which template's run, which block, which of its definitions.
#[derive(Clone)]
pub(in super::super) struct Bound {
    pub(in super::super) unit: Rc<Unit>,
    pub(in super::super) name: Arc<str>,
    pub(in super::super) level: usize,
}

/// A macro and the scope in which it was defined.
pub(in super::super) struct MacroValue {
    pub(in super::super) definition: Arc<Macro>,
    pub(in super::super) template: Arc<Compiled>,
    pub(in super::super) unit: Rc<Unit>,
    pub(in super::super) frame: Rc<Frame>,
}

/// An imported template: what it exports and what it printed.
pub(in super::super) struct ModuleValue {
    pub(in super::super) name: Arc<str>,
    pub(in super::super) frame: Rc<Frame>,
    pub(in super::super) text: Arc<str>,
}

/// `loop` inside a `for`.
pub(in super::super) struct LoopInfo {
    pub(in super::super) items: Rc<Vec<Value>>,
    pub(in super::super) at: Cell<usize>,
    pub(in super::super) depth: usize,
    pub(in super::super) changed: RefCell<Option<Value>>,
    /// How to render the loop again for `loop(children)`.
    pub(in super::super) again: Option<super::super::eval::Again>,
}

impl Object {
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Object::Namespace(_) => "Namespace",
            Object::Macro(_) => "Macro",
            Object::Module(_) => "TemplateModule",
            Object::Loop(_) => "LoopContext",
            Object::Generator(_) => "generator",
            Object::Group(_) => "tuple",
            Object::View(name, _) => name,
            Object::Range { .. } => "range",
            Object::Cycler { .. } => "Cycler",
            Object::Joiner { .. } => "Joiner",
            Object::Method(..) => "builtin_function_or_method",
            Object::Function(_) => "function",
            Object::Blocks(_) => "TemplateReference",
            Object::Block(_) => "BlockReference",
        }
    }

    pub(super) fn truth(&self) -> bool {
        match self {
            Object::View(_, items) => !items.is_empty(),
            Object::Range { .. } => self.len() != Some(0),
            _ => true,
        }
    }

    pub(super) fn len(&self) -> Option<usize> {
        match self {
            Object::View(_, items) | Object::Group(items) => Some(items.len()),
            Object::Range { start, stop, step } => Some(range_len(*start, *stop, *step)),
            Object::Loop(info) => Some(info.items.len()),
            _ => None,
        }
    }

    /// The elements for `for`; takes them from a generator.
    pub(super) fn elements(&self) -> Option<Vec<Value>> {
        match self {
            Object::Generator(items) => Some(items.borrow_mut().take().unwrap_or_default()),
            Object::Range { start, step, .. } => {
                Some((0..self.len()?).map(|i| Value::Int(start + step * i as i128)).collect())
            }
            Object::View(_, items) | Object::Group(items) => Some(items.clone()),
            Object::Loop(info) => Some(info.items.to_vec()),
            _ => None,
        }
    }

    /// The elements where taking them changes nothing.
    pub(super) fn elements_if_stable(&self) -> Option<Vec<Value>> {
        match self {
            Object::Generator(_) | Object::Loop(_) => None,
            other => other.elements(),
        }
    }

    pub(in super::super) fn callable(&self) -> bool {
        !matches!(
            self,
            Object::Namespace(_)
                | Object::Module(_)
                | Object::Generator(_)
                | Object::Group(_)
                | Object::View(..)
                | Object::Range { .. }
                | Object::Blocks(_)
                | Object::Cycler { .. }
        )
    }
}

fn range_len(start: i128, stop: i128, step: i128) -> usize {
    let span = if step > 0 { stop.saturating_sub(start) } else { start.saturating_sub(stop) };
    let step = step.unsigned_abs();
    if span <= 0 {
        0
    } else {
        usize::try_from((span.unsigned_abs() - 1) / step.max(1) + 1).unwrap_or(usize::MAX)
    }
}

/// The entries of a mapping as a view: `keys`, `values` or `items`.
pub(in super::super) fn view(kind: &str, map: &Map) -> Value {
    let (name, items): (&'static str, Vec<Value>) = match kind {
        "keys" => ("dict_keys", map.keys().map(|k| k.0.clone()).collect()),
        "values" => ("dict_values", map.values().cloned().collect()),
        _ => ("dict_items", map.iter().map(|(k, v)| Value::tuple(vec![k.0.clone(), v.clone()])).collect()),
    };
    Value::object(Object::View(name, items))
}
