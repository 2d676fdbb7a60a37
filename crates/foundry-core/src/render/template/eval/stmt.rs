//! Carrying out statements.

use super::super::ast::{At, Body, Expr, For, Kind, Stmt, Target};
use super::super::error::{Eval, Fault, Jump};
use super::super::value::{LoopInfo, Object, Value};
use super::trace::{Made, named};
use super::{Again, Cx, Frame, Given, Out};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

impl Cx<'_> {
    /// Carries out statements in the current scope.
    pub(super) fn body(&self, body: &Body, out: &mut Out) -> Eval<()> {
        for stmt in body {
            match stmt {
                Stmt::Data(text, at) => self.write(out, text, *at, true)?,
                Stmt::Print(expr) => self.print(expr, out)?,
                other => self.statement(other, out)?,
            }
        }
        Ok(())
    }

    /// Text for which `at` stands, word for word or not.
    fn write(&self, out: &mut Out, text: &str, at: At, verbatim: bool) -> Eval<()> {
        if out.silent {
            return Ok(());
        }
        out.mark(self.template, at, if verbatim { Made::Verbatim } else { Made::Computed(None) });
        self.budget().output(out.text.len() + text.len())?;
        self.budget().make(text.len())?;
        out.text.push_str(text);
        Ok(())
    }

    fn print(&self, expr: &Expr, out: &mut Out) -> Eval<()> {
        if out.silent {
            return Ok(());
        }
        let value = self.eval(expr)?;
        out.mark(self.template, expr.at, Made::Computed(named(expr)));
        let shown =
            value.show(&mut out.text, self.budget()).and_then(|()| self.budget().output(out.text.len()));
        shown.map_err(|fault| fault.at(self.template, expr.at))
    }

    #[inline(never)]
    fn statement(&self, stmt: &Stmt, out: &mut Out) -> Eval<()> {
        self.check_stack()?;
        match stmt {
            Stmt::Data(text, at) => self.write(out, text, *at, true),
            Stmt::Print(expr) => self.print(expr, out),
            Stmt::Do(expr) => self.eval(expr).map(drop),
            Stmt::If(branches, otherwise) => {
                for (test, body) in branches {
                    if self.truth(test)? {
                        return self.body(body, out);
                    }
                }
                self.body(otherwise, out)
            }
            Stmt::For(node) => self.for_loop(node, out),
            Stmt::Set(target, expr) => {
                let value = self.eval(expr)?;
                self.assign(target, value).map_err(|fault| fault.at(self.template, expr.at))
            }
            Stmt::SetBlock(target, filters, body) => {
                let text = self.capture(body)?;
                let value = match filters {
                    Some(filters) => self.filtered(filters, &text)?,
                    None => text,
                };
                self.assign(target, value)
            }
            Stmt::With(values, body) => {
                let frame = Frame::inside(self.frame);
                let inner = self.with_frame(&frame);
                for (target, expr) in values {
                    inner
                        .assign(target, self.eval(expr)?)
                        .map_err(|fault| fault.at(self.template, expr.at))?;
                }
                inner.body(body, out)
            }
            Stmt::Macro(definition) => {
                self.frame.set(&definition.name, self.macro_value(definition));
                Ok(())
            }
            Stmt::CallBlock { call, caller } => self.call_block(call, caller, out),
            Stmt::FilterBlock(filters, body) => {
                let text = self.capture(body)?;
                let value = self.filtered(filters, &text)?;
                let shown = value.text(self.budget()).map_err(|fault| fault.at(self.template, filters.at))?;
                self.write(out, &shown, filters.at, false)
            }
            Stmt::Scope(body) => {
                let frame = Frame::inside(self.frame);
                self.with_frame(&frame).body(body, out)
            }
            Stmt::Jump(jump, at) => Err(Fault::jump(*jump).at(self.template, *at)),
            _ => self.composition(stmt, out),
        }
    }

    fn truth(&self, test: &Expr) -> Eval<bool> {
        self.eval(test)?.truth().map_err(|fault| fault.at(self.template, test.at))
    }

    /// The text that statements make, in a scope of their own.
    fn capture(&self, body: &Body) -> Eval<Value> {
        let mut out = Out::default();
        let frame = Frame::inside(self.frame);
        self.with_frame(&frame).body(body, &mut out)?;
        Ok(Value::str(out.text))
    }

    fn filtered(&self, filters: &Expr, text: &Value) -> Eval<Value> {
        match &filters.kind {
            Kind::Filter(call) => {
                self.filter(call, Some(text)).map_err(|fault| fault.at(self.template, filters.at))
            }
            _ => self.eval(filters),
        }
    }

    fn call_block(&self, call: &Expr, caller: &Arc<super::super::ast::Macro>, out: &mut Out) -> Eval<()> {
        let Kind::Call(callee, args) = &call.kind else { return Ok(()) };
        let result = self.eval(callee).and_then(|target| {
            let mut given: Given = self.given(args)?;
            given.named.push(("caller".into(), self.macro_value(caller)));
            self.call(target.defined()?, given)?.text(self.budget())
        });
        let text = result.map_err(|fault| fault.at(self.template, call.at))?;
        self.write(out, &text, call.at, false)
    }

    /// Gives a value to a target.
    fn assign(&self, target: &Target, value: Value) -> Eval<()> {
        match target {
            Target::Name(name) => {
                self.frame.set(name, value);
                Ok(())
            }
            Target::Attr(name, attr, at) => {
                self.assign_attribute(name, attr, value).map_err(|f| f.at(self.template, *at))
            }
            Target::Tuple(targets, at) => {
                let items = value.elements(self.budget()).map_err(|f| f.at(self.template, *at))?;
                if items.len() != targets.len() {
                    let (given, wanted) = (items.len(), targets.len());
                    let fault = Fault::new(format!("{given} values for {wanted} names"));
                    return Err(fault.at(self.template, *at));
                }
                targets.iter().zip(items).try_for_each(|(target, item)| self.assign(target, item))
            }
        }
    }

    fn assign_attribute(&self, name: &Arc<str>, attr: &Arc<str>, value: Value) -> Eval<()> {
        let at = super::super::ast::At { start: 0, end: 0 };
        let target = self.frame.lookup(name).unwrap_or_else(|| self.lookup(name, at));
        if let Value::Object(object) = &target
            && let Object::Namespace(data) = &**object
        {
            super::super::value::check_nesting(&value, &target, self.budget())?;
            data.borrow_mut().insert(attr.clone(), value);
            return Ok(());
        }
        Err(Fault::new(format!("cannot assign an attribute of `{name}`: it is not a namespace"))
            .help(format!("make it one with {{% set {name} = namespace() %}}")))
    }

    fn for_loop(&self, node: &Arc<For>, out: &mut Out) -> Eval<()> {
        let iterable = self.eval(&node.iterable)?;
        self.walk(node, &iterable, 1, out)
    }

    fn walk(&self, node: &Arc<For>, iterable: &Value, depth: usize, out: &mut Out) -> Eval<()> {
        let items =
            iterable.elements(self.budget()).map_err(|fault| fault.at(self.template, node.iterable.at))?;
        self.budget().make(items.len() * 32)?;
        let items = match &node.test {
            Some(test) => self.passing(node, test, items)?,
            None => items,
        };
        if items.is_empty() {
            let frame = Frame::inside(self.frame);
            return self.with_frame(&frame).body(&node.otherwise, out);
        }
        let items = Rc::new(items);
        let again = node.recursive.then(|| {
            let (template, unit) = (self.template.clone(), self.unit.clone());
            Again { node: node.clone(), template, unit, frame: self.frame.clone() }
        });
        let info = Rc::new(Object::Loop(LoopInfo {
            items: items.clone(),
            at: Cell::new(0),
            depth,
            changed: RefCell::default(),
            again,
        }));
        self.budget().enter()?;
        let result = self.iterate(node, &items, &info, out);
        self.budget().leave();
        result
    }

    /// The items for which the loop's own `if` holds.
    fn passing(&self, node: &For, test: &Expr, items: Vec<Value>) -> Eval<Vec<Value>> {
        let frame = Frame::inside(self.frame);
        let inner = self.with_frame(&frame);
        let mut passing = Vec::with_capacity(items.len());
        for item in items {
            inner.assign(&node.target, item.clone())?;
            if inner.truth(test)? {
                passing.push(item);
            }
        }
        Ok(passing)
    }

    fn iterate(&self, node: &For, items: &[Value], info: &Rc<Object>, out: &mut Out) -> Eval<()> {
        let name: Arc<str> = "loop".into();
        let mut frame = Frame::inside(self.frame);
        for (at, item) in items.iter().enumerate() {
            self.budget().work(1)?;
            if let Object::Loop(info) = &**info {
                info.at.set(at);
            }
            if Rc::strong_count(&frame) == 1 {
                frame.vars.borrow_mut().clear();
            } else {
                frame = Frame::inside(self.frame);
            }
            frame.set(&name, Value::Object(info.clone()));
            let inner = self.with_frame(&frame);
            inner.assign(&node.target, item.clone())?;
            match inner.body(&node.body, out) {
                Err(fault) if fault.jump == Some(Jump::Break) => break,
                Err(fault) if fault.jump == Some(Jump::Continue) => {}
                other => other?,
            }
        }
        Ok(())
    }
}

/// `loop(iterable)`: the same loop over the children, as text.
pub(super) fn walk_again(cx: &Cx<'_>, again: &Again, iterable: &Value, depth: usize) -> Eval<Value> {
    cx.check_stack()?;
    let inner = Cx {
        run: cx.run,
        unit: &again.unit,
        template: &again.template,
        frame: &again.frame,
        block: cx.block,
    };
    let mut out = Out::default();
    inner.walk(&again.node, iterable, depth + 1, &mut out)?;
    Ok(Value::str(out.text))
}
