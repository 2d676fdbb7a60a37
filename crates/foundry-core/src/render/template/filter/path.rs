//! Filters on file paths: `basename`, `dirname`, `splitext`, `path_join`.

use super::super::error::Eval;
use super::super::eval::{Cx, Given};
use super::super::value::Value;

/// A filter that is one function on the path.
pub(super) fn of(cx: &Cx<'_>, value: &Value, given: Given, part: fn(&str) -> &str) -> Eval<Value> {
    given.none()?;
    Ok(Value::str(part(&value.text(cx.budget())?)))
}

pub(super) fn basename(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

pub(super) fn dirname(path: &str) -> &str {
    let Some((head, _)) = path.rsplit_once('/') else { return "" };
    let trimmed = head.trim_end_matches('/');
    if trimmed.is_empty() { &path[..path.len() - path.trim_start_matches('/').len()] } else { trimmed }
}

pub(super) fn splitext(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    given.none()?;
    let path = value.text(cx.budget())?;
    let name = basename(&path);
    let stem = name.trim_start_matches('.');
    let split = stem.rfind('.').map_or(path.len(), |at| path.len() - stem.len() + at);
    Ok(Value::tuple(vec![Value::str(&path[..split]), Value::str(&path[split..])]))
}

pub(super) fn join(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let mut parts = match value {
        Value::Str(one) => vec![Value::Str(one.clone())],
        many => many.elements(cx.budget())?,
    };
    parts.extend(given.positional);
    let mut out = String::new();
    for part in parts {
        let part = part.text(cx.budget())?;
        if part.starts_with('/') {
            out.clear();
        } else if !out.is_empty() && !out.ends_with('/') {
            out.push('/');
        }
        cx.budget().make(part.len() + 1)?;
        out.push_str(&part);
    }
    Ok(Value::str(out))
}
