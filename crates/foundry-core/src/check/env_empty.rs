//! ENV-001: a value that a template needs and that is still to be filled in.

use super::Rendered;
use crate::diag::{Finding, Findings, Span};
use crate::load::env::{Layered, looks_secret};
use crate::model::Template;

/// How a template uses a variable.
enum Use {
    /// It prints it.
    Direct(Span),
    /// It asks first whether there is something, or has another value at hand.
    Guarded,
}

pub(super) fn check(input: &Rendered<'_>, out: &mut Findings) {
    let blank = |layer: &Layered| layer.is_empty && layer.value_span.start == layer.value_span.end;
    for (key, value) in &input.env.values {
        if !value.layers.iter().all(blank) || !input.artifacts.used.contains(key) {
            continue;
        }
        let uses: Vec<Use> = templates(input).flat_map(|template| uses(template, key)).collect();
        if uses.iter().any(|u| matches!(u, Use::Guarded)) {
            continue;
        }
        let Some(Use::Direct(place)) = uses.first() else { continue };
        let set = match looks_secret(key) {
            true => format!("set {key} with foundry vault edit"),
            false => format!("foundry env set {key}=…"),
        };
        out.push(
            Finding::error(
                "ENV-001",
                &value.layers[0].value_span,
                format!("`{key}` is required by a template and empty"),
            )
            .label(place, "used here")
            .help(format!("{set}, or write {key}=\"\" if empty is meant")),
        );
    }
}

/// The templates that were rendered, and what they may include.
fn templates<'a>(input: &Rendered<'a>) -> impl Iterator<Item = &'a Template> {
    let registry = input.registry;
    let environment = input.environment;
    let domains = registry.domains.iter().filter(move |d| d.is_deployed_here() && d.is_in(environment));
    let own = domains.flat_map(move |d| {
        let of = |map: &'a std::collections::BTreeMap<String, Vec<Template>>| map.get(&d.name.value);
        of(&registry.templates).into_iter().chain(of(&registry.includes)).flatten()
    });
    own.chain(&registry.machine_templates)
}

/// Every use of `key` in the expressions and statements of a template.
fn uses(template: &Template, key: &str) -> Vec<Use> {
    let text = template.text.as_ref();
    let mut out = Vec::new();
    if !text.contains(key) {
        return out;
    }
    let mut at = 0;
    while let Some(open) =
        text[at..].find("{{").into_iter().chain(text[at..].find("{%")).min().map(|i| i + at)
    {
        let statement = text[open..].starts_with("{%");
        let close = if statement { "%}" } else { "}}" };
        let Some(end) = text[open..].find(close).map(|i| i + open) else { break };
        let inside = &text[open + 2..end];
        let guarded = statement || words(inside).any(|(_, word)| GUARDS.contains(&word));
        for (offset, _) in words(inside).filter(|(_, word)| *word == key) {
            let start = open + 2 + offset;
            let span = || Span::in_text(template.path.clone(), text, start, start + key.len());
            out.push(if guarded { Use::Guarded } else { Use::Direct(span()) });
        }
        at = end + 2;
    }
    out
}

/// Words that make an expression do without a value.
const GUARDS: [&str; 7] = ["if", "or", "and", "not", "default", "d", "length"];

/// Names in an expression with their offsets; texts in quotes and attributes are none.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let start = at;
            match bytes[at] {
                quote @ (b'"' | b'\'') => {
                    at += 1 + bytes[at + 1..].iter().position(|b| *b == quote).map_or(bytes.len(), |i| i + 1);
                }
                b if b.is_ascii_alphabetic() || b == b'_' => {
                    let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
                    at += bytes[at..].iter().take_while(|b| is_word(b)).count();
                    if start == 0 || bytes[start - 1] != b'.' {
                        return Some((start, &text[start..at]));
                    }
                }
                _ => at += 1,
            }
        }
        None
    })
}
