//! REG-001: names are unique, and every engine can use them.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity, Span};
use crate::model::Registry;
use std::collections::HashMap;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "REG-001",
    severity: Severity::Error,
    phase: Phase::Registry,
    title: "every name is unique and made of `a-z`, `0-9`, `-` and `_`",
    why: "A domain's name becomes a folder, a Compose project, a network and part of variable names. Kubernetes and \
          Incus allow DNS labels only: where a name is none, the finding is a warning that says what they will call \
          it, and an error when two domains would get the same name there.",
    fix: "rename one of the two; use lower case letters, digits and `-`",
    bad: "\
-- config-registry/env/domains.yml --
domains:
  - name: forgejo
  - name: forgejo
#         ^^^^^^^ error REG-001: a second domain called `forgejo`
  - name: my_app
#         ^^^^^^ warning REG-001: `my_app` is no DNS label; Kubernetes and Incus will call it `my-app`
  - name: Web
#         ^^^ error REG-001: `name` does not match `^[a-z0-9_-]+$`
",
    good: "\
-- config-registry/env/domains.yml --
domains:
  - name: forgejo
  - name: my-app
",
}];

/// Most characters of a DNS label, by RFC 1035.
const LABEL: usize = 63;

pub(super) fn check(registry: &Registry, out: &mut Findings) {
    let mut names: HashMap<&str, &Span> = HashMap::new();
    let mut labels: HashMap<String, (&str, &Span)> = HashMap::new();
    for domain in &registry.domains {
        let (name, span) = (domain.name.value.as_str(), &domain.name.span);
        if let Some(first) = names.get(name) {
            let message = format!("a second domain called `{name}`");
            out.push(
                Finding::error("REG-001", span, message)
                    .label(first, "the first one")
                    .help("rename one of the two, or remove it"),
            );
            continue;
        }
        names.insert(name, span);
        // Other characters are a finding of the schema.
        if name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b)) {
            let label = label(name);
            if label != name {
                not_a_label(name, span, &label, out);
            }
            if let Some((other, first)) = labels.get(&label) {
                let message = format!("`{name}` and `{other}` are both `{label}` for Kubernetes and Incus");
                let finding = Finding::error("REG-001", span, message);
                out.push(finding.label(first, format!("`{other}`")).help("rename one of the two"));
            } else if !label.is_empty() {
                labels.insert(label, (name, span));
            }
        }
    }
}

fn not_a_label(name: &str, span: &Span, label: &str, out: &mut Findings) {
    let finding = match label {
        "" => Finding::error("REG-001", span, format!("`{name}` leaves no name for Kubernetes and Incus")),
        _ => {
            let what = format!("`{name}` is no DNS label; Kubernetes and Incus will call it `{label}`");
            Finding::warning("REG-001", span, what)
        }
    };
    out.push(finding.help("use lower case letters, digits and inner `-`, 63 characters at most"));
}

/// The name that engines get which allow DNS labels only.
fn label(name: &str) -> String {
    let dashed = name.replace('_', "-");
    let short: String = dashed.trim_matches('-').chars().take(LABEL).collect();
    short.trim_end_matches('-').to_owned()
}
