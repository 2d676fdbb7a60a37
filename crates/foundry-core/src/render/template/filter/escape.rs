//! Filters that encode: HTML, URLs, base64, shell words, digests.

use super::super::error::{Eval, Fault};
use super::super::eval::args::flag;
use super::super::eval::{Cx, Given, mapping};
use super::super::lex::python_space;
use super::super::value::Value;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::Digest as _;
use std::fmt::Write as _;

fn html_escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\'' => out.push_str("&#39;"),
            '"' => out.push_str("&#34;"),
            c => out.push(c),
        }
    }
    out
}

pub(super) fn html(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    given.none()?;
    let text = value.text(cx.budget())?;
    cx.budget().make(text.len() * 5)?;
    Ok(Value::str(html_escaped(&text)))
}

pub(super) fn xmlattr(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [autospace] = given.take(["autospace"])?;
    let mut out = String::new();
    for (key, value) in mapping(value)?.iter() {
        if matches!(value, Value::None) || value.is_undefined() {
            continue;
        }
        let key = key.0.text(cx.budget())?;
        if key.contains(|c: char| python_space(c) || matches!(c, '/' | '>' | '=')) {
            return Err(Fault::new("an attribute's name contains a blank, `/`, `>` or `=`"));
        }
        if !out.is_empty() {
            out.push(' ');
        }
        let value = value.text(cx.budget())?;
        write!(out, "{}=\"{}\"", html_escaped(&key), html_escaped(&value)).unwrap_or_default();
    }
    cx.budget().make(out.len())?;
    let space = if flag(autospace, true)? && !out.is_empty() { " " } else { "" };
    Ok(Value::str(format!("{space}{out}")))
}

pub(super) fn striptags(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    given.none()?;
    let text = value.text(cx.budget())?;
    cx.budget().make(text.len() * 2)?;
    let mut plain = String::new();
    let mut rest = &*text;
    while let Some(at) = rest.find('<') {
        let (close, width) = if rest[at..].starts_with("<!--") { ("-->", 3) } else { (">", 1) };
        let Some(end) = rest[at..].find(close) else { break };
        plain.push_str(&rest[..at]);
        rest = &rest[at + end + width..];
    }
    plain.push_str(rest);
    let words: Vec<&str> = plain.split(python_space).filter(|w| !w.is_empty()).collect();
    Ok(Value::str(unescaped(&words.join(" "))))
}

fn unescaped(text: &str) -> String {
    let named = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&nbsp;", "\u{a0}"),
    ];
    named.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to)).replace("&amp;", "&")
}

fn url_quoted(text: &str, query: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for b in text.bytes() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'~' => out.push(char::from(b)),
            b'/' if !query => out.push('/'),
            b' ' if query => out.push('+'),
            b => write!(out, "%{b:02X}").unwrap_or_default(),
        }
    }
    out
}

pub(super) fn urlencode(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    given.none()?;
    let pairs: Vec<(Value, Value)> = match value.defined()? {
        Value::Dict(map) => map.0.borrow().iter().map(|(k, v)| (k.0.clone(), v.clone())).collect(),
        Value::List(_) | Value::Tuple(_) => {
            let mut pairs = Vec::new();
            for pair in value.elements(cx.budget())? {
                let pair = <[Value; 2]>::try_from(pair.elements(cx.budget())?);
                let [key, value] =
                    pair.map_err(|_| Fault::new("urlencode needs a text, a mapping or pairs"))?;
                pairs.push((key, value));
            }
            pairs
        }
        other => {
            let text = other.text(cx.budget())?;
            cx.budget().make(text.len() * 3)?;
            return Ok(Value::str(url_quoted(&text, false)));
        }
    };
    let mut parts = Vec::new();
    for (key, value) in pairs {
        let (key, value) = (key.text(cx.budget())?, value.text(cx.budget())?);
        cx.budget().make((key.len() + value.len()) * 3)?;
        parts.push(format!("{}={}", url_quoted(&key, true), url_quoted(&value, true)));
    }
    Ok(Value::str(parts.join("&")))
}

pub(super) fn b64encode(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [_encoding] = given.take(["encoding"])?;
    let bytes = raw(cx, value)?;
    cx.budget().make(bytes.len() * 2)?;
    Ok(Value::str(STANDARD.encode(bytes)))
}

pub(super) fn b64decode(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let [_encoding] = given.take(["encoding"])?;
    let text = value.text(cx.budget())?;
    cx.budget().make(text.len())?;
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = STANDARD.decode(plain).map_err(|_| Fault::new("this is not base64"))?;
    String::from_utf8(bytes).map(Value::str).map_err(|_| Fault::new("the decoded bytes are not UTF-8"))
}

fn raw(cx: &Cx<'_>, value: &Value) -> Eval<Vec<u8>> {
    match value {
        Value::Bytes(bytes) => Ok(bytes.to_vec()),
        other => Ok(other.text(cx.budget())?.as_bytes().to_vec()),
    }
}

/// A hexadecimal digest.
pub(super) fn digest(cx: &Cx<'_>, value: &Value, kind: &str) -> Eval<Value> {
    let bytes = raw(cx, value)?;
    let hash: Vec<u8> = match kind {
        "md5" => md5::Md5::digest(&bytes).to_vec(),
        "sha1" => sha1::Sha1::digest(&bytes).to_vec(),
        "sha224" => sha2::Sha224::digest(&bytes).to_vec(),
        "sha256" => sha2::Sha256::digest(&bytes).to_vec(),
        "sha384" => sha2::Sha384::digest(&bytes).to_vec(),
        "sha512" => sha2::Sha512::digest(&bytes).to_vec(),
        _ => return Err(Fault::new("unknown hash").help("use md5, sha1, sha224, sha256, sha384 or sha512")),
    };
    Ok(Value::str(hash.iter().map(|b| format!("{b:02x}")).collect::<String>()))
}

/// A text as one word of a shell.
pub(super) fn quote(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    given.none()?;
    let word = match value.defined()? {
        Value::None => "".into(),
        other => other.text(cx.budget())?,
    };
    cx.budget().make(word.len() * 5)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return Ok(Value::Str(word));
    }
    Ok(Value::str(format!("'{}'", word.replace('\'', "'\"'\"'"))))
}
