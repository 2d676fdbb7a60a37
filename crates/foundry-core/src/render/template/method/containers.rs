//! Methods of lists, tuples, mappings and bytes; those that change a value change it for everyone who holds it.

use super::super::error::{Eval, Fault};
use super::super::eval::args::{flag, int, optional, required};
use super::super::eval::{Cx, Given, position};
use super::super::filter;
use super::super::value::{Dict, Key, List, Map, Value, check_nesting, equal, view};
use std::rc::Rc;

pub(super) fn list(cx: &Cx<'_>, list: &Rc<List>, name: &str, given: Given) -> Eval<Value> {
    let own = || Value::List(list.clone());
    let grow = |n: usize| cx.budget().make((list.0.borrow().len() + n) / 8 + n * 32);
    match name {
        "append" => {
            let item = given.one("object")?;
            check_nesting(&item, &own(), cx.budget())?;
            grow(1)?;
            list.change().push(item);
        }
        "extend" => {
            let items = given.one("iterable")?.elements(cx.budget())?;
            items.iter().try_for_each(|item| check_nesting(item, &own(), cx.budget()))?;
            grow(items.len())?;
            list.change().extend(items);
        }
        "insert" => {
            let [at, item] = given.take(["index", "object"])?;
            let (at, item) = (int(at, 0)?, required(item, "object")?);
            check_nesting(&item, &own(), cx.budget())?;
            grow(1)?;
            let len = list.0.borrow().len() as i128;
            let at = if at < 0 { (at + len).max(0) } else { at.min(len) };
            list.change().insert(at as usize, item);
        }
        "clear" => {
            given.none()?;
            list.change().clear();
        }
        "copy" => {
            given.none()?;
            grow(list.0.borrow().len())?;
            return Ok(Value::list(list.0.borrow().clone()));
        }
        "pop" => {
            let [at] = given.take(["index"])?;
            let len = list.0.borrow().len();
            let at = position(int(at, -1)?, len).ok_or_else(|| Fault::new("index out of range"))?;
            return Ok(list.change().remove(at));
        }
        "remove" => {
            let item = given.one("value")?;
            let at = list.0.borrow().iter().position(|v| equal(v, &item));
            let at = at.ok_or_else(|| Fault::new("the list does not hold this value"))?;
            list.change().remove(at);
        }
        "reverse" => {
            given.none()?;
            list.change().reverse();
        }
        "sort" => {
            let [key, reverse] = given.take(["key", "reverse"])?;
            if optional(key).is_some() {
                return Err(Fault::new("`key` is not supported").help("use `| sort(attribute='…')`"));
            }
            let mut items = list.0.borrow().clone();
            filter::sort_values(cx, &mut items, flag(reverse, false)?)?;
            *list.change() = items;
        }
        _ => return count_or_index(&list.0.borrow(), name, given),
    }
    Ok(Value::None)
}

pub(super) fn count_or_index(items: &[Value], name: &str, given: Given) -> Eval<Value> {
    if name == "count" {
        let wanted = given.one("value")?;
        return Ok(Value::int(items.iter().filter(|v| equal(v, &wanted)).count()));
    }
    let [wanted, start, stop] = given.take(["value", "start", "stop"])?;
    let wanted = required(wanted, "value")?;
    let bound = |n: i128| {
        usize::try_from(if n < 0 { (n + items.len() as i128).max(0) } else { n }).unwrap_or(usize::MAX)
    };
    let (start, stop) = (bound(int(start, 0)?), bound(int(stop, i128::from(u32::MAX))?));
    let found = (start..items.len().min(stop)).find(|i| equal(&items[*i], &wanted));
    found.map(Value::int).ok_or_else(|| Fault::new("the value is not in the list"))
}

pub(super) fn dict(cx: &Cx<'_>, dict: &Rc<Dict>, name: &str, given: Given) -> Eval<Value> {
    let own = || Value::Dict(dict.clone());
    let grow = |n: usize| cx.budget().make(n * 80);
    match name {
        "items" | "keys" | "values" => {
            given.none()?;
            grow(dict.0.borrow().len())?;
            Ok(view(name, &dict.0.borrow()))
        }
        "get" => {
            let [key, default] = given.take(["key", "default"])?;
            let key = Key::new(required(key, "key")?)?;
            Ok(dict.0.borrow().get(&key).cloned().or(default).unwrap_or(Value::None))
        }
        "copy" => {
            given.none()?;
            grow(dict.0.borrow().len())?;
            Ok(Value::dict(dict.0.borrow().clone()))
        }
        "clear" => {
            given.none()?;
            dict.change().clear();
            Ok(Value::None)
        }
        "update" => {
            let more = entries(cx, given)?;
            more.values().try_for_each(|value| check_nesting(value, &own(), cx.budget()))?;
            grow(more.len())?;
            dict.change().extend(more);
            Ok(Value::None)
        }
        "setdefault" => {
            let [key, default] = given.take(["key", "default"])?;
            let (key, default) = (Key::new(required(key, "key")?)?, default.unwrap_or(Value::None));
            check_nesting(&default, &own(), cx.budget())?;
            grow(1)?;
            Ok(dict.change().entry(key).or_insert(default).clone())
        }
        "pop" => {
            let [key, default] = given.take(["key", "default"])?;
            let key = Key::new(required(key, "key")?)?;
            let found = dict.change().shift_remove(&key).or(default);
            found.ok_or_else(|| Fault::new("the mapping has no such key"))
        }
        "popitem" => {
            given.none()?;
            let last = dict.change().pop();
            let (key, value) = last.ok_or_else(|| Fault::new("the mapping is empty"))?;
            Ok(Value::tuple(vec![key.0, value]))
        }
        _ => {
            let [keys, value] = given.take(["iterable", "value"])?;
            let value = value.unwrap_or(Value::None);
            let keys = required(keys, "iterable")?.elements(cx.budget())?;
            grow(keys.len())?;
            let entry = |key| Ok((Key::new(key)?, value.clone()));
            Ok(Value::dict(keys.into_iter().map(entry).collect::<Eval<Map>>()?))
        }
    }
}

/// The entries that `dict(…)` and `update(…)` are given: a mapping or pairs, then names.
pub(in super::super) fn entries(cx: &Cx<'_>, given: Given) -> Eval<Map> {
    let mut map = Map::new();
    let [source] = Given::of(given.positional).take(["mapping"])?;
    match source {
        None => {}
        Some(Value::Dict(from)) => map = from.0.borrow().clone(),
        Some(pairs) => {
            for pair in pairs.elements(cx.budget())? {
                let pair = pair.elements(cx.budget())?;
                let [key, value] = <[Value; 2]>::try_from(pair)
                    .map_err(|_| Fault::new("expected pairs of key and value"))?;
                map.insert(Key::new(key)?, value);
            }
        }
    }
    map.extend(given.named.into_iter().map(|(name, value)| (Key::text(&name), value)));
    Ok(map)
}

pub(super) fn bytes(bytes: &[u8], name: &str, given: Given) -> Eval<Value> {
    if name == "hex" {
        given.none()?;
        return Ok(Value::str(bytes.iter().map(|b| format!("{b:02x}")).collect::<String>()));
    }
    let [_encoding, _errors] = given.take(["encoding", "errors"])?;
    let text = std::str::from_utf8(bytes).map_err(|_| Fault::new("the bytes are not UTF-8"))?;
    Ok(Value::str(text))
}
