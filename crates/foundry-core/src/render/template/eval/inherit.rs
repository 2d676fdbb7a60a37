//! Templates that use others: extends, blocks, include and import.

use super::super::ast::{At, Expr, Stmt};
use super::super::compile::Compiled;
use super::super::error::{Eval, Fault};
use super::super::value::{Bound, ModuleValue, Object, Value};
use super::{Cx, Frame, Out, Run, Unit, exported, nearest};
use std::rc::Rc;
use std::sync::Arc;

/// Runs a template and those it extends, in one scope.
pub(super) fn run_template(
    run: &Run<'_>,
    unit: &Rc<Unit>,
    template: &Arc<Compiled>,
    out: &mut Out,
) -> Eval<()> {
    let mut template = template.clone();
    let mut parents = 0;
    loop {
        let cx = Cx { run, unit, template: &template, frame: &unit.root, block: None };
        cx.body(&template.body, out).map_err(|fault| cx.suggest(fault))?;
        out.silent = false;
        let Some(parent) = unit.parent.take() else { return Ok(()) };
        parents += 1;
        if parents > 50 {
            return Err(Fault::new("templates extend each other more than 50 times")
                .help("look for a cycle of `extends`"));
        }
        template = parent;
    }
}

/// `self.name`
pub(super) fn block_reference(unit: &Rc<Unit>, name: &str) -> Option<Value> {
    let name = unit.blocks.borrow().get_key_value(name)?.0.clone();
    Some(Value::object(Object::Block(Bound { unit: unit.clone(), name, level: 0 })))
}

/// A block as text: for `super()` and `self.name()`.
pub(super) fn render_block(cx: &Cx<'_>, bound: &Bound) -> Eval<Value> {
    let mut out = Out::default();
    run_block(cx, bound, &bound.unit.root, &mut out)?;
    Ok(Value::str(out.text))
}

fn run_block(cx: &Cx<'_>, bound: &Bound, parent: &Rc<Frame>, out: &mut Out) -> Eval<()> {
    let found = bound.unit.blocks.borrow().get(&bound.name).and_then(|all| all.get(bound.level).cloned());
    let Some((template, block)) = found else {
        return Err(Fault::new(format!("there is no parent block called `{}`", bound.name)));
    };
    if block.required {
        return Err(Fault::new(format!("required block `{}` is not defined", bound.name)));
    }
    cx.check_stack()?;
    cx.budget().enter()?;
    let frame = Frame::inside(parent);
    let inner = Cx { run: cx.run, unit: &bound.unit, template: &template, frame: &frame, block: Some(bound) };
    let result = inner.body(&block.body, out);
    cx.budget().leave();
    result
}

impl Cx<'_> {
    /// Statements that bring in other templates.
    pub(super) fn composition(&self, stmt: &Stmt, out: &mut Out) -> Eval<()> {
        match stmt {
            Stmt::Block(block, at) => {
                if out.silent {
                    return Ok(());
                }
                let bound = Bound { unit: self.unit.clone(), name: block.name.clone(), level: 0 };
                let parent = if block.scoped { self.frame } else { &self.unit.root };
                run_block(self, &bound, parent, out).map_err(|fault| fault.at(self.template, *at))
            }
            Stmt::Extends(name, at) => self.extends(name, *at, out),
            Stmt::Include { name, ignore_missing, with_context, at } => {
                self.include(name, *ignore_missing, *with_context, *at, out)
            }
            Stmt::Import { name, target, with_context, at } => {
                let module = self.import(name, *with_context, *at)?;
                self.frame.set(target, Value::Object(module));
                Ok(())
            }
            Stmt::From { name, names, with_context, at } => {
                let module = self.import(name, *with_context, *at)?;
                let Object::Module(module) = &*module else { return Ok(()) };
                for (import, alias, at) in names {
                    let value =
                        exported(module, import).unwrap_or_else(|| self.not_exported(module, import, *at));
                    self.frame.set(alias, value);
                }
                Ok(())
            }
            _ => Err(Fault::new("a statement of an unknown kind")),
        }
    }

    fn not_exported(&self, module: &ModuleValue, name: &Arc<str>, at: At) -> Value {
        Value::Undefined(Rc::new(super::Missing {
            message: format!("template `{}` has no `{name}` to import", module.name),
            name: Some(name.clone()),
            help: None,
            place: Some(self.place(at)),
            silent: false,
        }))
    }

    fn extends(&self, name: &Expr, at: At, out: &mut Out) -> Eval<()> {
        if !Rc::ptr_eq(self.frame, &self.unit.root) {
            return Err(Fault::new("`extends` must stand at the top level").at(self.template, at));
        }
        if self.unit.parent.borrow().is_some() {
            return Err(Fault::new("this template already extends another").at(self.template, at));
        }
        let value = self.eval(name)?;
        let Some(parent) = self.find(&value, name)? else { return Err(self.no_template(&value, name)) };
        for block in &parent.blocks {
            let mut blocks = self.unit.blocks.borrow_mut();
            blocks.entry(block.name.clone()).or_default().push((parent.clone(), block.clone()));
        }
        *self.unit.parent.borrow_mut() = Some(parent);
        out.silent = true;
        Ok(())
    }

    fn include(
        &self,
        name: &Expr,
        ignore_missing: bool,
        with_context: bool,
        at: At,
        out: &mut Out,
    ) -> Eval<()> {
        let value = self.eval(name)?;
        let template = match self.find(&value, name)? {
            Some(template) => template,
            None if ignore_missing => return Ok(()),
            None => return Err(self.no_template(&value, name)),
        };
        let root = if with_context { Frame::included(self.frame) } else { Rc::default() };
        let unit = Unit::new(&template, root, with_context && self.unit.visible);
        self.nested(&unit, &template, at, out)
    }

    fn nested(&self, unit: &Rc<Unit>, template: &Arc<Compiled>, at: At, out: &mut Out) -> Eval<()> {
        self.check_stack()?;
        self.budget().enter()?;
        let silent = out.silent;
        let result = run_template(self.run, unit, template, out);
        out.silent = silent;
        self.budget().leave();
        result.map_err(|fault| fault.at(template, At { start: 0, end: 0 }).through(self.template, at))
    }

    fn import(&self, name: &Expr, with_context: bool, at: At) -> Eval<Rc<Object>> {
        let value = self.eval(name)?;
        let Some(template) = self.find(&value, name)? else { return Err(self.no_template(&value, name)) };
        let cached = self.run.modules.borrow().get(&template.name).cloned();
        if let (false, Some(module)) = (with_context, cached) {
            return Ok(module);
        }
        let root = if with_context { Frame::included(self.frame) } else { Rc::default() };
        let unit = Unit::new(&template, root, with_context && self.unit.visible);
        let mut out = Out::default();
        self.nested(&unit, &template, at, &mut out)?;
        let (name, frame) = (template.name.clone(), unit.root.clone());
        let module =
            Rc::new(Object::Module(ModuleValue { name: name.clone(), frame, text: out.text.into() }));
        if !with_context {
            self.run.modules.borrow_mut().insert(name, module.clone());
        }
        Ok(module)
    }

    /// The template of a name, or the first that exists of a list of names.
    fn find(&self, value: &Value, name: &Expr) -> Eval<Option<Arc<Compiled>>> {
        let names = match value.defined().map_err(|fault| fault.at(self.template, name.at))? {
            Value::Str(one) => vec![Value::Str(one.clone())],
            Value::List(_) | Value::Tuple(_) => value.elements(self.budget())?,
            other => {
                let fault = Fault::new(format!("expected a template's name, got {}", other.type_name()));
                return Err(fault.at(self.template, name.at));
            }
        };
        for one in names {
            let Some((template, error)) = one.as_str().and_then(|n| self.run.templates.find(n)) else {
                continue;
            };
            if let Some((at, error)) = error {
                let mut fault = Fault::new(error.message.clone());
                fault.help = error.help.clone();
                return Err(fault.at(template, *at).through(self.template, name.at));
            }
            return Ok(Some(template.clone()));
        }
        Ok(None)
    }

    fn no_template(&self, value: &Value, name: &Expr) -> Box<Fault> {
        let fault = match value {
            Value::Str(wanted) if self.may_show() => {
                let fault = Fault::new(format!("no template `{wanted}`"));
                match nearest(wanted, self.run.templates.names().into_iter()) {
                    Some(near) => fault.help(format!("write '{near}'")),
                    None => fault.help("name it as its file is called in templates/"),
                }
            }
            _ => Fault::new("none of these templates exists"),
        };
        fault.at(self.template, name.at)
    }
}
