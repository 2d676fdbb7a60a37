//! The content that a change must lead to, on plain values.

use super::Change;
use serde_json::{Map, Value};

/// `old` with the change; `None` when the change has no place there.
pub(super) fn expected(old: &Value, change: &Change) -> Option<Value> {
    let mut new = old.clone();
    match change {
        Change::Set(path, value) => *make(&mut new, path)? = value.clone(),
        Change::Append(path, value) => {
            let list = make(&mut new, path)?;
            if list.is_null() {
                *list = Value::Array(Vec::new());
            }
            list.as_array_mut()?.push(value.clone());
        }
        Change::Remove(path) => {
            let (last, above) = path.split_last()?;
            match at(&mut new, above)? {
                Value::Object(map) => drop(map.shift_remove(last)?),
                Value::Array(items) => drop(items.remove(index(last, items.len())?)),
                _ => return None,
            }
        }
        Change::Rename(path, key) => {
            let (last, above) = path.split_last()?;
            let map = at(&mut new, above)?.as_object_mut()?;
            if map.contains_key(key) || !map.contains_key(last) {
                return None;
            }
            let renamed = |(k, v): (String, Value)| (if k == *last { key.clone() } else { k }, v);
            *map = std::mem::take(map).into_iter().map(renamed).collect();
        }
    }
    Some(new)
}

fn at<'a>(value: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    path.iter().try_fold(value, |value, key| match value {
        Value::Object(map) => map.get_mut(key),
        Value::Array(items) => {
            let at = index(key, items.len())?;
            items.get_mut(at)
        }
        _ => None,
    })
}

/// The value at `path`; what is missing on the way becomes a mapping, and null at the end.
fn make<'a>(value: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    path.iter().try_fold(value, |value, key| {
        if value.is_null() {
            *value = Value::Object(Map::new());
        }
        match value {
            Value::Object(map) => Some(map.entry(key.clone()).or_insert(Value::Null)),
            Value::Array(items) => {
                let at = index(key, items.len())?;
                items.get_mut(at)
            }
            _ => None,
        }
    })
}

fn index(key: &str, length: usize) -> Option<usize> {
    key.parse().ok().filter(|at| *at < length)
}
