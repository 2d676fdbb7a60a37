//! `'{0.name:>8} {:,.2f}'.format(…)`.

use super::super::error::{Eval, Fault};
use super::super::eval::{Cx, Given, attribute, item};
use super::super::value::Value;
use super::number::{float_digits, grouped, integer_digits};

/// Formats as Python's `str.format`.
pub(in super::super) fn str_format(cx: &Cx<'_>, format: &str, given: Given) -> Eval<Value> {
    let mut fields = Fields { cx, given, next: 0, depth: 0 };
    let out = fields.expand(format)?;
    cx.budget().make(out.len())?;
    Ok(Value::str(out))
}

struct Fields<'c> {
    cx: &'c Cx<'c>,
    given: Given,
    next: usize,
    depth: usize,
}

impl Fields<'_> {
    fn expand(&mut self, format: &str) -> Eval<String> {
        if self.depth > 2 {
            return Err(Fault::new("format fields are nested too deep"));
        }
        let mut out = String::new();
        let mut rest = format;
        while let Some(at) = rest.find(['{', '}']) {
            out.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                out.push_str(brace);
                rest = after;
                continue;
            }
            if brace == "}" {
                return Err(Fault::new("single `}` in a format").help("write `}}` for the brace itself"));
            }
            let end = closing(rest).ok_or_else(|| {
                Fault::new("`{` without `}` in a format").help("write `{{` for the brace itself")
            })?;
            let field = self.field(&rest[..end])?;
            self.cx.budget().make(field.len())?;
            out.push_str(&field);
            rest = &rest[end + 1..];
        }
        out.push_str(rest);
        Ok(out)
    }

    fn field(&mut self, field: &str) -> Eval<String> {
        let split = field.find([':', '!']).unwrap_or(field.len());
        let value = self.value(&field[..split])?;
        let (conversion, spec) = match field[split..].strip_prefix('!') {
            Some(rest) => {
                let (conversion, spec) = rest.split_once(':').unwrap_or((rest, ""));
                (Some(conversion), spec)
            }
            None => (None, field[split..].strip_prefix(':').unwrap_or("")),
        };
        let value = match conversion {
            None => value,
            Some("s") => Value::Str(value.text(self.cx.budget())?),
            Some("r" | "a") => {
                let mut text = String::new();
                value.repr(&mut text, self.cx.budget())?;
                Value::str(text)
            }
            Some(_) => return Err(Fault::new("unknown conversion after `!`").help("use !s or !r")),
        };
        self.depth += 1;
        let spec = self.expand(spec)?;
        self.depth -= 1;
        formatted(self.cx, &value, &spec)
    }

    fn value(&mut self, path: &str) -> Eval<Value> {
        let head_end = path.find(['.', '[']).unwrap_or(path.len());
        let (head, mut rest) = path.split_at(head_end);
        let mut value = if head.is_empty() || head.bytes().all(|b| b.is_ascii_digit()) {
            let at = if head.is_empty() { self.next } else { head.parse().unwrap_or(usize::MAX) };
            self.next += usize::from(head.is_empty());
            let found = self.given.positional.get(at).cloned();
            found.ok_or_else(|| Fault::new(format!("the format wants argument {at}, which is not given")))?
        } else {
            let found = self.given.named.iter().find(|(n, _)| &**n == head).map(|(_, v)| v.clone());
            found.ok_or_else(|| Fault::new(format!("the format wants `{head}`, which is not given")))?
        };
        while !rest.is_empty() {
            let (next, found);
            if let Some(index) = rest.strip_prefix('[') {
                let end = index.find(']').ok_or_else(|| Fault::new("`[` without `]` in a format"))?;
                let key = &index[..end];
                let key = key.parse().map_or_else(|_| Value::str(key), Value::Int);
                found = item(self.cx, value.defined()?, &key)?;
                next = &index[end + 1..];
            } else {
                let name = rest.trim_start_matches('.');
                let end = name.find(['.', '[']).unwrap_or(name.len());
                found = attribute(self.cx, value.defined()?, &name[..end])?;
                next = &name[end..];
            }
            value = found.ok_or_else(|| Fault::new("a field of the format names nothing"))?;
            rest = next;
        }
        Ok(value)
    }
}

/// The brace that closes a field, past nested ones.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (i, b) in text.bytes().enumerate() {
        match b {
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(i),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[derive(Default)]
struct Spec {
    fill: Option<char>,
    align: Option<char>,
    sign: Option<char>,
    alternate: bool,
    width: usize,
    group: Option<char>,
    precision: Option<usize>,
    code: Option<char>,
}

fn parse(spec: &str) -> Eval<Spec> {
    let mut parsed = Spec::default();
    let chars: Vec<char> = spec.chars().collect();
    let mut at = 0;
    let is_align = |c: Option<&char>| c.is_some_and(|c| "<>=^".contains(*c));
    if is_align(chars.get(1)) {
        (parsed.fill, parsed.align) = (Some(chars[0]), Some(chars[1]));
        at = 2;
    } else if is_align(chars.first()) {
        parsed.align = Some(chars[0]);
        at = 1;
    }
    let mut next_if = |wanted: &str| {
        let found = chars.get(at).copied().filter(|c| wanted.contains(*c));
        at += usize::from(found.is_some());
        found
    };
    parsed.sign = next_if("+- ");
    parsed.alternate = next_if("#").is_some();
    if next_if("0").is_some() && parsed.align.is_none() {
        parsed.fill = parsed.fill.or(Some('0'));
        parsed.align = Some('=');
    }
    let number = |next_if: &mut dyn FnMut(&str) -> Option<char>| {
        let mut n: Option<usize> = None;
        while let Some(d) = next_if("0123456789") {
            n = Some(n.unwrap_or(0).saturating_mul(10).saturating_add(d as usize - '0' as usize));
        }
        n
    };
    parsed.width = number(&mut next_if).unwrap_or(0);
    parsed.group = next_if(",_");
    if next_if(".").is_some() {
        parsed.precision =
            Some(number(&mut next_if).ok_or_else(|| Fault::new("a precision is missing after `.`"))?);
    }
    parsed.code = next_if("bcdeEfFgGnosxX%");
    if at < chars.len() {
        return Err(
            Fault::new("this format is not valid").help("look it up under Python's format specification")
        );
    }
    Ok(parsed)
}

fn formatted(cx: &Cx<'_>, value: &Value, spec: &str) -> Eval<String> {
    let value = value.defined()?;
    if spec.is_empty() {
        return Ok(value.text(cx.budget())?.to_string());
    }
    let spec = parse(spec)?;
    cx.budget().make(spec.width.saturating_mul(4).saturating_add(spec.precision.unwrap_or(0)))?;
    let wrong = |code: char| Fault::new(format!("format code `{code}` is not for a {}", value.type_name()));
    match (value, spec.code) {
        (Value::Float(n), code) => float(*n, &spec, code).ok_or_else(|| wrong(code.unwrap_or('s'))),
        (Value::Bool(_), None) => Ok(text(&spec, value.text(cx.budget())?.as_ref())),
        (Value::Int(_) | Value::Bool(_), code) => {
            let n = value.as_int().unwrap_or(0);
            match code {
                None | Some('d' | 'n' | 'b' | 'o' | 'x' | 'X') => Ok(integer(n, &spec, code.unwrap_or('d'))),
                Some('c') => {
                    let c = u32::try_from(n).ok().and_then(char::from_u32).ok_or_else(|| wrong('c'))?;
                    Ok(text(&spec, c.encode_utf8(&mut [0; 4])))
                }
                Some(code) => float(n as f64, &spec, Some(code)).ok_or_else(|| wrong(code)),
            }
        }
        (Value::Str(s), None | Some('s')) => Ok(text(&spec, s)),
        (_, Some(code)) => Err(wrong(code)),
        (other, None) => {
            Err(Fault::new(format!("a {} takes no format", other.type_name())).help("write {!s:…}"))
        }
    }
}

fn text(spec: &Spec, s: &str) -> String {
    let cut: String = s.chars().take(spec.precision.unwrap_or(usize::MAX)).collect();
    aligned(spec, "", &cut, '<')
}

fn integer(n: i128, spec: &Spec, code: char) -> String {
    let mut digits = integer_digits(n.unsigned_abs(), code, false);
    if let Some(separator) = spec.group {
        digits = grouped(&digits, separator, if matches!(code, 'b' | 'o' | 'x' | 'X') { 4 } else { 3 });
    }
    let prefix = match (spec.alternate, code) {
        (true, 'x') => "0x",
        (true, 'X') => "0X",
        (true, 'o') => "0o",
        (true, 'b') => "0b",
        _ => "",
    };
    number(spec, n < 0, prefix, &digits)
}

fn float(n: f64, spec: &Spec, code: Option<char>) -> Option<String> {
    let precision = spec.precision.unwrap_or(6);
    let digits = match code {
        None if spec.precision.is_none() => super::super::value::float(n.abs()),
        None => {
            let text = float_digits(n, 'g', precision, spec.alternate);
            if text.contains(['.', 'e', 'n']) { text } else { text + ".0" }
        }
        Some('%') => float_digits(n * 100.0, 'f', precision, spec.alternate) + "%",
        Some('n') => float_digits(n, 'g', precision, spec.alternate),
        Some(code) if "eEfFgG".contains(code) => float_digits(n, code, precision, spec.alternate),
        Some(_) => return None,
    };
    let digits = spec.group.map_or(digits.clone(), |separator| grouped(&digits, separator, 3));
    Some(number(spec, n.is_sign_negative() && !n.is_nan(), "", &digits))
}

fn number(spec: &Spec, negative: bool, prefix: &str, digits: &str) -> String {
    let sign = match (negative, spec.sign) {
        (true, _) => "-",
        (_, Some('+')) => "+",
        (_, Some(' ')) => " ",
        _ => "",
    };
    let zero = spec.fill == Some('0') && spec.align == Some('=');
    if let (true, Some(separator)) = (zero, spec.group) {
        // Python groups the filling zeros too.
        let plain: String = digits.chars().filter(|c| *c != separator).collect();
        let mut filled = plain.clone();
        while grouped(&filled, separator, 3).len() + sign.len() < spec.width {
            filled.insert(0, '0');
        }
        return format!("{sign}{prefix}{}", grouped(&filled, separator, 3));
    }
    aligned(spec, &format!("{sign}{prefix}"), digits, '>')
}

fn aligned(spec: &Spec, sign: &str, body: &str, default: char) -> String {
    let missing = spec.width.saturating_sub(sign.chars().count() + body.chars().count());
    let fill = |n: usize| std::iter::repeat_n(spec.fill.unwrap_or(' '), n).collect::<String>();
    match spec.align.unwrap_or(default) {
        '<' => format!("{sign}{body}{}", fill(missing)),
        '^' => format!("{}{sign}{body}{}", fill(missing / 2), fill(missing - missing / 2)),
        '=' => format!("{sign}{}{body}", fill(missing)),
        _ => format!("{}{sign}{body}", fill(missing)),
    }
}
