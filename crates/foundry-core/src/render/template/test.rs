//! The tests after `is`.

use super::error::{Eval, Fault};
use super::eval::args::required;
use super::eval::{Cx, Given, contains};
use super::value::{Object, Value, equal, order};
use super::{filter, nearest};
use std::cmp::Ordering;
use std::rc::Rc;

/// The code of a test.
pub(super) type Test = for<'a, 'b, 'c> fn(&'a Cx<'b>, &'c Value, Given) -> Eval<bool>;

/// The test of a name.
pub(super) fn find(name: &str) -> Eval<Test> {
    TESTS.iter().find(|(n, _)| *n == name).map(|(_, test)| *test).ok_or_else(|| {
        let fault = Fault::new(format!("unknown test `{name}`"));
        match nearest(name, TESTS.iter().map(|(n, _)| *n)) {
            Some(near) => fault.help(format!("write `{near}`")),
            None => fault,
        }
    })
}

const TESTS: &[(&str, Test)] = &[
    ("defined", |_, v, g| g.none().map(|()| !v.is_undefined())),
    ("undefined", |_, v, g| g.none().map(|()| v.is_undefined())),
    ("none", |_, v, g| g.none().map(|()| matches!(v, Value::None))),
    ("true", |_, v, g| g.none().map(|()| matches!(v, Value::Bool(true)))),
    ("false", |_, v, g| g.none().map(|()| matches!(v, Value::Bool(false)))),
    ("boolean", |_, v, g| g.none().map(|()| matches!(v, Value::Bool(_)))),
    ("integer", |_, v, g| g.none().map(|()| matches!(v, Value::Int(_)))),
    ("float", |_, v, g| g.none().map(|()| matches!(v, Value::Float(_)))),
    ("number", |_, v, g| g.none().map(|()| matches!(v, Value::Int(_) | Value::Float(_) | Value::Bool(_)))),
    ("string", |_, v, g| g.none().map(|()| matches!(v, Value::Str(_)))),
    ("mapping", |_, v, g| g.none().map(|()| matches!(v, Value::Dict(_)))),
    ("sequence", |_, v, g| g.none().and_then(|()| sequence(v))),
    ("iterable", |_, v, g| g.none().and_then(|()| iterable(v))),
    ("callable", |_, v, g| g.none().map(|()| matches!(v, Value::Object(o) if o.callable()))),
    ("escaped", |_, _, g| g.none().map(|()| false)),
    ("odd", |_, v, g| g.none().and_then(|()| Ok(integer(v)?.rem_euclid(2) == 1))),
    ("even", |_, v, g| g.none().and_then(|()| Ok(integer(v)?.rem_euclid(2) == 0))),
    ("divisibleby", |_, v, g| {
        let by = integer(&g.one("num")?)?;
        if by == 0 { Err(Fault::new("division by zero")) } else { Ok(integer(v)? % by == 0) }
    }),
    ("lower", |cx, v, g| g.none().and_then(|()| case(cx, v, char::is_lowercase, char::is_uppercase))),
    ("upper", |cx, v, g| g.none().and_then(|()| case(cx, v, char::is_uppercase, char::is_lowercase))),
    ("sameas", |_, v, g| Ok(same(v, &g.one("other")?))),
    ("in", |cx, v, g| contains(cx, &g.one("seq")?, v.defined()?)),
    ("filter", |_, v, g| {
        g.none().and_then(|()| Ok(v.defined()?.as_str().is_some_and(|n| filter::find(n).is_ok())))
    }),
    ("test", |_, v, g| g.none().and_then(|()| Ok(v.defined()?.as_str().is_some_and(|n| find(n).is_ok())))),
    ("eq", is_equal),
    ("equalto", is_equal),
    ("==", is_equal),
    ("ne", |cx, v, g| Ok(!is_equal(cx, v, g)?)),
    ("!=", |cx, v, g| Ok(!is_equal(cx, v, g)?)),
    ("lt", |_, v, g| ordered(v, g, "<", Ordering::is_lt)),
    ("lessthan", |_, v, g| ordered(v, g, "<", Ordering::is_lt)),
    ("<", |_, v, g| ordered(v, g, "<", Ordering::is_lt)),
    ("le", |_, v, g| ordered(v, g, "<=", Ordering::is_le)),
    ("<=", |_, v, g| ordered(v, g, "<=", Ordering::is_le)),
    ("gt", |_, v, g| ordered(v, g, ">", Ordering::is_gt)),
    ("greaterthan", |_, v, g| ordered(v, g, ">", Ordering::is_gt)),
    (">", |_, v, g| ordered(v, g, ">", Ordering::is_gt)),
    ("ge", |_, v, g| ordered(v, g, ">=", Ordering::is_ge)),
    (">=", |_, v, g| ordered(v, g, ">=", Ordering::is_ge)),
    // Ansible's.
    ("match", |cx, v, g| pattern(cx, v, g, true)),
    ("search", |cx, v, g| pattern(cx, v, g, false)),
    ("regex", |cx, v, g| pattern(cx, v, g, false)),
    ("contains", |cx, v, g| contains(cx, v, &g.one("value")?)),
    ("truthy", |_, v, g| g.none().and_then(|()| v.truth())),
    ("falsy", |_, v, g| g.none().and_then(|()| Ok(!v.truth()?))),
    ("any", |cx, v, g| g.none().and_then(|()| truths(cx, v)).map(|all| all.contains(&true))),
    ("all", |cx, v, g| g.none().and_then(|()| truths(cx, v)).map(|all| !all.contains(&false))),
    ("subset", |cx, v, g| subset(cx, v, &g.one("b")?)),
    ("superset", |cx, v, g| subset(cx, &g.one("b")?, v)),
];

fn is_equal(_: &Cx<'_>, value: &Value, given: Given) -> Eval<bool> {
    let other = given.one("other")?;
    Ok(equal(value.defined()?, other.defined()?))
}

fn ordered(value: &Value, given: Given, symbol: &str, ok: fn(Ordering) -> bool) -> Eval<bool> {
    Ok(order(value, &given.one("other")?, symbol)?.is_some_and(ok))
}

fn integer(value: &Value) -> Eval<i128> {
    match value.defined()? {
        Value::Float(n) if n.fract() == 0.0 => Ok(*n as i128),
        other => {
            let fault = || {
                Fault::new(format!("expected an integer, got {}", other.type_name()))
                    .help("apply `| int` before it")
            };
            other.as_int().ok_or_else(fault)
        }
    }
}

fn sequence(value: &Value) -> Eval<bool> {
    Ok(match value.defined()? {
        Value::Str(_) | Value::List(_) | Value::Tuple(_) | Value::Dict(_) | Value::Bytes(_) => true,
        Value::Object(object) => matches!(**object, Object::Range { .. }),
        _ => false,
    })
}

fn iterable(value: &Value) -> Eval<bool> {
    Ok(match value.defined()? {
        Value::Object(object) => matches!(
            **object,
            Object::Range { .. }
                | Object::Generator(_)
                | Object::View(..)
                | Object::Group(_)
                | Object::Loop(_)
        ),
        other => sequence(other)?,
    })
}

fn case(cx: &Cx<'_>, value: &Value, yes: fn(char) -> bool, no: fn(char) -> bool) -> Eval<bool> {
    let text = value.text(cx.budget())?;
    Ok(text.chars().any(yes) && !text.chars().any(no))
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::List(x), Value::List(y)) => Rc::ptr_eq(x, y),
        (Value::Dict(x), Value::Dict(y)) => Rc::ptr_eq(x, y),
        (Value::Object(x), Value::Object(y)) => Rc::ptr_eq(x, y),
        _ => a.type_name() == b.type_name() && equal(a, b),
    }
}

fn pattern(cx: &Cx<'_>, value: &Value, given: Given, at_start: bool) -> Eval<bool> {
    let [pattern, ignorecase, multiline] = given.take(["pattern", "ignorecase", "multiline"])?;
    let pattern = cx.text_of(Some(required(pattern, "pattern")?), "")?;
    let flags = [ignorecase, multiline].map(|f| f.is_some_and(|f| f.truth().unwrap_or(false)));
    let text = value.text(cx.budget())?;
    filter::with_pattern(cx, &pattern, flags, |regex| {
        regex.find(&text).is_some_and(|m| !at_start || m.start() == 0)
    })
}

fn truths(cx: &Cx<'_>, value: &Value) -> Eval<Vec<bool>> {
    value.elements(cx.budget())?.iter().map(Value::truth).collect()
}

fn subset(cx: &Cx<'_>, a: &Value, b: &Value) -> Eval<bool> {
    let (a, b) = (a.elements(cx.budget())?, b.elements(cx.budget())?);
    cx.budget().work(a.len().saturating_mul(b.len()) / 8)?;
    Ok(a.iter().all(|x| b.iter().any(|y| equal(x, y))))
}
