//! Methods of texts.

use super::super::error::{Eval, Fault};
use super::super::eval::args::{count, flag, int, optional, required, text};
use super::super::eval::{Cx, Given};
use super::super::format::str_format;
use super::super::lex::python_space;
use super::super::value::Value;
use std::sync::Arc;

pub(super) const NAMES: [&str; 45] = [
    "capitalize",
    "casefold",
    "center",
    "count",
    "encode",
    "endswith",
    "expandtabs",
    "find",
    "format",
    "format_map",
    "index",
    "isalnum",
    "isalpha",
    "isascii",
    "isdecimal",
    "isdigit",
    "isidentifier",
    "islower",
    "isnumeric",
    "isprintable",
    "isspace",
    "istitle",
    "isupper",
    "join",
    "ljust",
    "lower",
    "lstrip",
    "partition",
    "removeprefix",
    "removesuffix",
    "replace",
    "rfind",
    "rindex",
    "rjust",
    "rpartition",
    "rsplit",
    "rstrip",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "swapcase",
    "title",
    "upper",
    "zfill",
];

pub(super) fn call(cx: &Cx<'_>, s: &Arc<str>, name: &str, given: Given) -> Eval<Value> {
    cx.budget().work(s.len() / 64 + 1)?;
    match name {
        "format" => return str_format(cx, s, given),
        "format_map" => return str_format(cx, s, Given { named: named(given)?, positional: Vec::new() }),
        "join" => return join(cx, s, given),
        "replace" => return replace(cx, s, given),
        "center" | "ljust" | "rjust" => {
            let [width, fill] = given.take(["width", "fillchar"])?;
            let (width, fill) = (count(width, 0)?, text(fill, " ")?);
            return pad(cx, s, width, &fill, name);
        }
        "zfill" => return zfill(cx, s, count(Some(given.one("width")?), 0)?),
        "expandtabs" => return expandtabs(cx, s, given),
        "split" | "rsplit" => return split(cx, s, name == "rsplit", given),
        "startswith" | "endswith" => return affix(s, name == "endswith", given),
        "find" | "index" | "rfind" | "rindex" | "count" => return find(s, name, given),
        _ => {}
    }
    cx.budget().make(s.len() * 2)?;
    simple(s, name, given)
}

/// Methods whose result is about as long as the text.
fn simple(s: &Arc<str>, name: &str, given: Given) -> Eval<Value> {
    let pair = |given: Given| text(Some(given.one("value")?), "");
    Ok(match name {
        "strip" | "lstrip" | "rstrip" => {
            let [chars] = given.take(["chars"])?;
            let set = optional(chars).map(|c| text(Some(c), "")).transpose()?;
            let matches = |c: char| set.as_ref().map_or_else(|| python_space(c), |set| set.contains(c));
            Value::str(match name {
                "strip" => s.trim_matches(matches),
                "lstrip" => s.trim_start_matches(matches),
                _ => s.trim_end_matches(matches),
            })
        }
        "splitlines" => {
            let [keep] = given.take(["keepends"])?;
            Value::list(split_lines(s, flag(keep, false)?).into_iter().map(Value::str).collect())
        }
        "partition" | "rpartition" => {
            let separator = pair(given)?;
            if separator.is_empty() {
                return Err(Fault::new("the separator is empty"));
            }
            let found =
                if name == "partition" { s.split_once(&*separator) } else { s.rsplit_once(&*separator) };
            let parts = match (found, name) {
                (Some((a, b)), _) => [a, &separator, b],
                (None, "partition") => [s, "", ""],
                (None, _) => ["", "", s],
            };
            Value::tuple(parts.into_iter().map(Value::str).collect())
        }
        "removeprefix" => Value::str(s.strip_prefix(&*pair(given)?).unwrap_or(s)),
        "removesuffix" => Value::str(s.strip_suffix(&*pair(given)?).unwrap_or(s)),
        "encode" => {
            let [encoding, _errors] = given.take(["encoding", "errors"])?;
            let encoding = text(encoding, "utf-8")?.to_ascii_lowercase();
            let ascii = matches!(&*encoding, "ascii" | "us-ascii") && s.is_ascii();
            if !(ascii || matches!(&*encoding, "utf-8" | "utf8")) {
                return Err(Fault::new("only UTF-8 is supported").help("leave the encoding out"));
            }
            Value::Bytes(s.as_bytes().into())
        }
        _ => {
            given.none()?;
            return Ok(predicate(s, name).map_or_else(|| Value::str(cased(s, name)), Value::Bool));
        }
    })
}

fn cased(s: &str, name: &str) -> String {
    match name {
        "upper" => s.to_uppercase(),
        "capitalize" => capitalize(s),
        "title" => title(s),
        "swapcase" => s.chars().flat_map(swap).collect(),
        _ => s.to_lowercase(),
    }
}

fn swap(c: char) -> Vec<char> {
    if c.is_uppercase() { c.to_lowercase().collect() } else { c.to_uppercase().collect() }
}

/// Python's `capitalize`: the first letter large, all others small.
pub(in super::super) fn capitalize(s: &str) -> String {
    let mut chars = s.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().collect::<String>() + &chars.as_str().to_lowercase(),
        None => String::new(),
    }
}

fn title(s: &str) -> String {
    let mut inside = false;
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        if inside {
            out.extend(c.to_lowercase())
        } else {
            out.extend(c.to_uppercase())
        }
        inside = c.is_alphabetic();
    }
    out
}

fn predicate(s: &str, name: &str) -> Option<bool> {
    let all = |f: fn(char) -> bool| !s.is_empty() && s.chars().all(f);
    let cased = || s.chars().any(|c| c.is_uppercase() || c.is_lowercase());
    Some(match name {
        "isalnum" => all(char::is_alphanumeric),
        "isalpha" => all(char::is_alphabetic),
        "isascii" => s.is_ascii(),
        "isdigit" | "isdecimal" => all(|c| c.is_ascii_digit()),
        "isnumeric" => all(char::is_numeric),
        "isidentifier" => {
            let first = s.chars().next().is_some_and(|c| c == '_' || c.is_alphabetic());
            first && s.chars().all(|c| c == '_' || c.is_alphanumeric())
        }
        "islower" => cased() && !s.chars().any(char::is_uppercase),
        "isupper" => cased() && !s.chars().any(char::is_lowercase),
        "isprintable" => !s.chars().any(char::is_control),
        "isspace" => all(python_space),
        "istitle" => cased() && title(s) == s,
        _ => return None,
    })
}

fn named(given: Given) -> Eval<Vec<(Arc<str>, Value)>> {
    let value = given.one("mapping")?;
    let map = super::super::eval::mapping(&value)?;
    Ok(map.iter().filter_map(|(k, v)| Some((k.0.as_str()?.into(), v.clone()))).collect())
}

fn join(cx: &Cx<'_>, s: &str, given: Given) -> Eval<Value> {
    let items = given.one("iterable")?.elements(cx.budget())?;
    let mut out = String::new();
    for (i, item) in items.iter().enumerate() {
        let part =
            text(Some(item.clone()), "").map_err(|fault| fault.help("use `| join`, which converts"))?;
        cx.budget().make(part.len() + s.len())?;
        if i > 0 {
            out.push_str(s);
        }
        out.push_str(&part);
    }
    cx.budget().make(out.len())?;
    Ok(Value::str(out))
}

/// `text.replace(old, new, count)`, its cost known before it is made.
pub(in super::super) fn replaced(cx: &Cx<'_>, s: &str, old: &str, new: &str, most: usize) -> Eval<Value> {
    let found = if old.is_empty() { s.chars().count() + 1 } else { s.matches(old).count() }.min(most);
    let grown = s.len() + found.saturating_mul(new.len().saturating_sub(old.len()));
    cx.budget().make(grown)?;
    Ok(Value::str(s.replacen(old, new, most)))
}

fn replace(cx: &Cx<'_>, s: &str, given: Given) -> Eval<Value> {
    let [old, new, most] = given.take(["old", "new", "count"])?;
    let (old, new) = (text(Some(required(old, "old")?), "")?, text(Some(required(new, "new")?), "")?);
    let most = usize::try_from(int(most, -1)?).unwrap_or(usize::MAX);
    replaced(cx, s, &old, &new, most)
}

/// Fills a text up to `width` characters: `ljust`, `rjust` or `center`.
pub(in super::super) fn pad(cx: &Cx<'_>, s: &str, width: usize, fill: &str, name: &str) -> Eval<Value> {
    let mut chars = fill.chars();
    let (Some(fill), None) = (chars.next(), chars.next()) else {
        return Err(Fault::new("the fill must be exactly one character"));
    };
    let len = s.chars().count();
    let missing = width.saturating_sub(len);
    cx.budget().make(missing.saturating_mul(4).saturating_add(s.len()))?;
    let left = match name {
        "ljust" => 0,
        "rjust" => missing,
        // Python puts the odd one to the left when the width is odd.
        _ => missing / 2 + (missing & width & 1),
    };
    let side = |n: usize| std::iter::repeat_n(fill, n);
    Ok(Value::str(side(left).chain(s.chars()).chain(side(missing - left)).collect::<String>()))
}

fn zfill(cx: &Cx<'_>, s: &str, width: usize) -> Eval<Value> {
    let missing = width.saturating_sub(s.chars().count());
    cx.budget().make(missing.saturating_add(s.len()))?;
    let digits = s.strip_prefix(['+', '-']).unwrap_or(s);
    let sign = &s[..s.len() - digits.len()];
    Ok(Value::str(format!("{sign}{}{digits}", "0".repeat(missing))))
}

fn expandtabs(cx: &Cx<'_>, s: &str, given: Given) -> Eval<Value> {
    let [size] = given.take(["tabsize"])?;
    let size = count(size, 8)?;
    cx.budget().make(s.len().saturating_add(s.matches('\t').count().saturating_mul(size)))?;
    let mut out = String::new();
    let mut column = 0;
    for c in s.chars() {
        match c {
            '\t' => {
                let n = if size == 0 { 0 } else { size - column % size };
                out.extend(std::iter::repeat_n(' ', n));
                column += n;
            }
            c => {
                out.push(c);
                column = if matches!(c, '\n' | '\r') { 0 } else { column + 1 };
            }
        }
    }
    Ok(Value::str(out))
}

fn split(cx: &Cx<'_>, s: &str, from_right: bool, given: Given) -> Eval<Value> {
    let [separator, most] = given.take(["sep", "maxsplit"])?;
    let separator = optional(separator).map(|v| text(Some(v), "")).transpose()?;
    let most = usize::try_from(int(most, -1)?).unwrap_or(usize::MAX);
    let parts: Vec<&str> = match &separator {
        Some(separator) if separator.is_empty() => return Err(Fault::new("the separator is empty")),
        Some(separator) if from_right => {
            let mut parts: Vec<&str> = s.rsplitn(most.saturating_add(1), &**separator).collect();
            parts.reverse();
            parts
        }
        Some(separator) => s.splitn(most.saturating_add(1), &**separator).collect(),
        None => words(s, from_right, most),
    };
    cx.budget().make(parts.len() * 32 + s.len())?;
    Ok(Value::list(parts.into_iter().map(Value::str).collect()))
}

/// Splits at runs of whitespace, at most `most` times.
fn words(s: &str, from_right: bool, most: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = s.trim_matches(python_space);
    while !rest.is_empty() && parts.len() < most {
        let found = if from_right {
            rest.char_indices().rev().find(|(_, c)| python_space(*c))
        } else {
            rest.char_indices().find(|(_, c)| python_space(*c))
        };
        let Some((at, c)) = found else { break };
        let (left, right) = (&rest[..at], &rest[at + c.len_utf8()..]);
        if from_right {
            parts.push(right);
            rest = left.trim_end_matches(python_space);
        } else {
            parts.push(left);
            rest = right.trim_start_matches(python_space);
        }
    }
    if !rest.is_empty() {
        parts.push(rest);
    }
    if from_right {
        parts.reverse();
    }
    parts
}

/// Python's `splitlines`.
pub(in super::super) fn lines(s: &str) -> Vec<&str> {
    split_lines(s, false)
}

fn split_lines(s: &str, keep: bool) -> Vec<&str> {
    let end = |c: char| {
        matches!(c, '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
    };
    let mut parts = Vec::new();
    let mut rest = s;
    while let Some(at) = rest.find(end) {
        let tail = &rest[at..];
        let width = if tail.starts_with("\r\n") { 2 } else { tail.chars().next().map_or(1, char::len_utf8) };
        parts.push(&rest[..if keep { at + width } else { at }]);
        rest = &rest[at + width..];
    }
    if !rest.is_empty() {
        parts.push(rest);
    }
    parts
}

fn affix(s: &str, end: bool, given: Given) -> Eval<Value> {
    let [wanted, start, stop] = given.take(["value", "start", "end"])?;
    let wanted = required(wanted, "value")?;
    let (from, to) = range(s, start, stop)?;
    let part = if from <= to { &s[from..to] } else { "" };
    let candidates = match &wanted {
        Value::Tuple(items) => items.0.clone(),
        one => vec![one.clone()],
    };
    for one in candidates {
        let one = text(Some(one), "")?;
        if if end { part.ends_with(&*one) } else { part.starts_with(&*one) } {
            return Ok(Value::Bool(from <= to));
        }
    }
    Ok(Value::Bool(false))
}

/// The bytes of characters `start..end`, as Python clamps them.
fn range(s: &str, start: Option<Value>, stop: Option<Value>) -> Eval<(usize, usize)> {
    let bound = |value: Option<Value>, default: usize| -> Eval<usize> {
        let Some(value) = optional(value) else { return Ok(default) };
        let mut n = int(Some(value), 0)?;
        if n < 0 {
            n += s.chars().count() as i128;
        }
        let chars = usize::try_from(n.max(0)).unwrap_or(usize::MAX);
        Ok(s.char_indices().nth(chars).map_or(s.len(), |(i, _)| i))
    };
    Ok((bound(start, 0)?, bound(stop, s.len())?))
}

fn find(s: &str, name: &str, given: Given) -> Eval<Value> {
    let [wanted, start, stop] = given.take(["sub", "start", "end"])?;
    let wanted = text(Some(required(wanted, "sub")?), "")?;
    let (from, to) = range(s, start, stop)?;
    let part = if from <= to { &s[from..to] } else { "" };
    if name == "count" {
        let n = if wanted.is_empty() { part.chars().count() + 1 } else { part.matches(&*wanted).count() };
        return Ok(Value::int(n));
    }
    let found = if name.starts_with('r') { part.rfind(&*wanted) } else { part.find(&*wanted) };
    match found {
        Some(at) => Ok(Value::int(s[..from + at].chars().count())),
        None if name.ends_with("find") => Ok(Value::Int(-1)),
        None => Err(Fault::new("the text does not contain this").help("use find(), which gives -1 then")),
    }
}
