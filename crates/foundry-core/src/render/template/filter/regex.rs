//! `regex_replace` and its kind: Python's patterns where they mean the same in Rust.

use super::super::error::{Eval, Fault};
use super::super::eval::args::{flag, int, required};
use super::super::eval::{Cx, Given};
use super::super::value::Value;
use regex::{Captures, Regex, RegexBuilder};

/// Compiles a pattern (once per render) and uses it.
pub(in super::super) fn with_pattern<T>(
    cx: &Cx<'_>,
    pattern: &str,
    [ignore_case, multi_line]: [bool; 2],
    run: impl FnOnce(&Regex) -> T,
) -> Eval<T> {
    let key = format!("{}{}{pattern}", u8::from(ignore_case), u8::from(multi_line));
    if let Some(regex) = cx.run.patterns.borrow().get(&key) {
        return Ok(run(regex));
    }
    cx.budget().work(10_000)?;
    let regex = RegexBuilder::new(&pattern.replace("\\Z", "\\z"))
        .case_insensitive(ignore_case)
        .multi_line(multi_line)
        .size_limit(1 << 20)
        .build()
        .map_err(|error| explain(pattern, &error))?;
    let result = run(&regex);
    cx.run.patterns.borrow_mut().insert(key, regex);
    Ok(result)
}

fn explain(pattern: &str, error: &regex::Error) -> Box<Fault> {
    let around = ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|look| pattern.contains(look));
    if around {
        return Fault::new("a pattern that looks ahead or behind is not supported")
            .help("match the surrounding text too and put it back with \\1");
    }
    match error {
        regex::Error::CompiledTooBig(_) => Fault::new("this pattern is too large"),
        _ => Fault::new("this pattern is not a valid regular expression"),
    }
}

/// `\1`, `\g<name>` and `\g<1>` in a replacement.
fn expand(template: &str, captures: &Captures<'_>, out: &mut String) {
    let mut rest = template;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let digits = rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            let group = rest[..digits].parse().ok().and_then(|n| captures.get(n));
            out.push_str(group.map_or("", |m| m.as_str()));
            rest = &rest[digits..];
        } else if let Some((name, tail)) = rest.strip_prefix("g<").and_then(|r| r.split_once('>')) {
            let group = name.parse().map_or_else(|_| captures.name(name), |n| captures.get(n));
            out.push_str(group.map_or("", |m| m.as_str()));
            rest = tail;
        } else {
            let escaped = rest.chars().next();
            match escaped {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some(c) if c != '\\' => out.extend(['\\', c]),
                _ => out.push('\\'),
            }
            rest = &rest[escaped.map_or(0, char::len_utf8)..];
        }
    }
    out.push_str(rest);
}

pub(super) fn replace(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let names = ["pattern", "replacement", "ignorecase", "multiline", "count", "mandatory_count"];
    let [pattern, replacement, ignore_case, multi_line, most, _] = given.take(names)?;
    let text = value.text(cx.budget())?;
    let (pattern, replacement) = (cx.text_of(pattern, "")?, cx.text_of(replacement, "")?);
    let most = usize::try_from(int(most, 0)?).unwrap_or(0);
    let flags = [flag(ignore_case, false)?, flag(multi_line, false)?];
    with_pattern(cx, &pattern, flags, |regex| {
        let mut out = String::new();
        let mut last = 0;
        for captures in regex.captures_iter(&text).take(if most == 0 { usize::MAX } else { most }) {
            let Some(all) = captures.get(0) else { continue };
            out.push_str(&text[last..all.start()]);
            expand(&replacement, &captures, &mut out);
            last = all.end();
            cx.budget().make(out.len() / 16)?;
            cx.budget().output(out.len())?;
        }
        out.push_str(&text[last..]);
        cx.budget().make(out.len())?;
        Ok(Value::str(out))
    })?
}

pub(super) fn search(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let named = given.named;
    let mut positional = given.positional.into_iter();
    let pattern = required(positional.next(), "regex")?.text(cx.budget())?;
    let [ignore_case, multi_line] =
        Given { positional: Vec::new(), named }.take(["ignorecase", "multiline"])?;
    let groups = positional.map(|g| g.text(cx.budget())).collect::<Eval<Vec<_>>>()?;
    let text = value.text(cx.budget())?;
    with_pattern(cx, &pattern, [flag(ignore_case, false)?, flag(multi_line, false)?], |regex| {
        let Some(captures) = regex.captures(&text) else { return Value::None };
        let found = |m: Option<regex::Match<'_>>| m.map_or(Value::None, |m| Value::str(m.as_str()));
        if groups.is_empty() {
            return found(captures.get(0));
        }
        let group = |name: &std::sync::Arc<str>| {
            let plain = name.trim_start_matches("\\g<").trim_end_matches('>').trim_start_matches('\\');
            found(plain.parse().map_or_else(|_| captures.name(plain), |n| captures.get(n)))
        };
        Value::list(groups.iter().map(group).collect())
    })
}

pub(super) fn findall(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [pattern, multi_line, ignore_case] = given.take(["regex", "multiline", "ignorecase"])?;
    let pattern = required(pattern, "regex")?.text(cx.budget())?;
    let text = value.text(cx.budget())?;
    cx.budget().make(text.len().saturating_mul(32))?;
    with_pattern(cx, &pattern, [flag(ignore_case, false)?, flag(multi_line, false)?], |regex| {
        let part = |m: Option<regex::Match<'_>>| Value::str(m.map_or("", |m| m.as_str()));
        let one = |captures: Captures<'_>| match captures.len() {
            1 => part(captures.get(0)),
            2 => part(captures.get(1)),
            _ => Value::tuple(captures.iter().skip(1).map(part).collect()),
        };
        Value::list(regex.captures_iter(&text).map(one).collect())
    })
}

pub(super) fn escape(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    given.none()?;
    let text = value.text(cx.budget())?;
    cx.budget().make(text.len() * 2)?;
    let mut out = String::new();
    for c in text.chars() {
        if "()[]{}?*+-|^$\\.&~# \t\n\r\x0b\x0c".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    Ok(Value::str(out))
}
