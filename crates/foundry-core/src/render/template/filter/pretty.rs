//! `pprint`: a value over several lines where it does not fit into 80 columns.

use super::super::error::{Eval, Fault};
use super::super::eval::{Cx, Given};
use super::super::value::{Key, Map, Value, order};

const WIDTH: usize = 80;

pub(super) fn pprint(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [_verbose] = given.take(["verbose"])?;
    let mut out = String::new();
    write(cx, &mut out, &sorted(value, 0)?, 0, 0, 0)?;
    cx.budget().make(out.len())?;
    Ok(Value::str(out))
}

/// The value with the keys of all mappings sorted.
fn sorted(value: &Value, depth: usize) -> Eval<Value> {
    if depth > 100 {
        return Err(Fault::new("nested too deep to print"));
    }
    let all = |items: &[Value]| items.iter().map(|v| sorted(v, depth + 1)).collect::<Eval<Vec<_>>>();
    Ok(match value.defined()? {
        Value::List(items) => Value::list(all(&items.0.borrow())?),
        Value::Tuple(items) => Value::tuple(all(&items.0)?),
        Value::Dict(map) => {
            let map = map.0.borrow();
            let mut entries: Vec<(&Key, &Value)> = map.iter().collect();
            entries.sort_by(|a, b| {
                order(&a.0.0, &b.0.0, "<").ok().flatten().unwrap_or(std::cmp::Ordering::Equal)
            });
            let entries = entries.into_iter().map(|(k, v)| Ok((k.clone(), sorted(v, depth + 1)?)));
            Value::dict(entries.collect::<Eval<Map>>()?)
        }
        other => other.clone(),
    })
}

fn write(
    cx: &Cx<'_>,
    out: &mut String,
    value: &Value,
    indent: usize,
    after: usize,
    depth: usize,
) -> Eval<()> {
    let mut line = String::new();
    value.repr(&mut line, cx.budget())?;
    if line.chars().count() + indent + after <= WIDTH || depth > 100 {
        out.push_str(&line);
        return Ok(());
    }
    let next = |out: &mut String| {
        out.push_str(",\n");
        out.extend(std::iter::repeat_n(' ', indent + 1));
    };
    match value {
        Value::Dict(map) => {
            let map = map.0.borrow();
            out.push('{');
            for (i, (key, item)) in map.iter().enumerate() {
                if i > 0 {
                    next(out);
                }
                let start = out.len();
                key.0.repr(out, cx.budget())?;
                out.push_str(": ");
                let wide = out[start..].chars().count();
                write(
                    cx,
                    out,
                    item,
                    indent + 1 + wide,
                    if i + 1 == map.len() { after + 1 } else { 1 },
                    depth + 1,
                )?;
            }
            out.push('}');
        }
        Value::List(_) | Value::Tuple(_) => {
            let items = value.elements(cx.budget())?;
            let list = matches!(value, Value::List(_));
            out.push(if list { '[' } else { '(' });
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    next(out);
                }
                write(
                    cx,
                    out,
                    item,
                    indent + 1,
                    if i + 1 == items.len() { after + 1 } else { 1 },
                    depth + 1,
                )?;
            }
            out.push_str(match (list, items.len()) {
                (true, _) => "]",
                (false, 1) => ",)",
                (false, _) => ")",
            });
        }
        _ => out.push_str(&line),
    }
    Ok(())
}
