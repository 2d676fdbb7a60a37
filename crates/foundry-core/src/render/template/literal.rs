//! Numbers and escapes in the source.

use super::error::{Eval, Fault};

/// The length of the number at the start of `text`, and whether it is a float.
pub(super) fn number_length(text: &str, may_be_float: bool) -> (usize, bool) {
    let bytes = text.as_bytes();
    let run = |from: usize, ok: fn(&u8) -> bool| {
        let mut at = from;
        while at < bytes.len()
            && (ok(&bytes[at]) || (bytes[at] == b'_' && at > from && bytes.get(at + 1).is_some_and(ok)))
        {
            at += 1;
        }
        at
    };
    let prefix = bytes.get(..2).map(<[u8]>::to_ascii_lowercase);
    let based: Option<fn(&u8) -> bool> = match prefix.as_deref() {
        Some(b"0x") => Some(u8::is_ascii_hexdigit),
        Some(b"0o") => Some(|b| (b'0'..=b'7').contains(b)),
        Some(b"0b") => Some(|b| matches!(b, b'0' | b'1')),
        _ => None,
    };
    if let Some(ok) = based.filter(|ok| bytes.get(2).is_some_and(ok)) {
        return (run(2, ok), false);
    }
    let whole = run(0, u8::is_ascii_digit);
    if !may_be_float {
        return (whole, false);
    }
    let mut end = whole;
    if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
        end = run(end + 1, u8::is_ascii_digit);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let digits = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if bytes.get(digits).is_some_and(u8::is_ascii_digit) {
            end = run(digits, u8::is_ascii_digit);
        }
    }
    (end, end > whole)
}

/// Python's escapes in a string literal; an unknown one stays as it is.
pub(super) fn unescape(text: &str) -> Eval<String> {
    if !text.contains('\\') {
        return Ok(text.to_owned());
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let Some(escape) = chars.next() else { break };
        match escape {
            '\n' => {}
            '\\' | '\'' | '"' => out.push(escape),
            'a' => out.push('\x07'),
            'b' => out.push('\x08'),
            'f' => out.push('\x0c'),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'v' => out.push('\x0b'),
            'x' => out.push(hex(&mut chars, 2)?),
            'u' => out.push(hex(&mut chars, 4)?),
            'U' => out.push(hex(&mut chars, 8)?),
            'N' => return Err(Fault::new("`\\N{…}` is not supported").help("write the character itself")),
            '0'..='7' => {
                let mut code = escape.to_digit(8).unwrap_or(0);
                for _ in 0..2 {
                    let Some(digit) = chars.peek().and_then(|c| c.to_digit(8)) else { break };
                    code = code * 8 + digit;
                    chars.next();
                }
                out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
            }
            other => out.extend(['\\', other]),
        }
    }
    Ok(out)
}

fn hex(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, digits: usize) -> Eval<char> {
    let code: String = chars.by_ref().take(digits).collect();
    u32::from_str_radix(&code, 16)
        .ok()
        .filter(|_| code.len() == digits)
        .and_then(char::from_u32)
        .ok_or_else(|| Fault::new("this escape is not a character").help("write the character itself"))
}
