//! Filters on texts.

use super::super::error::{Eval, Fault};
use super::super::eval::args::{count, flag, int, optional, required};
use super::super::eval::{Cx, Given};
use super::super::format::printf;
use super::super::lex::python_space;
use super::super::method;
use super::super::value::Value;

/// A filter that is one function on the text.
pub(super) fn plain(cx: &Cx<'_>, value: &Value, given: Given, change: fn(&str) -> String) -> Eval<Value> {
    given.none()?;
    let text = value.text(cx.budget())?;
    cx.budget().make(text.len() * 2)?;
    Ok(Value::str(change(&text)))
}

pub(super) fn string(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    given.none()?;
    Ok(Value::Str(value.text(cx.budget())?))
}

/// Every word's first letter large, the others small; words start after blanks, `-` and brackets.
pub(super) fn title(text: &str) -> String {
    let mut start = true;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if start {
            out.extend(c.to_uppercase())
        } else {
            out.extend(c.to_lowercase())
        }
        start = python_space(c) || "-({[<".contains(c);
    }
    out
}

pub(super) fn trim(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [chars] = given.take(["chars"])?;
    let text = value.text(cx.budget())?;
    cx.budget().make(text.len())?;
    Ok(Value::str(match optional(chars) {
        None => text.trim_matches(python_space),
        Some(chars) => {
            let chars = chars.text(cx.budget())?;
            text.trim_matches(|c| chars.contains(c))
        }
    }))
}

pub(super) fn replace(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [old, new, most] = given.take(["old", "new", "count"])?;
    let text = value.text(cx.budget())?;
    let old = required(old, "old")?.text(cx.budget())?;
    let new = required(new, "new")?.text(cx.budget())?;
    let most = usize::try_from(int(optional(most), -1)?).unwrap_or(usize::MAX);
    method::replaced(cx, &text, &old, &new, most)
}

pub(super) fn format(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let format = value.text(cx.budget())?;
    if given.named.is_empty() {
        return Ok(Value::str(printf(cx, &format, &Value::tuple(given.positional))?));
    }
    if !given.positional.is_empty() {
        return Err(Fault::new("either positional or named values, not both"));
    }
    let entry = |(name, value): (std::sync::Arc<str>, Value)| (super::super::value::Key::text(&name), value);
    let map = Value::dict(given.named.into_iter().map(entry).collect());
    Ok(Value::str(printf(cx, &format, &map)?))
}

pub(super) fn indent(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [width, first, blank] = given.take(["width", "first", "blank"])?;
    let (first, blank) = (flag(first, false)?, flag(blank, false)?);
    let indent = match width {
        Some(Value::Str(text)) => text.to_string(),
        width => {
            let width = count(width, 4)?;
            cx.budget().make(width)?;
            " ".repeat(width)
        }
    };
    let Value::Str(text) = value.defined()? else {
        return Err(Fault::new(format!("indent needs a text, got {}", value.type_name()))
            .help("apply `| string` before it"));
    };
    let breaks = text.matches('\n').count() + 1;
    cx.budget().make(text.len().saturating_add(breaks.saturating_mul(indent.len())))?;
    let mut lines = method::lines(text);
    // One line break at the end disappears, as in Python's splitlines, and comes back as an empty last line.
    if text.ends_with('\n') || text.is_empty() {
        lines.push("");
    }
    let mut out = String::with_capacity(text.len() * 2);
    for (i, line) in lines.iter().enumerate() {
        if i > 0 {
            out.push('\n');
        }
        if if i == 0 { first } else { blank || !line.is_empty() } {
            out.push_str(&indent);
        }
        out.push_str(line);
    }
    Ok(Value::str(out))
}

pub(super) fn truncate(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [length, killwords, end, leeway] = given.take(["length", "killwords", "end", "leeway"])?;
    let text = value.text(cx.budget())?;
    let (length, leeway) = (count(length, 255)?, count(optional(leeway), 5)?);
    let end = cx.text_of(end, "...")?;
    let kept = length
        .checked_sub(end.chars().count())
        .ok_or_else(|| Fault::new("the length is shorter than the end mark"))?;
    if text.chars().count() <= length.saturating_add(leeway) {
        return Ok(Value::Str(text));
    }
    let cut: String = text.chars().take(kept).collect();
    let cut =
        if flag(killwords, false)? { &cut } else { cut.rsplit_once(' ').map_or(&*cut, |(head, _)| head) };
    cx.budget().make(cut.len() + end.len())?;
    Ok(Value::str(format!("{cut}{end}")))
}

pub(super) fn wordcount(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    given.none()?;
    let text = value.text(cx.budget())?;
    let words = text.split(|c: char| !(c == '_' || c.is_alphanumeric())).filter(|w| !w.is_empty());
    Ok(Value::int(words.count()))
}
