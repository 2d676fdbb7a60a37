//! Every place in what a template renders to leads back to what made it.

use foundry_core::render::template::{Context, Limits, Templates};
use std::sync::Arc;

/// What made `part` of the output of `main`: template, the text of its place there, and names.
#[track_caller]
fn made(templates: &[(&str, &str)], part: &str) -> (String, String, Vec<String>) {
    let all = Templates::new(templates.iter().map(|(name, text)| ((*name).to_owned(), Arc::from(*text))));
    let mut context = Context::new();
    context.set("X", "value");
    context.set("LIST", vec!["one", "two"]);
    let text = all.render("main", &context, &Limits::default()).unwrap().text;
    let start = text.find(part).unwrap_or_else(|| panic!("no {part:?} in {text:?}"));
    let range = start..start + part.len();
    let origin = all.trace("main", &context, &Limits::default(), &[range]).unwrap().remove(0).unwrap();
    let source = templates.iter().find(|(name, _)| *name == &*origin.span.file).unwrap().1;
    let place = source[origin.span.start as usize..origin.span.end as usize].to_owned();
    (origin.span.file.to_string(), place, origin.names)
}

#[test]
fn text_leads_to_itself_and_values_to_their_expressions() {
    let at = |template: &str, part: &str| made(&[("main", template)], part);
    let is = |place: &str, names: &[&str]| {
        ("main".to_owned(), place.to_owned(), names.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    assert_eq!(at("a: 1\nb: two\n", "two"), is("two", &[]));
    assert_eq!(at("a: {{ X }}\n", "value"), is("X", &["X"]));
    assert_eq!(at("a: \"{{ X | upper }}\"\n", "\"VALUE\""), is("\"{{ X | upper }}\"", &["X"]));
    assert_eq!(at("{# no #}\r\nä: {{ X }}\r\nb: here\r\n", "here"), is("here", &[]));
    assert_eq!(at("{% for l in LIST %}\n- {{ l }}!\n{% endfor %}", "two"), is("l", &["l"]));
    assert_eq!(at("{% macro m() %}inside{% endmacro %}<{{ m() }}>", "inside"), is("m()", &[]));
    assert_eq!(at("{% raw %}{{ X }}{% endraw %} end", "X"), is("X", &[]));
    assert_eq!(at("{% filter upper %}low{% endfilter %}", "LOW"), is("upper", &[]));
}

#[test]
fn includes_and_parents_lead_to_their_own_files() {
    let part = "{% if X %}\nin the part: {{ X }}\n{% endif %}";
    let (file, place, _) = made(&[("main", "a\n{% include 'part' %}\n"), ("part", part)], "in the part");
    assert_eq!((file.as_str(), place.as_str()), ("part", "in the part"));
    let base = "top\n{% block b %}{% endblock %}\nend";
    let child = "{% extends 'base' %}{% block b %}from the child{% endblock %}";
    let (file, place, _) = made(&[("main", child), ("base", base)], "child");
    assert_eq!((file.as_str(), place.as_str()), ("main", "child"));
    assert_eq!(made(&[("main", child), ("base", base)], "end").0, "base");
}
