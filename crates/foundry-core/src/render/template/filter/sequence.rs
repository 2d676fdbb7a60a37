//! Filters on lists and what else has elements.

use super::super::error::{Eval, Fault};
use super::super::eval::args::{count, flag, int, optional, required};
use super::super::eval::{Cx, Given, mapping};
use super::super::value::{Key, Object, Value, equal, order};
use super::map::{Path, folded};
use std::cmp::Ordering;
use std::collections::HashSet;

pub(super) fn length(_: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    given.none()?;
    Ok(Value::int(value.len()?))
}

pub(super) fn first(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    given.none()?;
    let first = value.elements(cx.budget())?.into_iter().next();
    Ok(first.unwrap_or_else(|| Value::missing("the first element of something empty is undefined", None)))
}

pub(super) fn last(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    given.none()?;
    if matches!(value, Value::Object(o) if matches!(**o, Object::Generator(_))) {
        return Err(Fault::new("a generator has no last element").help("apply `| list` before it"));
    }
    let last = value.elements(cx.budget())?.pop();
    Ok(last.unwrap_or_else(|| Value::missing("the last element of something empty is undefined", None)))
}

pub(super) fn join(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [separator, attribute] = given.take(["d", "attribute"])?;
    let separator = cx.text_of(separator, "")?;
    let path = optional(attribute).map(|a| Path::new(&a)).transpose()?;
    let mut out = String::new();
    for (i, item) in value.elements(cx.budget())?.iter().enumerate() {
        if i > 0 {
            cx.budget().make(separator.len())?;
            out.push_str(&separator);
        }
        match &path {
            Some(path) => path.get(cx, item)?.show(&mut out, cx.budget())?,
            None => item.show(&mut out, cx.budget())?,
        }
    }
    cx.budget().make(out.len())?;
    Ok(Value::str(out))
}

pub(super) fn reverse(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    given.none()?;
    if let Value::Str(text) = value {
        cx.budget().make(text.len())?;
        return Ok(Value::str(text.chars().rev().collect::<String>()));
    }
    let generator = matches!(value, Value::Object(o) if matches!(**o, Object::Generator(_)));
    let mut items = value.elements(cx.budget())?;
    items.reverse();
    Ok(if generator { Value::list(items) } else { Value::generator(items) })
}

/// Sorts in place, stable, by Python's order.
pub(in super::super) fn sort_values(cx: &Cx<'_>, items: &mut [Value], reverse: bool) -> Eval<()> {
    sort_by_keys(cx, items, reverse, |v| v)
}

fn sort_by_keys<T>(cx: &Cx<'_>, items: &mut [T], reverse: bool, key: impl Fn(&T) -> &Value) -> Eval<()> {
    cx.budget().work(items.len().saturating_mul(8))?;
    let mut fault = None;
    items.sort_by(|a, b| {
        // A reversed sort keeps the order of equal elements, as Python's does.
        let (a, b) = if reverse { (key(b), key(a)) } else { (key(a), key(b)) };
        match order(a, b, "<") {
            Ok(order) => order.unwrap_or(Ordering::Equal),
            Err(found) => {
                fault.get_or_insert(found);
                Ordering::Equal
            }
        }
    });
    fault.map_or(Ok(()), Err)
}

/// Pairs of a sort key and an item, sorted by the key.
pub(super) fn sorted_by(
    cx: &Cx<'_>,
    mut keyed: Vec<(Value, Value)>,
    reverse: bool,
) -> Eval<Vec<(Value, Value)>> {
    sort_by_keys(cx, &mut keyed, reverse, |(key, _)| key)?;
    Ok(keyed)
}

pub(super) fn sort(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [reverse, case_sensitive, attribute] = given.take(["reverse", "case_sensitive", "attribute"])?;
    let (reverse, exact) = (flag(reverse, false)?, flag(case_sensitive, false)?);
    let paths: Vec<Path> = match optional(attribute) {
        None => vec![Path::default()],
        Some(Value::Str(all)) => all.split(',').map(Path::parse).collect(),
        Some(other) => vec![Path::new(&other)?],
    };
    let key = |item: &Value| -> Eval<Value> {
        let parts = paths.iter().map(|p| Ok(folded(p.get(cx, item)?, exact)));
        Ok(Value::tuple(parts.collect::<Eval<_>>()?))
    };
    let items = value.elements(cx.budget())?;
    let keyed = items.into_iter().map(|item| Ok((key(&item)?, item))).collect::<Eval<Vec<_>>>()?;
    Ok(Value::list(sorted_by(cx, keyed, reverse)?.into_iter().map(|(_, item)| item).collect()))
}

#[expect(clippy::mutable_key_type, reason = "a key is hashable only if nothing in it can change")]
pub(super) fn unique(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [case_sensitive, attribute] = given.take(["case_sensitive", "attribute"])?;
    let exact = flag(case_sensitive, false)?;
    let path = optional(attribute).map_or_else(|| Ok(Path::default()), |a| Path::new(&a))?;
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    for item in value.elements(cx.budget())? {
        if seen.insert(Key::new(folded(path.get(cx, &item)?, exact))?) {
            kept.push(item);
        }
    }
    Ok(Value::generator(kept))
}

pub(super) fn extreme(cx: &Cx<'_>, value: &Value, given: Given, wanted: Ordering) -> Eval<Value> {
    let [case_sensitive, attribute] = given.take(["case_sensitive", "attribute"])?;
    let exact = flag(case_sensitive, false)?;
    let path = optional(attribute).map_or_else(|| Ok(Path::default()), |a| Path::new(&a))?;
    let mut best: Option<(Value, Value)> = None;
    for item in value.elements(cx.budget())? {
        let key = folded(path.get(cx, &item)?, exact);
        let better = match &best {
            None => true,
            Some((now, _)) => order(&key, now, "<")? == Some(wanted),
        };
        if better {
            best = Some((key, item));
        }
    }
    Ok(best
        .map_or_else(|| Value::missing("an element of something empty is undefined", None), |(_, item)| item))
}

pub(super) fn sum(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [attribute, start] = given.take(["attribute", "start"])?;
    let path = optional(attribute).map_or_else(|| Ok(Path::default()), |a| Path::new(&a))?;
    let mut total = start.unwrap_or(Value::Int(0));
    for item in value.elements(cx.budget())? {
        total = super::number::add(cx, &total, &path.get(cx, &item)?)?;
    }
    Ok(total)
}

pub(super) fn batch(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [size, fill] = given.take(["linecount", "fill_with"])?;
    let size = count(Some(required(size, "linecount")?), 1)?;
    let items = value.elements(cx.budget())?;
    cx.budget().make(size.saturating_mul(if fill.is_some() { 32 } else { 0 }))?;
    let mut batches: Vec<Vec<Value>> = items.chunks(size.max(1)).map(<[Value]>::to_vec).collect();
    if let (Some(last), Some(fill)) = (batches.last_mut(), optional(fill)) {
        last.resize_with(size.max(last.len()), || fill.clone());
    }
    Ok(Value::generator(batches.into_iter().map(Value::list).collect()))
}

pub(super) fn slice(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [slices, fill] = given.take(["slices", "fill_with"])?;
    let slices = count(Some(required(slices, "slices")?), 1)?;
    if slices == 0 {
        return Err(Fault::new("division by zero: slices must be at least 1"));
    }
    let items = value.elements(cx.budget())?;
    cx.budget().make(slices.saturating_mul(64))?;
    let (each, extra) = (items.len() / slices, items.len() % slices);
    let fill = optional(fill);
    let mut at = 0;
    let mut all = Vec::with_capacity(slices);
    for i in 0..slices {
        let take = each + usize::from(i < extra);
        let mut part = items[at..at + take].to_vec();
        at += take;
        if let (Some(fill), true) = (&fill, i >= extra) {
            part.push(fill.clone());
        }
        all.push(Value::list(part));
    }
    Ok(Value::generator(all))
}

pub(super) fn flatten(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [levels, skip_nulls] = given.take(["levels", "skip_nulls"])?;
    let levels = int(optional(levels), 100)?.clamp(0, 100);
    let skip = flag(skip_nulls, true)?;
    let mut out = Vec::new();
    flatten_into(cx, value, levels, skip, &mut out)?;
    Ok(Value::list(out))
}

fn flatten_into(cx: &Cx<'_>, value: &Value, levels: i128, skip: bool, out: &mut Vec<Value>) -> Eval<()> {
    for item in value.elements(cx.budget())? {
        match &item {
            Value::None if skip => {}
            Value::List(_) | Value::Tuple(_) if levels > 0 => flatten_into(cx, &item, levels - 1, skip, out)?,
            _ => out.push(item),
        }
    }
    Ok(())
}

pub(super) fn zip(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let mut columns = vec![value.elements(cx.budget())?];
    for other in given.positional {
        columns.push(other.elements(cx.budget())?);
    }
    let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
    let row = |i: usize| Value::tuple(columns.iter().map(|c| c[i].clone()).collect());
    Ok(Value::generator((0..rows).map(row).collect()))
}

/// Whether `items` holds `wanted`.
pub(super) fn holds(items: &[Value], wanted: &Value) -> bool {
    items.iter().any(|item| equal(item, wanted))
}

/// The elements that a set operation compares: keys of a mapping, or elements.
pub(super) fn members(cx: &Cx<'_>, value: &Value) -> Eval<Vec<Value>> {
    match value {
        Value::Dict(_) => Ok(mapping(value)?.keys().map(|k| k.0.clone()).collect()),
        other => other.elements(cx.budget()),
    }
}
