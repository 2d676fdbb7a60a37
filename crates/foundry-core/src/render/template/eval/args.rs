//! The arguments of a call, and taking them by name or position.

use super::super::ast::Name;
use super::super::error::{Eval, Fault};
use super::super::value::Value;
use super::Cx;
use std::sync::Arc;

/// The arguments that a call gives.
#[derive(Default)]
pub(in super::super) struct Given {
    pub(in super::super) positional: Vec<Value>,
    pub(in super::super) named: Vec<(Name, Value)>,
}

impl Given {
    pub(in super::super) fn of(positional: Vec<Value>) -> Given {
        Given { positional, named: Vec::new() }
    }

    /// The arguments in the order of `names`; one too many, unknown or double is a fault.
    pub(in super::super) fn take<const N: usize>(self, names: [&str; N]) -> Eval<[Option<Value>; N]> {
        let mut taken = [const { None }; N];
        if self.positional.len() > N {
            let given = self.positional.len();
            return Err(Fault::new(format!("{given} arguments given, at most {N} taken")));
        }
        for (slot, value) in taken.iter_mut().zip(self.positional) {
            *slot = Some(value);
        }
        for (name, value) in self.named {
            let Some(at) = names.iter().position(|n| *n == &*name) else {
                let known = names.join(", ");
                let fault = Fault::new(format!("unknown argument `{name}`"));
                return Err(if known.is_empty() {
                    fault
                } else {
                    fault.help(format!("use one of: {known}"))
                });
            };
            if taken[at].replace(value).is_some() {
                return Err(Fault::new(format!("argument `{name}` is given twice")));
            }
        }
        Ok(taken)
    }

    /// No arguments, or a fault.
    pub(in super::super) fn none(self) -> Eval<()> {
        self.take([]).map(|[]: [Option<Value>; 0]| ())
    }

    /// The one argument that is required.
    pub(in super::super) fn one(self, name: &str) -> Eval<Value> {
        let [value] = self.take([name])?;
        required(value, name)
    }
}

/// An argument that must be given.
pub(in super::super) fn required(value: Option<Value>, name: &str) -> Eval<Value> {
    value.ok_or_else(|| Fault::new(format!("argument `{name}` is missing")))
}

/// An integer argument.
pub(in super::super) fn int(value: Option<Value>, default: i128) -> Eval<i128> {
    match value {
        None => Ok(default),
        Some(value) => value
            .defined()?
            .as_int()
            .ok_or_else(|| Fault::new(format!("expected an integer, got {}", value.type_name()))),
    }
}

/// A length or count: an integer that is not negative.
pub(in super::super) fn count(value: Option<Value>, default: usize) -> Eval<usize> {
    Ok(usize::try_from(int(value, default as i128)?.max(0)).unwrap_or(usize::MAX))
}

/// A truth argument.
pub(in super::super) fn flag(value: Option<Value>, default: bool) -> Eval<bool> {
    value.map_or(Ok(default), |v| v.truth())
}

/// A text argument; other types are an error, as in Python's string methods.
pub(in super::super) fn text(value: Option<Value>, default: &str) -> Eval<Arc<str>> {
    match value {
        None => Ok(default.into()),
        Some(Value::Str(text)) => Ok(text),
        Some(other) => Err(Fault::new(format!("expected a text, got {}", other.defined()?.type_name()))),
    }
}

/// An argument that may be missing or `none`.
pub(in super::super) fn optional(value: Option<Value>) -> Option<Value> {
    value.filter(|v| !matches!(v, Value::None))
}

impl Cx<'_> {
    /// A text argument; other types are made text.
    pub(in super::super) fn text_of(&self, value: Option<Value>, default: &str) -> Eval<Arc<str>> {
        value.map_or(Ok(default.into()), |v| v.text(self.budget()))
    }
}
