//! Flux's substitution of `${NAME}` in what was built.

use std::collections::BTreeMap;

/// What a variable is known to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// Its text.
    Text(String),
    /// It has one, which only the cluster knows: encrypted, or made elsewhere.
    Hidden,
}

/// What was seen while substituting.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Names that stand in the text.
    pub used: Vec<String>,
    /// Names with neither a value nor a default.
    pub undefined: Vec<String>,
    /// `${…}` that is no variable, such as `${env:X}`.
    pub strange: Vec<String>,
}

/// `text` with its variables replaced. What is not known stays as it is.
pub fn substitute(text: &str, variables: &BTreeMap<String, Known>, seen: &mut Seen) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, from) = rest.split_at(at);
        if let Some(escaped) = before.strip_suffix('$') {
            out.push_str(escaped);
            out.push_str("${");
            rest = &from[2..];
            continue;
        }
        out.push_str(before);
        let Some(end) = closing(from) else {
            out.push_str(from);
            return out;
        };
        let (whole, tail) = from.split_at(end + 1);
        out.push_str(&expression(&whole[2..end], whole, variables, seen));
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// Position of the brace that ends the expression at the start of `text`.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (i, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(i);
                }
            }
            '\n' => return None,
            _ => {}
        }
    }
    None
}

fn expression(inner: &str, whole: &str, variables: &BTreeMap<String, Known>, seen: &mut Seen) -> String {
    let inner = inner.strip_prefix('#').unwrap_or(inner);
    let end = inner.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(inner.len());
    let (name, function) = inner.split_at(end);
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let known_function = ["", ":=", ":-", "=", "-", "^", ",", "/", "#", "%"].iter().any(|f| match *f {
        "" => function.is_empty(),
        f => function.starts_with(f),
    }) || function
        .strip_prefix(':')
        .is_some_and(|r| r.trim_start().starts_with(|c: char| c.is_ascii_digit() || c == '-'));
    if !starts_well || !known_function {
        seen.strange.push(whole.to_owned());
        return whole.to_owned();
    }
    seen.used.push(name.to_owned());
    let default = [":=", ":-", "=", "-"].iter().find_map(|f| function.strip_prefix(f));
    match (variables.get(name), default) {
        (Some(Known::Hidden), _) => whole.to_owned(),
        (Some(Known::Text(text)), Some(default)) if text.is_empty() => substitute(default, variables, seen),
        (Some(Known::Text(text)), _) => transformed(text, function),
        (None, Some(default)) => substitute(default, variables, seen),
        (None, None) => {
            seen.undefined.push(name.to_owned());
            String::new()
        }
    }
}

fn transformed(text: &str, function: &str) -> String {
    match function {
        "^^" => text.to_uppercase(),
        ",," => text.to_lowercase(),
        f if f.starts_with('/') => {
            let all = f.starts_with("//");
            let (from, to) =
                f.trim_start_matches('/').split_once('/').unwrap_or((f.trim_start_matches('/'), ""));
            if all { text.replace(from, to) } else { text.replacen(from, to, 1) }
        }
        _ => text.to_owned(),
    }
}
