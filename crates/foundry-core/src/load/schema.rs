//! JSON Schema applied to YAML nodes: the only file that knows the schema crate; errors get places and plain words.

use super::suggest::did_you_mean;
use crate::diag::{Finding, Findings, Span};
use crate::yaml::Node;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

/// What a domain's name matches in our own schema; the rule about names reports it.
const NAME: &str = "^[a-z0-9_-]+$";

/// A compiled schema, and its source for suggestions.
pub(super) struct Schema {
    validator: Validator,
    source: Value,
}

impl Schema {
    /// Compiles JSON Schema (2020-12 unless it says otherwise); references to other documents are refused.
    pub(super) fn new(source: Value) -> Result<Schema, String> {
        let validator = jsonschema::options().build(&source).map_err(|e| e.masked().to_string())?;
        Ok(Schema { validator, source })
    }

    /// Everything in `root` that the schema does not allow. `rules` are the ids for unknown fields and for
    /// wrong values.
    pub(super) fn check(&self, root: &Node, rules: (&'static str, &'static str)) -> Findings {
        let json = root.to_json();
        let mut findings = Findings::new();
        for error in self.validator.iter_errors(&json) {
            self.report(&error, root, rules, &mut findings);
        }
        findings
    }

    fn report(
        &self,
        error: &ValidationError<'_>,
        root: &Node,
        (unknown, value): (&'static str, &'static str),
        out: &mut Findings,
    ) {
        let pointer = tokens(&error.instance_path().to_string());
        let Some(node) = root.at(&pointer) else { return };
        match error.kind() {
            Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
                let known = self.siblings(&error.schema_path().to_string());
                for field in unexpected {
                    let span = node.entry(field).map_or(&node.span, |e| &e.key.span);
                    let mut finding = Finding::error(unknown, span, format!("unknown field `{field}`"));
                    finding.help = Some(match did_you_mean(field, known.iter().map(String::as_str)) {
                        Some(near) => format!("write `{near}`, if that is what you mean"),
                        None => format!("use one of: {} (or a name that begins with `x-`)", known.join(", ")),
                    });
                    out.push(finding);
                }
            }
            kind => {
                let field = pointer.iter().rev().find(|t| t.parse::<usize>().is_err());
                let subject = field.map_or("the document".to_owned(), |f| format!("`{f}`"));
                let span = self.span_of(kind, node);
                let name = value == "REG-012" && matches!(kind, Kind::Pattern { pattern } if pattern == NAME);
                let value = if name { "REG-001" } else { value };
                let mut finding = Finding::error(value, &span, explain(kind, &subject, node, error));
                finding.help = help(kind);
                out.push(finding);
            }
        }
    }

    fn span_of(&self, kind: &Kind, node: &Node) -> Span {
        let first = node.entries().first().map(|e| &e.key.span);
        match (kind, first) {
            (Kind::Required { .. }, Some(first)) => first.clone(),
            _ => node.span.clone(),
        }
    }

    /// The property names beside the `additionalProperties` at `schema_path`.
    fn siblings(&self, schema_path: &str) -> Vec<String> {
        let mut at = &self.source;
        let tokens = tokens(schema_path);
        for token in &tokens[..tokens.len().saturating_sub(1)] {
            if let Some(Value::String(target)) = at.get("$ref")
                && let Some(resolved) = self.source.pointer(target.trim_start_matches('#'))
            {
                at = resolved;
            }
            if token == "$ref" {
                continue;
            }
            let next = match at {
                Value::Array(items) => token.parse::<usize>().ok().and_then(|i| items.get(i)),
                _ => at.get(token),
            };
            let Some(next) = next else { break };
            at = next;
        }
        at.get("properties").and_then(Value::as_object).map_or(Vec::new(), |p| p.keys().cloned().collect())
    }
}

fn tokens(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|t| t.replace("~1", "/").replace("~0", "~")).collect()
}

fn explain(kind: &Kind, subject: &str, node: &Node, error: &ValidationError<'_>) -> String {
    match kind {
        Kind::Type { kind } => {
            let wanted = match kind {
                TypeKind::Single(one) => word(&one.to_string()).to_owned(),
                TypeKind::Multiple(many) => {
                    let words: Vec<String> = many
                        .iter()
                        .map(|t| word(&t.to_string()).to_owned())
                        .filter(|w| w != "nothing")
                        .collect();
                    words.join(" or ")
                }
            };
            format!("{subject} takes a {wanted}, found a {}", node.type_word())
                .replace("a integer", "an integer")
        }
        Kind::Required { property } => {
            format!("`{}` is missing", property.as_str().unwrap_or_default())
        }
        Kind::Enum { options } => {
            let list = options.as_array().map(|o| o.iter().map(plain).collect::<Vec<_>>().join(", "));
            format!("{subject} is none of: {}", list.unwrap_or_default())
        }
        Kind::Pattern { pattern } => format!("{subject} does not match `{pattern}`"),
        Kind::MinLength { .. } => format!("{subject} is empty"),
        _ => format!("{subject}: {}", error.masked()),
    }
}

fn help(kind: &Kind) -> Option<String> {
    match kind {
        Kind::Pattern { pattern } if pattern == NAME => {
            Some("use lower case letters, digits, `-` and `_`".to_owned())
        }
        Kind::Pattern { pattern } if pattern.starts_with("^[0-9]{4}") => {
            Some("write the day as YYYY-MM-DD".to_owned())
        }
        _ => None,
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn word(json_type: &str) -> &str {
    match json_type {
        "object" => "mapping",
        "array" => "list",
        "null" => "nothing",
        other => other,
    }
}
