//! `${VAR}` in a compose file: every form Compose knows, with the place of what is missing.

use crate::diag::{Finding, Findings};
use crate::yaml::{Entry, Kind, Node};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The tree with every `${VAR}` in its values replaced. Keys are left as they are.
pub(super) fn interpolate(
    node: &Arc<Node>,
    variables: &BTreeMap<String, String>,
    findings: &mut Findings,
) -> Arc<Node> {
    let kind = match &node.kind {
        Kind::Scalar { text, .. } if !text.contains('$') => return node.clone(),
        Kind::Scalar { text, .. } => match Text::new(variables).all(text) {
            Ok((text, missing)) => {
                for name in missing {
                    findings.push(unset(node, &name));
                }
                Kind::Scalar { text, plain: false }
            }
            Err(message) => {
                findings.push(
                    Finding::error("SVC-005", &node.span, message)
                        .help("write ${NAME}, ${NAME:-default} or ${NAME:?message}; a literal $ is $$"),
                );
                return node.clone();
            }
        },
        Kind::Sequence(items) => {
            let new: Vec<Arc<Node>> = items.iter().map(|n| interpolate(n, variables, findings)).collect();
            if new.iter().zip(items).all(|(new, old)| Arc::ptr_eq(new, old)) {
                return node.clone();
            }
            Kind::Sequence(new)
        }
        Kind::Mapping(entries) => {
            let mut value = |e: &Entry| interpolate(&e.value, variables, findings);
            let new: Vec<Entry> =
                entries.iter().map(|e| Entry { key: e.key.clone(), value: value(e) }).collect();
            if new.iter().zip(entries).all(|(new, old)| Arc::ptr_eq(&new.value, &old.value)) {
                return node.clone();
            }
            Kind::Mapping(new)
        }
    };
    Arc::new(Node { span: node.span.clone(), tag: node.tag.clone(), kind })
}

/// One text with its variables filled in; `None` when it is not one that Compose takes.
pub fn interpolated(text: &str, variables: &BTreeMap<String, String>) -> Option<String> {
    Text::new(variables).all(text).ok().map(|(text, _)| text)
}

fn unset(node: &Node, name: &str) -> Finding {
    Finding::warning("SVC-006", &node.span, format!("variable {name} is not set; Compose puts nothing there"))
        .help(format!("set {name} in a rendered .env, write ${{{name}:-default}}, or $$ for a literal $"))
}

/// How deep defaults may hold further variables.
const DEPTH: usize = 20;

struct Text<'v> {
    variables: &'v BTreeMap<String, String>,
    missing: Vec<String>,
    depth: usize,
}

impl<'v> Text<'v> {
    fn new(variables: &'v BTreeMap<String, String>) -> Self {
        Text { variables, missing: Vec::new(), depth: 0 }
    }

    fn all(mut self, text: &str) -> Result<(String, Vec<String>), String> {
        let out = self.replace(text)?;
        Ok((out, self.missing))
    }

    fn replace(&mut self, text: &str) -> Result<String, String> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            let tail = &rest[at + 1..];
            if let Some(after) = tail.strip_prefix('$') {
                out.push('$');
                rest = after;
            } else if let Some(body) = tail.strip_prefix('{') {
                let end = closing(body).ok_or("`${` without its `}`")?;
                self.depth += 1;
                if self.depth > DEPTH {
                    return Err(format!("`${{…}}` nested deeper than {DEPTH} levels"));
                }
                out.push_str(&self.braced(&body[..end])?);
                self.depth -= 1;
                rest = &body[end + 1..];
            } else {
                let name = name_of(tail);
                if name.is_empty() {
                    out.push('$');
                } else {
                    out.push_str(&self.value_or_nothing(name));
                }
                rest = &tail[name.len()..];
            }
        }
        out.push_str(rest);
        Ok(out)
    }

    fn braced(&mut self, body: &str) -> Result<String, String> {
        let name = name_of(body);
        let operator = &body[name.len()..];
        if name.is_empty() {
            return Err("`${…}` names no variable".to_owned());
        }
        let value = self.variables.get(name).cloned();
        let filled = value.clone().filter(|v| !v.is_empty());
        if operator.is_empty() {
            return Ok(self.value_or_nothing(name));
        }
        let required = |value: Option<String>, message: &str| {
            value.ok_or_else(|| format!("required variable {name} has no value: {message}"))
        };
        match (operator.get(..1), operator.get(..2)) {
            (_, Some(":-")) => filled.map_or_else(|| self.replace(&operator[2..]), Ok),
            (_, Some(":?")) => required(filled, &self.replace(&operator[2..])?),
            (_, Some(":+")) => filled.map_or_else(|| Ok(String::new()), |_| self.replace(&operator[2..])),
            (Some("-"), _) => value.map_or_else(|| self.replace(&operator[1..]), Ok),
            (Some("?"), _) => required(value, &self.replace(&operator[1..])?),
            (Some("+"), _) => value.map_or_else(|| Ok(String::new()), |_| self.replace(&operator[1..])),
            _ => Err(format!("`${{{name}…}}` is followed by something that is no operator")),
        }
    }

    fn value_or_nothing(&mut self, name: &str) -> String {
        self.variables.get(name).cloned().unwrap_or_else(|| {
            if !self.missing.iter().any(|m| m == name) {
                self.missing.push(name.to_owned());
            }
            String::new()
        })
    }
}

fn name_of(text: &str) -> &str {
    let start = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    if start { &text[..end] } else { "" }
}

/// Where the `}` stands that closes what precedes `body`, past nested `${…}`.
fn closing(body: &str) -> Option<usize> {
    let mut depth = 0;
    let bytes = body.as_bytes();
    for (i, b) in bytes.iter().enumerate() {
        match b {
            b'{' if i > 0 && bytes[i - 1] == b'$' => depth += 1,
            b'}' if depth == 0 => return Some(i),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}
