//! Digits of numbers as Python's format codes want them.

/// `e`, `f` or `g` (either case) of a finite or other float, without its sign.
pub(super) fn float_digits(n: f64, code: char, precision: usize, alternate: bool) -> String {
    let n = n.abs();
    let upper = code.is_ascii_uppercase();
    let text = if n.is_nan() {
        "nan".to_owned()
    } else if n.is_infinite() {
        "inf".to_owned()
    } else {
        match code.to_ascii_lowercase() {
            'e' => exponent(n, precision),
            'g' => general(n, precision, alternate),
            _ => format!("{n:.precision$}"),
        }
    };
    if upper { text.to_uppercase() } else { text }
}

fn exponent(n: f64, precision: usize) -> String {
    let text = format!("{n:.precision$e}");
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    format!("{mantissa}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs())
}

fn general(n: f64, precision: usize, alternate: bool) -> String {
    let precision = precision.max(1);
    let scientific = exponent(n, precision - 1);
    let power: i32 = scientific.split_once('e').and_then(|(_, p)| p.parse().ok()).unwrap_or(0);
    let trim = |text: &str| -> String {
        if alternate || !text.contains('.') {
            return text.to_owned();
        }
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    if power < -4 || power >= precision as i32 {
        let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "+00"));
        return format!("{}e{power}", trim(mantissa));
    }
    let decimals = usize::try_from(precision as i32 - 1 - power).unwrap_or(0);
    trim(&format!("{n:.decimals$}"))
}

/// Digits of an integer in the base of its code, with the prefix that `#` asks for.
pub(super) fn integer_digits(n: u128, code: char, alternate: bool) -> String {
    match (code, alternate) {
        ('x', false) => format!("{n:x}"),
        ('x', true) => format!("{n:#x}"),
        ('X', false) => format!("{n:X}"),
        ('X', true) => format!("0X{n:X}"),
        ('o', false) => format!("{n:o}"),
        ('o', true) => format!("{n:#o}"),
        ('b', false) => format!("{n:b}"),
        ('b', true) => format!("{n:#b}"),
        _ => n.to_string(),
    }
}

/// Puts `separator` between groups of `size` digits of the whole part.
pub(super) fn grouped(digits: &str, separator: char, size: usize) -> String {
    let end = digits.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(digits.len());
    let (whole, rest) = digits.split_at(end);
    let mut out = String::with_capacity(digits.len() * 2);
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % size == 0 {
            out.push(separator);
        }
        out.push(c);
    }
    out + rest
}
