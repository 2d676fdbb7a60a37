//! `'%s-%03d' % (name, number)`.

use super::super::error::{Eval, Fault};
use super::super::eval::Cx;
use super::super::value::{Key, Value};
use super::number::{float_digits, integer_digits};

#[derive(Default)]
struct Spec {
    left: bool,
    plus: bool,
    space: bool,
    zero: bool,
    alternate: bool,
    width: usize,
    precision: Option<usize>,
}

/// The values that a format takes, one after the other.
struct Values<'v> {
    all: &'v [Value],
    next: usize,
}

impl Values<'_> {
    fn take(&mut self) -> Eval<&Value> {
        self.next += 1;
        self.all.get(self.next - 1).ok_or_else(|| Fault::new("not enough values for this format"))
    }

    fn width(&mut self) -> Eval<i128> {
        self.take()?.as_int().ok_or_else(|| Fault::new("`*` needs an integer"))
    }
}

/// Formats `values` (a tuple, a mapping, or one value) as Python's `%` does.
pub(in super::super) fn printf(cx: &Cx<'_>, format: &str, values: &Value) -> Eval<String> {
    let one = [values.clone()];
    let all: &[Value] = match values {
        Value::Tuple(items) => &items.0,
        _ => &one,
    };
    let mut values_left = Values { all, next: 0 };
    let mut named = false;
    let mut out = String::new();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut spec = Spec::default();
        let mut value = None;
        if chars.next_if_eq(&'(').is_some() {
            let name: String = chars.by_ref().take_while(|c| *c != ')').collect();
            let Value::Dict(map) = values else {
                return Err(Fault::new("`%(name)s` needs a mapping on the right"));
            };
            let found = map.0.borrow().get(&Key::text(&name)).cloned();
            value = Some(found.ok_or_else(|| Fault::new(format!("the mapping has no key `{name}`")))?);
            named = true;
        }
        while let Some(flag) = chars.next_if(|c| "-+ 0#".contains(*c)) {
            match flag {
                '-' => spec.left = true,
                '+' => spec.plus = true,
                ' ' => spec.space = true,
                '0' => spec.zero = true,
                _ => spec.alternate = true,
            }
        }
        spec.width = if chars.next_if_eq(&'*').is_some() {
            let width = values_left.width()?;
            spec.left |= width < 0;
            usize::try_from(width.unsigned_abs()).unwrap_or(usize::MAX)
        } else {
            digits(&mut chars)
        };
        if chars.next_if_eq(&'.').is_some() {
            spec.precision = Some(if chars.next_if_eq(&'*').is_some() {
                usize::try_from(values_left.width()?.max(0)).unwrap_or(usize::MAX)
            } else {
                digits(&mut chars)
            });
        }
        let code =
            chars.find(|c| !"hlL".contains(*c)).ok_or_else(|| Fault::new("the format ends after `%`"))?;
        if code == '%' {
            out.push('%');
            continue;
        }
        let value = match value {
            Some(value) => value,
            None => values_left.take()?.clone(),
        };
        cx.budget().make(spec.width.saturating_add(spec.precision.unwrap_or(0)))?;
        out.push_str(&convert(cx, &spec, code, &value)?);
    }
    let unused = values_left.next < all.len() && !named && !matches!(values, Value::Dict(_));
    if unused && (matches!(values, Value::Tuple(_)) || values_left.next == 0) {
        return Err(Fault::new("not all values are used by this format"));
    }
    cx.budget().make(out.len())?;
    Ok(out)
}

fn digits(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> usize {
    let mut n: usize = 0;
    while let Some(d) = chars.next_if(char::is_ascii_digit) {
        n = n.saturating_mul(10).saturating_add(d as usize - '0' as usize);
    }
    n
}

fn convert(cx: &Cx<'_>, spec: &Spec, code: char, value: &Value) -> Eval<String> {
    let value = value.defined()?;
    let (sign, digits) = match code {
        's' | 'r' | 'a' => {
            let mut text = String::new();
            if code == 's' {
                value.show(&mut text, cx.budget())?
            } else {
                value.repr(&mut text, cx.budget())?
            }
            if let Some(most) = spec.precision {
                text = text.chars().take(most).collect();
            }
            return Ok(padded(spec, "", &text, false));
        }
        'c' => {
            let text = match value {
                Value::Str(s) if s.chars().count() == 1 => s.to_string(),
                other => {
                    let c = other.as_int().and_then(|n| char::from_u32(u32::try_from(n).ok()?));
                    c.ok_or_else(|| Fault::new("`%c` needs a character"))?.to_string()
                }
            };
            return Ok(padded(spec, "", &text, false));
        }
        'd' | 'i' | 'u' | 'x' | 'X' | 'o' => {
            let whole = match value {
                Value::Float(n) if matches!(code, 'd' | 'i' | 'u') && n.is_finite() => {
                    Some(n.trunc() as i128)
                }
                other => other.as_int(),
            };
            let n = whole.ok_or_else(|| needs(code, "an integer", value))?;
            let digits = integer_digits(n.unsigned_abs(), code, spec.alternate);
            let least = spec.precision.unwrap_or(0);
            (n < 0, format!("{}{digits}", "0".repeat(least.saturating_sub(digits.len()))))
        }
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
            let n = value.as_float().ok_or_else(|| needs(code, "a number", value))?;
            (
                n.is_sign_negative() && !n.is_nan(),
                float_digits(n, code, spec.precision.unwrap_or(6), spec.alternate),
            )
        }
        other => return Err(Fault::new(format!("unknown format code `%{other}`"))),
    };
    let sign = match (sign, spec.plus, spec.space) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    };
    Ok(padded(spec, sign, &digits, spec.zero && !spec.left))
}

fn needs(code: char, what: &str, value: &Value) -> Box<Fault> {
    Fault::new(format!("`%{code}` needs {what}, got {}", value.type_name()))
        .help("convert it with `| int` or `| float`")
}

fn padded(spec: &Spec, sign: &str, digits: &str, zero: bool) -> String {
    let missing = spec.width.saturating_sub(sign.len() + digits.chars().count());
    match (zero, spec.left) {
        (true, _) => {
            let prefix = if spec.alternate && digits.len() > 1 && !digits.as_bytes()[1].is_ascii_digit() {
                2
            } else {
                0
            };
            format!("{sign}{}{}{}", &digits[..prefix], "0".repeat(missing), &digits[prefix..])
        }
        (_, true) => format!("{sign}{digits}{}", " ".repeat(missing)),
        _ => format!("{}{sign}{digits}", " ".repeat(missing)),
    }
}
