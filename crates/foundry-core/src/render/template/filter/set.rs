//! Ansible's set operations on lists, and merging of mappings.

use super::super::error::{Eval, Fault};
use super::super::eval::args::{flag, optional, required, text};
use super::super::eval::{Cx, Given, mapping};
use super::super::value::{Key, Map, Value};
use super::sequence::{holds, members};

/// What two lists become.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Union,
    Intersection,
    Difference,
    SymmetricDifference,
}

pub(super) fn combined(cx: &Cx<'_>, value: &Value, given: Given, kind: Kind) -> Eval<Value> {
    let (a, b) = (members(cx, value)?, members(cx, &given.one("other")?)?);
    cx.budget().work(a.len().saturating_mul(b.len().max(1)) / 4)?;
    let mut out: Vec<Value> = Vec::new();
    let mut add = |item: &Value| {
        if !holds(&out, item) {
            out.push(item.clone());
        }
    };
    for item in &a {
        let wanted = match kind {
            Kind::Union => true,
            Kind::Intersection => holds(&b, item),
            Kind::Difference | Kind::SymmetricDifference => !holds(&b, item),
        };
        if wanted {
            add(item);
        }
    }
    if matches!(kind, Kind::Union | Kind::SymmetricDifference) {
        b.iter().filter(|item| kind == Kind::Union || !holds(&a, item)).for_each(add);
    }
    Ok(Value::list(out))
}

pub(super) fn combine(cx: &Cx<'_>, value: &Value, mut given: Given) -> Eval<Value> {
    let named = std::mem::take(&mut given.named);
    let [recursive, list_merge] =
        Given { positional: Vec::new(), named }.take(["recursive", "list_merge"])?;
    let recursive = flag(recursive, false)?;
    if &*text(list_merge, "replace")? != "replace" {
        return Err(Fault::new("only list_merge='replace' is supported"));
    }
    let mut merged = Map::new();
    for source in std::iter::once(value).chain(&given.positional) {
        let sources = match source {
            Value::List(_) => source.elements(cx.budget())?,
            one => vec![one.clone()],
        };
        for source in sources {
            cx.budget().make(mapping(&source)?.len() * 80)?;
            merge(cx, &mut merged, &*mapping(&source)?, recursive, 50)?;
        }
    }
    Ok(Value::dict(merged))
}

fn merge(cx: &Cx<'_>, into: &mut Map, from: &Map, recursive: bool, depth: usize) -> Eval<()> {
    for (key, value) in from {
        cx.budget().work(1)?;
        let both = match (into.get(key), value) {
            (Some(Value::Dict(old)), Value::Dict(_)) if recursive && depth > 0 => {
                Some(old.0.borrow().clone())
            }
            _ => None,
        };
        let merged = match both {
            Some(mut inner) => {
                merge(cx, &mut inner, &*mapping(value)?, true, depth - 1)?;
                Value::dict(inner)
            }
            None => value.clone(),
        };
        into.insert(key.clone(), merged);
    }
    Ok(())
}

pub(super) fn dict2items(_: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [key_name, value_name] = given.take(["key_name", "value_name"])?;
    let (key_name, value_name) = (text(key_name, "key")?, text(value_name, "value")?);
    let entry = |(key, value): (&Key, &Value)| {
        let pairs = [(Key::text(&key_name), key.0.clone()), (Key::text(&value_name), value.clone())];
        Value::dict(Map::from(pairs))
    };
    Ok(Value::list(mapping(value)?.iter().map(entry).collect()))
}

pub(super) fn items2dict(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [key_name, value_name] = given.take(["key_name", "value_name"])?;
    let (key_name, value_name) = (text(optional(key_name), "key")?, text(optional(value_name), "value")?);
    let mut map = Map::new();
    for item in value.elements(cx.budget())? {
        let item = mapping(&item)?;
        let part = |name: &str| required(item.get(name).cloned(), name);
        map.insert(Key::new(part(&key_name)?)?, part(&value_name)?);
    }
    Ok(Value::dict(map))
}
