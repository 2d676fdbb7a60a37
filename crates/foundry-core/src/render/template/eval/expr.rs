//! The value of an expression.

use super::super::ast::{self, Cmp, Expr, Kind};
use super::super::error::{Eval, Fault};
use super::super::value::{Key, Map, Missing, Value, equal, order};
use super::super::{filter, method, test};
use super::{Cx, Given, ops};
use std::cmp::Ordering;
use std::rc::Rc;
use std::sync::Arc;

impl Cx<'_> {
    /// Evaluates an expression; a fault gets the expression's place unless it has a closer one.
    pub(in super::super) fn eval(&self, expr: &Expr) -> Eval<Value> {
        self.budget().work(1).and_then(|()| self.kind(expr)).map_err(|fault| fault.at(self.template, expr.at))
    }

    fn kind(&self, expr: &Expr) -> Eval<Value> {
        Ok(match &expr.kind {
            Kind::None => Value::None,
            Kind::Bool(b) => Value::Bool(*b),
            Kind::Int(n) => Value::Int(*n),
            Kind::Float(n) => Value::Float(*n),
            Kind::Str(s) => Value::Str(s.clone()),
            Kind::Name(name) => self.lookup(name, expr.at),
            Kind::Tuple(items) => Value::tuple(self.all(items)?),
            Kind::List(items) => Value::list(self.all(items)?),
            Kind::Dict(items) => self.dict(items)?,
            Kind::Filter(call) => return self.filter(call, None),
            Kind::Test(call) => Value::Bool(self.test(call)?),
            Kind::Call(callee, args) => return self.call_expr(callee, args),
            Kind::And(a, b) => {
                let a = self.eval(a)?;
                if a.truth()? { self.eval(b)? } else { a }
            }
            Kind::Or(a, b) => {
                let a = self.eval(a)?;
                if a.truth()? { a } else { self.eval(b)? }
            }
            Kind::Cond { test, yes, no } => return self.conditional(test, yes, no.as_deref()),
            _ => return self.deeper(expr),
        })
    }

    /// The kinds that recurse; apart from the others to keep their stack frame small.
    fn deeper(&self, expr: &Expr) -> Eval<Value> {
        self.check_stack()?;
        match &expr.kind {
            Kind::Attr(inner, name) => {
                let value = self.eval(inner)?;
                let found = ops::attribute(self, value.defined()?, name)?;
                Ok(found.unwrap_or_else(|| self.no_entry(expr, inner, &value, Some(name))))
            }
            Kind::Item(inner, index) => {
                let value = self.eval(inner)?;
                let index_value = self.eval(index)?;
                let found = ops::item(self, value.defined()?, index_value.defined()?)?;
                let literal = match &index.kind {
                    Kind::Str(s) => Some(&**s),
                    _ => None,
                };
                Ok(found.unwrap_or_else(|| self.no_entry(expr, inner, &value, literal)))
            }
            Kind::Slice(inner, parts) => {
                let value = self.eval(inner)?;
                let [start, stop, step] = &**parts;
                let part = |p: &Option<Expr>| p.as_ref().map(|e| self.eval(e)).transpose();
                ops::slice(self, &value, [part(start)?, part(stop)?, part(step)?])
            }
            Kind::Not(inner) => Ok(Value::Bool(!self.eval(inner)?.truth()?)),
            Kind::Neg(inner) => ops::negate(&self.eval(inner)?),
            Kind::Pos(inner) => ops::positive(&self.eval(inner)?),
            Kind::Binary(op, a, b) => {
                let (a, b) = (self.eval(a)?, self.eval(b)?);
                ops::binary(self, *op, a.defined()?, b.defined()?)
            }
            Kind::Concat(parts) => {
                let mut text = String::new();
                for part in parts {
                    self.eval(part)?.show(&mut text, self.budget())?;
                }
                self.budget().make(text.len())?;
                Ok(Value::str(text))
            }
            Kind::Compare(first, rest) => Ok(Value::Bool(self.compare(first, rest)?)),
            _ => Err(Fault::new("an expression of an unknown kind")),
        }
    }

    fn all(&self, items: &[Expr]) -> Eval<Vec<Value>> {
        self.budget().make(items.len() * 32)?;
        items.iter().map(|e| self.eval(e)).collect()
    }

    fn dict(&self, items: &[(Expr, Expr)]) -> Eval<Value> {
        self.budget().make(items.len() * 80)?;
        let mut map = Map::with_capacity(items.len());
        for (key, value) in items {
            map.insert(Key::new(self.eval(key)?)?, self.eval(value)?);
        }
        Ok(Value::dict(map))
    }

    fn conditional(&self, test: &Expr, yes: &Expr, no: Option<&Expr>) -> Eval<Value> {
        if self.eval(test)?.truth()? {
            return self.eval(yes);
        }
        match no {
            Some(no) => self.eval(no),
            None => Ok(Value::Undefined(Rc::new(Missing {
                message: "this `if` is false and has no `else`".to_owned(),
                name: None,
                help: None,
                place: Some(self.place(test.at)),
                silent: true,
            }))),
        }
    }

    fn compare(&self, first: &Expr, rest: &[(Cmp, Expr)]) -> Eval<bool> {
        let mut left = self.eval(first)?;
        for (cmp, right) in rest {
            let right = self.eval(right)?;
            let (a, b) = (left.defined()?, right.defined()?);
            let is =
                |symbol, ok: fn(Ordering) -> bool| -> Eval<bool> { Ok(order(a, b, symbol)?.is_some_and(ok)) };
            let holds = match cmp {
                Cmp::Eq => equal(a, b),
                Cmp::Ne => !equal(a, b),
                Cmp::Lt => is("<", Ordering::is_lt)?,
                Cmp::Le => is("<=", Ordering::is_le)?,
                Cmp::Gt => is(">", Ordering::is_gt)?,
                Cmp::Ge => is(">=", Ordering::is_ge)?,
                Cmp::In => ops::contains(self, b, a)?,
                Cmp::NotIn => !ops::contains(self, b, a)?,
            };
            if !holds {
                return Ok(false);
            }
            left = right;
        }
        Ok(true)
    }

    /// Applies a filter; `input` is the text of a `{% filter %}` block for the innermost one.
    pub(super) fn filter(&self, call: &ast::Call, input: Option<&Value>) -> Eval<Value> {
        let value = match (&call.value, input) {
            (Some(Expr { kind: Kind::Filter(inner), at, .. }), Some(_)) => {
                self.filter(inner, input).map_err(|fault| fault.at(self.template, *at))?
            }
            (Some(expr), _) => self.eval(expr)?,
            (None, Some(input)) => input.clone(),
            (None, None) => Value::None,
        };
        let Some(code) = call.code else {
            return Err(filter::find(&call.name)
                .err()
                .unwrap_or_else(|| Fault::new("unknown filter"))
                .at(self.template, call.name_at));
        };
        let given = self.given(&call.args)?;
        code(self, &value, given)
    }

    fn test(&self, call: &ast::Call) -> Eval<bool> {
        let value = match &call.value {
            Some(expr) => self.eval(expr)?,
            None => Value::None,
        };
        let Some(code) = call.test else {
            return Err(test::find(&call.name)
                .err()
                .unwrap_or_else(|| Fault::new("unknown test"))
                .at(self.template, call.name_at));
        };
        let given = self.given(&call.args)?;
        code(self, &value, given)
    }

    fn call_expr(&self, callee: &Expr, args: &ast::Args) -> Eval<Value> {
        self.check_stack()?;
        if let Kind::Attr(inner, name) = &callee.kind {
            let value = self.eval(inner)?;
            let value = value.defined()?;
            if method::exists(value, name) {
                return method::call(self, value, name, self.given(args)?);
            }
            let found = ops::attribute(self, value, name)?;
            let target = found.unwrap_or_else(|| self.no_entry(callee, inner, value, Some(name)));
            return self.call(target.defined()?, self.given(args)?);
        }
        let target = self.eval(callee)?;
        self.call(target.defined()?, self.given(args)?)
    }

    pub(super) fn given(&self, args: &ast::Args) -> Eval<Given> {
        let mut given = Given::default();
        for expr in &args.positional {
            given.positional.push(self.eval(expr)?);
        }
        for (name, expr) in &args.named {
            given.named.push((name.clone(), self.eval(expr)?));
        }
        if let Some(more) = &args.more {
            given.positional.extend(self.eval(more)?.elements(self.budget())?);
        }
        if let Some(more) = &args.more_named {
            let value = self.eval(more)?;
            let Value::Dict(map) = value.defined()? else {
                return Err(Fault::new(format!("expected a mapping after `**`, got {}", value.type_name())));
            };
            for (key, value) in map.0.borrow().iter() {
                given.named.push((key.0.text(self.budget())?, value.clone()));
            }
        }
        Ok(given)
    }

    /// The undefined value for an attribute or entry that is not there.
    fn no_entry(&self, expr: &Expr, inner: &Expr, value: &Value, key: Option<&str>) -> Value {
        let path = path(inner);
        let (message, name) = match (key, &path) {
            (Some(key), Some(path)) => {
                let name = format!("{path}.{key}");
                (format!("`{name}` is undefined"), Some(Arc::from(name)))
            }
            (Some(key), None) => (format!("this {} has no `{key}`", word(value)), None),
            (None, Some(path)) => (format!("`{path}` has no such element"), None),
            (None, None) => (format!("this {} has no such element", word(value)), None),
        };
        let help = key.and_then(|key| {
            let Value::Dict(map) = value else { return None };
            let map = map.0.borrow();
            let near = super::nearest(key, map.keys().filter_map(|k| k.0.as_str()))?;
            Some(format!("write `{}`", path.map_or(near.clone(), |p| format!("{p}.{near}"))))
        });
        let help = help.or_else(|| method_hint(value, key?));
        Value::Undefined(Rc::new(Missing {
            message,
            name,
            help,
            place: Some(self.place(expr.at)),
            silent: false,
        }))
    }
}

fn method_hint(value: &Value, key: &str) -> Option<String> {
    match value {
        Value::Dict(_) | Value::Object(_) => None,
        other => Some(format!("use a filter or another method: a {} has no `{key}`", word(other))),
    }
}

fn word(value: &Value) -> &'static str {
    match value {
        Value::Dict(_) => "mapping",
        Value::Str(_) => "text",
        other => other.type_name(),
    }
}

/// `a.b.c` as written, where the expression is nothing but that.
fn path(expr: &Expr) -> Option<String> {
    match &expr.kind {
        Kind::Name(name) => Some(name.to_string()),
        Kind::Attr(inner, name) => Some(format!("{}.{name}", path(inner)?)),
        Kind::Item(inner, index) => match &index.kind {
            Kind::Str(key) => Some(format!("{}.{key}", path(inner)?)),
            Kind::Int(n) => Some(format!("{}[{n}]", path(inner)?)),
            _ => None,
        },
        _ => None,
    }
}
