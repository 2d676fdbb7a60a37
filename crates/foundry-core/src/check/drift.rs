//! DRF-001 and DRF-002: committed metadata says what the registry says, and nothing compares the time of day.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity, Span};
use crate::model::{Registry, Template};
use crate::render::metadata;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "DRF-001",
        severity: Severity::Error,
        phase: Phase::Registry,
        title: "committed metadata says what the registry says",
        why: "`domains/<name>/metadata.yml` is the reviewed summary that other tools read. When it lags behind \
              domains.yml, ports.yml or the templates, they work with yesterday's truth. Time and commit take no part \
              in the comparison. A registry that commits no metadata at all gets one note.",
        fix: "run `foundry metadata commit` and commit the result",
        bad: "\
-- config-registry/env/domains.yml --
domains:
  - name: web
    description: pages
-- domains/web/metadata.yml --
name: web
description: other pages
#! error DRF-001: the metadata of `web` is out of date
",
        good: "\
-- config-registry/env/domains.yml --
domains:
  - name: web
    managed_externally: true
-- domains/web/metadata.yml --
name: web
",
    },
    Rule {
        id: "DRF-002",
        severity: Severity::Error,
        phase: Phase::Registry,
        title: "no template prints a volatile field",
        why: "A rendered file with the time or the commit of its making differs each time, so every plan would have \
              something to do and nobody would read plans any more. `generated_at` and `git_commit` are not in the \
              context; `source_hash` changes exactly when the content does.",
        fix: "print `metadata._meta.source_hash`, or nothing",
        bad: "\
-- config-registry/env/domains.yml --
domains:
  - name: web
-- domains/web/templates/motd.tmpl --
made {{ metadata._meta.generated_at }}
#                      ^^^^^^^^^^^^ error DRF-002: `generated_at` changes without a change of content
",
        good: "\
-- config-registry/env/domains.yml --
domains:
  - name: web
-- domains/web/templates/motd.tmpl --
made of {{ metadata._meta.source_hash }}
",
    },
];

/// Fields of `_meta` that change without a change of content.
const VOLATILE: [&str; 2] = ["generated_at", "git_commit"];

pub(super) fn check(registry: &Registry, out: &mut Findings) {
    metadata_differs(registry, out);
    let own = registry.templates.values().flatten();
    own.chain(&registry.machine_templates).for_each(|template| volatile(template, out));
}

fn metadata_differs(registry: &Registry, out: &mut Findings) {
    if registry.metadata.is_empty() {
        if registry.domains.iter().any(|d| !d.managed_externally) {
            let span = Span::file(crate::load::MARKER);
            let message = "no domain has committed metadata";
            let note = Finding::new("DRF-001", Severity::Info, Some(span), message);
            out.push(note.help("foundry metadata commit, if other tools are to read it"));
        }
        return;
    }
    for domain in registry.domains.iter().filter(|d| !d.managed_externally) {
        let name = &domain.name.value;
        let help = format!("foundry metadata commit {name}");
        match registry.metadata.get(name) {
            None => {
                let message = format!("`{name}` has no metadata.yml, and others have");
                out.push(Finding::error("DRF-001", &domain.name.span, message).help(help));
            }
            Some(file) if !metadata::generate(registry, domain).matches(&file.text) => {
                let message = format!("the metadata of `{name}` is out of date");
                let see = format!("{help} (foundry metadata diff {name} shows the difference)");
                out.push(Finding::error("DRF-001", &Span::file(file.path.clone()), message).help(see));
            }
            Some(_) => {}
        }
    }
}

/// `{{ … generated_at … }}` in a template.
fn volatile(template: &Template, out: &mut Findings) {
    for field in VOLATILE {
        for (at, _) in template.text.match_indices(field) {
            let before = &template.text[..at];
            if before.rfind("{{") <= before.rfind("}}") {
                continue;
            }
            let span = Span::in_text(template.path.clone(), &template.text, at, at + field.len());
            let message = format!("`{field}` changes without a change of content");
            out.push(
                Finding::error("DRF-002", &span, message).help("print `metadata._meta.source_hash` instead"),
            );
        }
    }
}
