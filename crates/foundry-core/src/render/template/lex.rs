//! Source to tokens, with the whitespace rules of `trim_blocks` and `lstrip_blocks`.

use super::ast::At;
use super::error::Fault;
use super::literal::{number_length, unescape};
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Data(Arc<str>),
    VarBegin,
    VarEnd,
    BlockBegin,
    BlockEnd,
    Name(Arc<str>),
    Str(Arc<str>),
    Int(i128),
    Float(f64),
    Op(&'static str),
    Eof,
}

/// A fault and where it stands, before there is a compiled template to attach it to.
pub(super) type Lexed<T> = Result<T, (At, Box<Fault>)>;

/// Longest first, so that `**` is not two `*`.
const OPERATORS: [&str; 26] = [
    "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<",
    "=", ".", ":", "|", ",", ";",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tag {
    Raw,
    Block,
    Comment,
    Variable,
}

struct Lexer<'s> {
    source: &'s str,
    at: usize,
    line_starting: bool,
    tokens: Vec<(Token, At)>,
}

/// The tokens of `source`, whose newlines are all `\n`.
pub(super) fn tokens(source: &str) -> Lexed<Vec<(Token, At)>> {
    let mut lexer =
        Lexer { source, at: 0, line_starting: true, tokens: Vec::with_capacity(source.len() / 8 + 4) };
    while lexer.at < source.len() {
        lexer.root()?;
    }
    lexer.push(Token::Eof, source.len(), source.len());
    Ok(lexer.tokens)
}

impl<'s> Lexer<'s> {
    fn push(&mut self, token: Token, start: usize, end: usize) {
        self.tokens.push((token, place(start, end)));
    }

    fn rest(&self) -> &'s str {
        &self.source[self.at..]
    }

    fn data(&mut self, text: &str, start: usize) {
        if !text.is_empty() {
            self.push(Token::Data(text.into()), start, start + text.len());
        }
    }

    /// Text up to the next tag, then that tag.
    fn root(&mut self) -> Lexed<()> {
        let start = self.at;
        let Some((begin, tag)) = self.next_tag() else {
            self.data(self.rest(), start);
            self.at = self.source.len();
            return Ok(());
        };
        let mut after = begin + 2;
        let sign = self.source.as_bytes().get(after).copied().filter(|b| matches!(b, b'-' | b'+'));
        after += usize::from(sign.is_some());
        let text = self.stripped(start, begin, sign, tag != Tag::Variable);
        self.data(text, start);
        self.at = after;
        match tag {
            Tag::Comment => self.comment(begin),
            Tag::Raw => self.raw(begin),
            Tag::Block => {
                self.push(Token::BlockBegin, begin, after);
                self.inside(begin, true)
            }
            Tag::Variable => {
                self.push(Token::VarBegin, begin, after);
                self.inside(begin, false)
            }
        }
    }

    fn next_tag(&self) -> Option<(usize, Tag)> {
        let bytes = self.source.as_bytes();
        let mut from = self.at;
        loop {
            let at = from + self.source[from..].find('{')?;
            match bytes.get(at + 1) {
                Some(b'{') => return Some((at, Tag::Variable)),
                Some(b'#') => return Some((at, Tag::Comment)),
                Some(b'%') => {
                    return Some((
                        at,
                        if raw_begin(&self.source[at..]).is_some() { Tag::Raw } else { Tag::Block },
                    ));
                }
                _ => from = at + 1,
            }
        }
    }

    /// The text before a tag, with what the tag takes away.
    fn stripped(&self, start: usize, end: usize, sign: Option<u8>, lstrip: bool) -> &'s str {
        let text = &self.source[start..end];
        match sign {
            Some(b'-') => text.trim_end_matches(python_space),
            None if lstrip => {
                let line = text.rfind('\n').map_or(0, |i| i + 1);
                let blank = text[line..].chars().all(python_space);
                if blank && (line > 0 || self.line_starting) { &text[..line] } else { text }
            }
            _ => text,
        }
    }

    fn comment(&mut self, begin: usize) -> Lexed<()> {
        let Some(found) = self.rest().find("#}") else {
            return Err((
                place(begin, begin + 2),
                Fault::new("missing end of comment tag").help("close it with `#}`"),
            ));
        };
        let end = self.at + found;
        let sign = (found > 0).then(|| self.source.as_bytes()[end - 1]);
        self.at = end + 2;
        self.after_end(sign, true);
        Ok(())
    }

    fn raw(&mut self, begin: usize) -> Lexed<()> {
        let (length, dash) = raw_begin(&self.source[begin..]).unwrap_or((0, false));
        self.at = begin + length;
        self.line_starting = false;
        if dash {
            self.after_end(Some(b'-'), false);
        }
        let start = self.at;
        let mut from = self.at;
        while let Some(found) = self.source[from..].find("{%") {
            let tag = from + found;
            if let Some((length, sign, end_sign)) = raw_end(&self.source[tag..]) {
                let text = self.stripped(start, tag, sign, true);
                self.data(text, start);
                self.at = tag + length;
                self.after_end(end_sign, true);
                return Ok(());
            }
            from = tag + 2;
        }
        let fault = Fault::new("missing end of raw directive").help("close it with `{% endraw %}`");
        Err((place(begin, begin + length), fault))
    }

    /// What a closing tag takes away behind it; `self.at` is just after the tag.
    fn after_end(&mut self, sign: Option<u8>, trims: bool) {
        let from = self.at;
        match sign {
            Some(b'-') => self.at += self.rest().len() - self.rest().trim_start_matches(python_space).len(),
            Some(b'+') => {}
            _ if trims && self.rest().starts_with('\n') => self.at += 1,
            _ => {}
        }
        self.line_starting = self.source[from..self.at].ends_with('\n');
    }

    /// The tokens between the braces of a block or variable.
    fn inside(&mut self, begin: usize, block: bool) -> Lexed<()> {
        let mut open: Vec<(u8, usize)> = Vec::new();
        let close = if block { "%}" } else { "}}" };
        loop {
            let rest = self.rest();
            let skipped = rest.len() - rest.trim_start_matches(python_space).len();
            self.at += skipped;
            let rest = self.rest();
            if open.is_empty() {
                let sign = rest.bytes().next().filter(|b| *b == b'-' || (block && *b == b'+'));
                let signed = sign.filter(|_| rest[1..].starts_with(close));
                if signed.is_some() || rest.starts_with(close) {
                    let start = self.at;
                    self.at += 2 + usize::from(signed.is_some());
                    self.push(if block { Token::BlockEnd } else { Token::VarEnd }, start, self.at);
                    self.after_end(signed, block);
                    return Ok(());
                }
            }
            let Some(c) = rest.chars().next() else {
                let what = if block { "%}" } else { "}}" };
                let fault = Fault::new(format!("this tag has no end: no `{what}` follows"));
                let (_, from) = open.last().copied().unwrap_or((0, begin));
                return Err((place(from, from + if from == begin { 2 } else { 1 }), fault));
            };
            self.token(c, &mut open)?;
        }
    }

    fn token(&mut self, c: char, open: &mut Vec<(u8, usize)>) -> Lexed<()> {
        let start = self.at;
        if c.is_ascii_digit() {
            return self.number();
        }
        if c == '"' || c == '\'' {
            return self.string(c);
        }
        if c == '_' || c.is_alphanumeric() {
            let length =
                self.rest().find(|c: char| !(c == '_' || c.is_alphanumeric())).unwrap_or(self.rest().len());
            self.at += length;
            let name = &self.source[start..self.at];
            self.push(Token::Name(name.into()), start, self.at);
            return Ok(());
        }
        let bytes = self.rest().as_bytes();
        let Some(op) =
            OPERATORS.iter().find(|op| op.as_bytes()[0] == bytes[0] && bytes.starts_with(op.as_bytes()))
        else {
            let fault = Fault::new(format!("unexpected character `{c}`"));
            return Err((place(start, start + c.len_utf8()), fault));
        };
        match *op {
            "(" | "[" | "{" => open.push((op.as_bytes()[0], start)),
            ")" | "]" | "}" => {
                let expected = open.pop().map(|(b, _)| match b {
                    b'(' => ")",
                    b'[' => "]",
                    _ => "}",
                });
                if expected != Some(op) {
                    let hint = expected.map_or_else(String::new, |e| format!(", expected `{e}`"));
                    return Err((place(start, start + 1), Fault::new(format!("unexpected `{op}`{hint}"))));
                }
            }
            _ => {}
        }
        self.at += op.len();
        self.push(Token::Op(op), start, self.at);
        Ok(())
    }

    fn number(&mut self) -> Lexed<()> {
        let start = self.at;
        let after_dot = start > 0 && self.source.as_bytes()[start - 1] == b'.';
        let (length, float) = number_length(self.rest(), !after_dot);
        self.at += length;
        let text: String = self.source[start..self.at].chars().filter(|c| *c != '_').collect();
        let lower = text.to_ascii_lowercase();
        let token = if float {
            text.parse().ok().map(Token::Float)
        } else {
            let radix = [("0x", 16), ("0o", 8), ("0b", 2)].into_iter().find(|(p, _)| lower.starts_with(p));
            match radix {
                Some((_, radix)) => i128::from_str_radix(&lower[2..], radix).ok().map(Token::Int),
                None => lower.parse().ok().map(Token::Int),
            }
        };
        let token = token.ok_or_else(|| (place(start, self.at), Fault::new("this number is too large")))?;
        self.push(token, start, self.at);
        Ok(())
    }

    fn string(&mut self, quote: char) -> Lexed<()> {
        let start = self.at;
        let body = &self.source[start + 1..];
        let mut escaped = false;
        for (i, c) in body.char_indices() {
            if escaped {
                escaped = false;
            } else if c == '\\' {
                escaped = true;
            } else if c == quote {
                let end = start + 1 + i + 1;
                let text = unescape(&body[..i]).map_err(|fault| (place(start, end), fault))?;
                self.at = end;
                self.push(Token::Str(text.into()), start, end);
                return Ok(());
            }
        }
        Err((place(start, start + 1), Fault::new(format!("this text has no closing `{quote}`"))))
    }
}

pub(super) fn place(start: usize, end: usize) -> At {
    At { start: start as u32, end: end as u32 }
}

/// What Python's `\s` and `str.strip()` take as whitespace.
pub(super) fn python_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

/// `{% raw %}` at the start of `text`: its length, and whether it ends in `-%}`.
fn raw_begin(text: &str) -> Option<(usize, bool)> {
    let rest = text.strip_prefix("{%")?;
    let rest = rest.strip_prefix(['-', '+']).unwrap_or(rest).trim_start_matches(python_space);
    let rest = rest.strip_prefix("raw")?.trim_start_matches(python_space);
    let dash = rest.starts_with("-%}");
    let rest = rest.strip_prefix("-%}").or_else(|| rest.strip_prefix("%}"))?;
    Some((text.len() - rest.len(), dash))
}

/// `{% endraw %}` at the start of `text`: its length and the signs at both ends.
fn raw_end(text: &str) -> Option<(usize, Option<u8>, Option<u8>)> {
    let rest = text.strip_prefix("{%")?;
    let sign = rest.bytes().next().filter(|b| matches!(b, b'-' | b'+'));
    let rest = rest[usize::from(sign.is_some())..].trim_start_matches(python_space);
    let rest = rest.strip_prefix("endraw")?.trim_start_matches(python_space);
    let end = rest.bytes().next().filter(|b| matches!(b, b'-' | b'+'));
    let rest = rest[usize::from(end.is_some())..].strip_prefix("%}")?;
    Some((text.len() - rest.len(), sign, end))
}
