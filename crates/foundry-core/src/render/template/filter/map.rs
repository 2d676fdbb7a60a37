//! Filters on mappings, and those that look into each element of a list.

use super::super::error::{Eval, Fault};
use super::super::eval::args::{flag, optional, required, text};
use super::super::eval::{Cx, Given, attribute, item, mapping};
use super::super::method;
use super::super::test;
use super::super::value::{Object, Value, equal};
use super::sequence::sorted_by;

/// `a.b.0`: the way to an attribute of each element.
#[derive(Default)]
pub(super) struct Path(Vec<Value>);

impl Path {
    pub(super) fn new(value: &Value) -> Eval<Path> {
        match value.defined()? {
            Value::Str(path) => Ok(Path::parse(path)),
            other => Ok(Path(vec![other.clone()])),
        }
    }

    pub(super) fn parse(path: &str) -> Path {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let part = |part: &str| match part.parse() {
            Ok(n) if digits(part) => Value::Int(n),
            _ => Value::str(part),
        };
        Path(path.split('.').map(part).collect())
    }

    /// The value there, undefined if there is none.
    pub(super) fn get(&self, cx: &Cx<'_>, from: &Value) -> Eval<Value> {
        let mut value = from.clone();
        for part in &self.0 {
            cx.budget().work(1)?;
            value = match item(cx, value.defined()?, part)? {
                Some(found) => found,
                None => missing(part),
            };
        }
        Ok(value)
    }

    fn get_or(&self, cx: &Cx<'_>, from: &Value, default: Option<&Value>) -> Eval<Value> {
        let mut value = from.clone();
        for part in &self.0 {
            value = match (item(cx, value.defined()?, part)?, default) {
                (Some(found), _) => found,
                (None, Some(default)) => default.clone(),
                (None, None) => missing(part),
            };
        }
        Ok(value)
    }
}

fn missing(part: &Value) -> Value {
    let message = match part {
        Value::Str(name) => format!("an element has no `{name}`"),
        _ => "an element has no such attribute".to_owned(),
    };
    Value::missing(message, None)
}

/// A text in lower case unless case matters.
pub(super) fn folded(value: Value, exact: bool) -> Value {
    match value {
        Value::Str(text) if !exact => Value::str(text.to_lowercase()),
        other => other,
    }
}

pub(super) fn default(_: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [default, boolean] = given.take(["default_value", "boolean"])?;
    let replace = value.is_undefined() || (flag(boolean, false)? && !value.truth()?);
    Ok(if replace { default.unwrap_or_else(|| Value::str("")) } else { value.clone() })
}

pub(super) fn mandatory(_: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [message] = given.take(["msg"])?;
    match (value.defined(), optional(message)) {
        (Ok(value), _) => Ok(value.clone()),
        (Err(mut fault), Some(message)) => {
            fault.message = text(Some(message), "")?.to_string();
            Err(fault)
        }
        (Err(fault), None) => Err(fault),
    }
}

pub(super) fn attr(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let name = text(Some(given.one("name")?), "")?;
    let value = value.defined()?;
    let found = match value {
        Value::Dict(_) if !method::exists(value, &name) => None,
        _ => attribute(cx, value, &name)?,
    };
    Ok(found.unwrap_or_else(|| Value::missing(format!("there is no attribute `{name}`"), None)))
}

pub(super) fn items(_: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    given.none()?;
    if value.is_undefined() {
        return Ok(Value::generator(Vec::new()));
    }
    let pair = |(k, v): (&super::super::value::Key, &Value)| Value::tuple(vec![k.0.clone(), v.clone()]);
    Ok(Value::generator(mapping(value)?.iter().map(pair).collect()))
}

pub(super) fn dictsort(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [case_sensitive, by, reverse] = given.take(["case_sensitive", "by", "reverse"])?;
    let exact = flag(case_sensitive, false)?;
    let by_value = match &*text(by, "key")? {
        "key" => false,
        "value" => true,
        _ => return Err(Fault::new("`by` must be 'key' or 'value'")),
    };
    let mut keyed = Vec::new();
    for (key, value) in mapping(value)?.iter() {
        let sort_key = folded(if by_value { value.clone() } else { key.0.clone() }, exact);
        keyed.push((sort_key, Value::tuple(vec![key.0.clone(), value.clone()])));
    }
    let sorted = sorted_by(cx, keyed, flag(reverse, false)?)?;
    Ok(Value::list(sorted.into_iter().map(|(_, pair)| pair).collect()))
}

pub(super) fn groupby(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [attribute, default, case_sensitive] = given.take(["attribute", "default", "case_sensitive"])?;
    let exact = flag(case_sensitive, false)?;
    let path = Path::new(&required(attribute, "attribute")?)?;
    let default = optional(default);
    let mut keyed = Vec::new();
    for item in value.elements(cx.budget())? {
        keyed.push((folded(path.get_or(cx, &item, default.as_ref())?, exact), item));
    }
    let mut groups: Vec<(Value, Vec<Value>)> = Vec::new();
    for (key, item) in sorted_by(cx, keyed, false)? {
        match groups.last_mut() {
            Some((last, items)) if equal(last, &key) => items.push(item),
            _ => groups.push((key, vec![item])),
        }
    }
    let mut out = Vec::new();
    for (_, items) in groups {
        let grouper = path.get_or(cx, &items[0], default.as_ref())?;
        out.push(Value::object(Object::Group(vec![grouper, Value::list(items)])));
    }
    Ok(Value::list(out))
}

pub(super) fn map(cx: &Cx<'_>, value: &Value, mut given: Given) -> Eval<Value> {
    if !value.truth()? {
        return Ok(Value::generator(Vec::new()));
    }
    if given.positional.is_empty() {
        let [attribute, default] = given.take(["attribute", "default"])?;
        let path = Path::new(&required(attribute, "attribute")?)?;
        let default = optional(default);
        let items = value.elements(cx.budget())?;
        let values = items.iter().map(|i| path.get_or(cx, i, default.as_ref()));
        return Ok(Value::generator(values.collect::<Eval<_>>()?));
    }
    let name = text(Some(given.positional.remove(0)), "")?;
    let filter = super::find(&name)?;
    let apply = |item: &Value| {
        cx.budget().work(1)?;
        filter(cx, item, Given { positional: given.positional.clone(), named: given.named.clone() })
    };
    Ok(Value::generator(value.elements(cx.budget())?.iter().map(apply).collect::<Eval<_>>()?))
}

pub(super) fn select(
    cx: &Cx<'_>,
    value: &Value,
    mut given: Given,
    keep: bool,
    by_attribute: bool,
) -> Eval<Value> {
    if !value.truth()? {
        return Ok(Value::generator(Vec::new()));
    }
    let path = match by_attribute {
        false => Path::default(),
        true if given.positional.is_empty() => return Err(Fault::new("argument `attribute` is missing")),
        true => Path::new(&given.positional.remove(0))?,
    };
    let test = match given.positional.is_empty() {
        true => None,
        false => Some(test::find(&text(Some(given.positional.remove(0)), "")?)?),
    };
    let mut kept = Vec::new();
    for item in value.elements(cx.budget())? {
        cx.budget().work(1)?;
        let looked_at = path.get(cx, &item)?;
        let holds = match test {
            None => looked_at.truth()?,
            Some(test) => test(
                cx,
                &looked_at,
                Given { positional: given.positional.clone(), named: given.named.clone() },
            )?,
        };
        if holds == keep {
            kept.push(item);
        }
    }
    Ok(Value::generator(kept))
}
