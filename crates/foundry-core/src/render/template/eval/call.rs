//! Calling values: macros, blocks, loops, methods and functions.

use super::super::ast::{At, Macro};
use super::super::error::{Eval, Fault};
use super::super::value::{Key, MacroValue, Map, Object, Value, equal};
use super::super::{function, method};
use super::{Cx, Frame, Given, Out, inherit, stmt};
use std::rc::Rc;
use std::sync::Arc;

impl Cx<'_> {
    /// Calls a value.
    pub(in super::super) fn call(&self, target: &Value, given: Given) -> Eval<Value> {
        let Value::Object(object) = target else {
            return Err(Fault::new(format!("a {} cannot be called", target.type_name())));
        };
        match &**object {
            Object::Macro(m) => self.call_macro(m, given),
            Object::Method(value, name) => method::call(self, value, name, given),
            Object::Function(name) => function::call(self, name, given),
            Object::Block(bound) => {
                given.none()?;
                inherit::render_block(self, bound)
            }
            Object::Loop(info) => {
                let Some(again) = &info.again else {
                    return Err(Fault::new("this loop is not recursive").help("write {% for … recursive %}"));
                };
                stmt::walk_again(self, again, &given.one("iterable")?, info.depth)
            }
            Object::Joiner { separator, used } => {
                given.none()?;
                Ok(if used.replace(true) { separator.clone() } else { Value::str("") })
            }
            _ => Err(Fault::new(format!("a {} cannot be called", target.type_name()))),
        }
    }

    /// Makes a macro's value, which holds the scope it is defined in.
    pub(super) fn macro_value(&self, definition: &Arc<Macro>) -> Value {
        let mut captured = self.run.captured.borrow_mut();
        if !captured.last().is_some_and(|f| Rc::ptr_eq(f, self.frame)) {
            captured.push(self.frame.clone());
        }
        Value::object(Object::Macro(MacroValue {
            definition: definition.clone(),
            template: self.template.clone(),
            unit: self.unit.clone(),
            frame: self.frame.clone(),
        }))
    }

    fn call_macro(&self, called: &MacroValue, given: Given) -> Eval<Value> {
        self.check_stack()?;
        self.budget().enter()?;
        let frame = Frame::inside(&called.frame);
        let cx = Cx {
            run: self.run,
            unit: &called.unit,
            template: &called.template,
            frame: &frame,
            block: self.block,
        };
        let mut out = Out::default();
        let result =
            cx.bind(&called.definition, given).and_then(|()| cx.body(&called.definition.body, &mut out));
        self.budget().leave();
        match result {
            Ok(()) => Ok(Value::str(out.text)),
            Err(fault) if Arc::ptr_eq(&called.template, self.template) => Err(fault),
            Err(fault) => Err(fault.at(&called.template, At { start: 0, end: 0 })),
        }
    }

    fn bind(&self, definition: &Macro, given: Given) -> Eval<()> {
        let name = &definition.name;
        let params = &definition.params;
        let mut positional = given.positional.into_iter();
        let mut values: Vec<Option<Value>> = positional.by_ref().take(params.len()).map(Some).collect();
        values.resize_with(params.len(), || None);
        let rest: Vec<Value> = positional.collect();
        if !rest.is_empty() && !definition.takes_varargs {
            let most = params.len();
            return Err(Fault::new(format!("macro `{name}` takes at most {most} arguments")));
        }
        if definition.takes_varargs {
            self.frame.set(&"varargs".into(), Value::tuple(rest));
        }
        let mut caller = None;
        let mut more = Map::new();
        for (key, value) in given.named {
            if let Some(at) = params.iter().position(|(n, _)| *n == key) {
                if values[at].replace(value).is_some() {
                    return Err(Fault::new(format!("macro `{name}` got argument `{key}` twice")));
                }
            } else if definition.takes_caller && &*key == "caller" {
                caller = Some(value);
            } else if definition.takes_kwargs {
                more.insert(Key::text(&key), value);
            } else if &*key == "caller" {
                return Err(Fault::new(format!("macro `{name}` does not use `caller`"))
                    .help("call it with {{ … }}, or print caller() in the macro"));
            } else {
                return Err(Fault::new(format!("macro `{name}` takes no argument `{key}`")));
            }
        }
        if definition.takes_kwargs {
            self.frame.set(&"kwargs".into(), Value::dict(more));
        }
        if definition.takes_caller {
            let none = || Value::missing("no caller defined", Some("caller".into()));
            self.frame.set(&"caller".into(), caller.unwrap_or_else(none));
        }
        for ((param, default), value) in params.iter().zip(values) {
            let value = match (value, default) {
                (Some(value), _) => value,
                (None, Some(default)) => self.eval(default)?,
                (None, None) => {
                    Value::missing(format!("parameter `{param}` was not given"), Some(param.clone()))
                }
            };
            self.frame.set(param, value);
        }
        Ok(())
    }

    /// `loop.changed(…)`, `loop.cycle(…)`, `cycler.next()`, `cycler.reset()`.
    pub(in super::super) fn call_object_method(
        &self,
        object: &Object,
        name: &str,
        given: Given,
    ) -> Eval<Value> {
        match (object, name) {
            (Object::Loop(info), "cycle") => {
                if given.positional.is_empty() {
                    return Err(Fault::new("no items for cycling given"));
                }
                Ok(given.positional[info.at.get() % given.positional.len()].clone())
            }
            (Object::Loop(info), "changed") => {
                let now = Value::tuple(given.positional);
                let changed = info.changed.borrow().as_ref().is_none_or(|before| !equal(before, &now));
                *info.changed.borrow_mut() = Some(now);
                Ok(Value::Bool(changed))
            }
            (Object::Cycler { items, at }, "next") => {
                given.none()?;
                let value = items[at.get()].clone();
                at.set((at.get() + 1) % items.len());
                Ok(value)
            }
            (Object::Cycler { at, .. }, "reset") => {
                given.none()?;
                at.set(0);
                Ok(Value::None)
            }
            _ => Err(Fault::new(format!("there is no method `{name}`"))),
        }
    }
}
