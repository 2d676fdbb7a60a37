//! JSON patches (RFC 6902).

use super::super::value;
use crate::yaml::Node;
use serde_json::Value;

/// Applies the operations of `patch`, a list of mappings, to `target`. What cannot be done is said.
pub(super) fn apply(target: &mut Value, patch: &Node) -> Result<(), String> {
    for operation in patch.items() {
        let text = |key: &str| operation.get(key).and_then(|n| n.text()).unwrap_or_default().to_owned();
        let (op, path) = (text("op"), tokens(&text("path")));
        let new = operation.get("value").map_or(Value::Null, |v| value::of_patch(v));
        match op.as_str() {
            "add" => add(target, &path, new)?,
            "remove" => drop(remove(target, &path)?),
            "replace" => *find(target, &path)? = new,
            "test" if *find(target, &path)? == new => {}
            "test" => return Err(format!("the value at `{}` is another one", text("path"))),
            "copy" | "move" => {
                let from = tokens(&text("from"));
                let moved = if op == "copy" { find(target, &from)?.clone() } else { remove(target, &from)? };
                add(target, &path, moved)?;
            }
            other => return Err(format!("no JSON patch operation is called `{other}`")),
        }
    }
    Ok(())
}

/// The elements of a JSON pointer.
pub(super) fn tokens(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|t| t.replace("~1", "/").replace("~0", "~")).collect()
}

fn find<'v>(value: &'v mut Value, path: &[String]) -> Result<&'v mut Value, String> {
    let Some((head, tail)) = path.split_first() else { return Ok(value) };
    let next = match value {
        Value::Object(map) => map.get_mut(head),
        Value::Array(items) => head.parse::<usize>().ok().and_then(|i| items.get_mut(i)),
        _ => None,
    };
    find(next.ok_or_else(|| format!("there is no `{head}` to patch"))?, tail)
}

fn add(value: &mut Value, path: &[String], new: Value) -> Result<(), String> {
    let Some((last, parents)) = path.split_last() else {
        *value = new;
        return Ok(());
    };
    match find(value, parents)? {
        Value::Object(map) => drop(map.insert(last.clone(), new)),
        Value::Array(items) if last == "-" => items.push(new),
        Value::Array(items) => match last.parse::<usize>().ok().filter(|i| *i <= items.len()) {
            Some(at) => items.insert(at, new),
            None => return Err(format!("there is no place `{last}` in the list")),
        },
        _ => return Err(format!("nothing can be added below `{}`", parents.join("/"))),
    }
    Ok(())
}

fn remove(value: &mut Value, path: &[String]) -> Result<Value, String> {
    let missing = || format!("there is no `{}` to remove", path.join("/"));
    let (last, parents) = path.split_last().ok_or_else(missing)?;
    match find(value, parents)? {
        Value::Object(map) => map.shift_remove(last).ok_or_else(missing),
        Value::Array(items) => match last.parse::<usize>().ok().filter(|i| *i < items.len()) {
            Some(at) => Ok(items.remove(at)),
            None => Err(missing()),
        },
        _ => Err(missing()),
    }
}
