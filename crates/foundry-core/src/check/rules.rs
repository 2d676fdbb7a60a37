//! The one table of rules: what each id means, why it exists and how to get rid of it.

use super::*;
use crate::diag::Severity;
use serde::Serialize;
use std::fmt::Write as _;

/// When a rule can be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// From the declarative files alone.
    Registry,
    /// From the relations between domains.
    Graph,
    /// From the rendered files of one environment.
    Rendered,
    /// From any GitOps repository: `foundry validate --tree`.
    Tree,
    /// With an image registry in reach.
    Online,
    /// With the engine in reach.
    Live,
}

impl Phase {
    /// The word in the reference.
    pub fn word(self) -> &'static str {
        match self {
            Phase::Registry => "registry",
            Phase::Graph => "graph",
            Phase::Rendered => "rendered",
            Phase::Tree => "tree",
            Phase::Online => "online",
            Phase::Live => "live",
        }
    }
}

/// One rule. Its examples are small registries in one text: `-- path --` begins a file, a comment with carets
/// marks what is found in the line above it. The tests run every example.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Rule {
    /// Stable id, such as `REG-003`.
    pub id: &'static str,
    /// How bad it usually is; a finding may be milder where the case is.
    pub severity: Severity,
    /// When it can be applied.
    pub phase: Phase,
    /// What holds when the rule is kept.
    pub title: &'static str,
    /// What goes wrong otherwise.
    pub why: &'static str,
    /// How to mend it, beginning with a verb.
    pub fix: &'static str,
    /// A registry that breaks the rule; empty for what no file shows.
    pub bad: &'static str,
    /// A registry that keeps it; empty for what no file shows.
    pub good: &'static str,
}

/// Every family of rules, in the order of the reference. A new rule is a row in its own file, listed here.
const FAMILIES: [(&str, &str, &[&[Rule]]); 29] = [
    ("FIL", "Files", &[form::FILES]),
    ("YML", "YAML", &[form::YAML]),
    (
        "REG",
        "Registry",
        &[
            names::RULES,
            form::FIELDS,
            resolve::RULES,
            cycle::RULES,
            exposure::RULES,
            external::RULES,
            myself::RULES,
            standalone::RULES,
            tunnel::RULES,
            orphan::RULES,
            nothing::RULES,
            form::VALUES,
            templates::OUTPUTS,
            workload::RULES,
        ],
    ),
    (
        "PORT",
        "Ports",
        &[
            form::PORTS,
            port_clash::RULES,
            port_published::DECLARED,
            port_name::RULES,
            port_published::OPEN,
            port_reserved::RULES,
        ],
    ),
    ("IMG", "Images", &[image_pin::PINNED, live::IMAGE_EXISTS, image_pin::COMPLETE, live::IMAGE_THERE]),
    (
        "ENV",
        "Values",
        &[
            templates::UNDEFINED,
            env_collision::RULES,
            env_unused::RULES,
            form::ENV,
            env_override::RULES,
            templates::FAILING,
            form::ENV_LINES,
        ],
    ),
    (
        "SEC",
        "Secrets",
        &[secret_literal::RULES, secret_rendered::WRITTEN, vault::RULES, secret_rendered::SOCKET],
    ),
    ("NET", "Networks", &[subnet::PRIVATE, network_rendered::RULES, subnet::OVERLAP]),
    ("SVC", "Services", &[service_health::RULES, compose::FORM]),
    ("BKP", "Backups", &[backup::RULES, backup_age::RULES]),
    ("DRF", "Drift", &[drift::RULES]),
    ("OPS", "Operation", &[live::DEPENDENTS, tracked::RULES, live::TAKEN]),
    ("TOF", "Terraform and OpenTofu", &[terraform::RULES]),
    ("TRN", "Translation to Kubernetes", &[translation::RULES]),
    ("EVG", "What every service of a cluster says", &[every_service::RULES]),
    ("MAN", "Manifests, patches and charts of a domain", &[by_hand::RULES]),
    ("WVR", "Waivers", &[waiver::RULES]),
    ("KUS", "Kustomizations of a GitOps repository", &[tree::KUSTOMIZE]),
    ("DIR", "Folders of a GitOps repository", &[tree::FOLDERS]),
    ("NAM", "Names of objects", &[tree::NAMES]),
    ("LBL", "Labels of objects", &[tree::LABELS]),
    ("NSP", "Namespaces", &[tree::NAMESPACES]),
    ("LYR", "Layers", &[tree::LAYERS]),
    ("OWN", "Owners of objects", &[tree::OWNERS]),
    ("REF", "References between objects", &[tree::REFERENCES, tree::SELECTORS, tree::ARGO_PATHS]),
    ("SCH", "Fields of objects", &[tree::SCHEMA]),
    ("ARG", "Argo CD", &[tree::ARGO, tree::ARGO_SYNC]),
    ("FLX", "Flux", &[tree::FLUX_GRAPH, tree::FLUX_OBJECTS]),
    ("SUB", "Substitution by Flux", &[tree::SUBSTITUTION]),
];

/// Every rule, by family as in the reference and by id within.
pub const RULES: &[Rule] = &all::<COUNT>();

const COUNT: usize = {
    let mut count = 0;
    let mut family = 0;
    while family < FAMILIES.len() {
        let mut group = 0;
        while group < FAMILIES[family].2.len() {
            count += FAMILIES[family].2[group].len();
            group += 1;
        }
        family += 1;
    }
    count
};

const fn all<const N: usize>() -> [Rule; N] {
    let mut out = [FAMILIES[0].2[0][0]; N];
    let (mut at, mut family) = (0, 0);
    while family < FAMILIES.len() {
        let groups = FAMILIES[family].2;
        let mut group = 0;
        while group < groups.len() {
            let mut row = 0;
            while row < groups[group].len() {
                out[at] = groups[group][row];
                at += 1;
                row += 1;
            }
            group += 1;
        }
        family += 1;
    }
    out
}

/// The rule called `id`, in upper or lower case.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|r| r.id.eq_ignore_ascii_case(id))
}

/// What `foundry explain RULE` says; `None` when there is no such rule.
pub fn explain(id: &str) -> Option<String> {
    let rule = rule(id)?;
    let mut out = format!(
        "{}: {}\n{}, phase {}\n\n{}\n\nWay out: {}\n",
        rule.id,
        rule.title,
        rule.severity.word(),
        rule.phase.word(),
        rule.why,
        rule.fix
    );
    for (word, example) in [("Bad", rule.bad), ("Good", rule.good)] {
        if !example.is_empty() {
            let _ = write!(out, "\n{word}:\n{}", indent(example));
        }
    }
    Some(out)
}

fn indent(text: &str) -> String {
    text.lines().map(|l| if l.is_empty() { "\n".to_owned() } else { format!("    {l}\n") }).collect()
}

const INTRODUCTION: &str = "\
<!-- Generated from crates/foundry-core/src/check; a test compares. FOUNDRY_BLESS=1 cargo test -p foundry-core rewrites it. -->
# Rules

Everything that `foundry validate` can say. `foundry explain RULE` shows one rule in the terminal.

A finding has a rule, a severity (`error`, `warning`, `info`), a place and a way out. Rules are applied in phases:
**registry** and **graph** need only the declarative files, **rendered** needs `--env`, **online** an image registry,
**live** the engine; those of the phase **tree** are about any GitOps repository, with `--tree DIR`. A rule that could not be applied is listed as \"not checked\".

A finding that is accepted gets a waiver in `config-registry/env/domains.yml`, with a reason and a last day:

```yaml
    waivers:
      - {rule: SEC-005, path: compose.yml, reason: reads container names, expires: 2030-01-01}
```

In the examples `-- path --` begins a file, and a comment with carets shows what is found in the line above it: `#<^^`
begins in the first column, `#!` means the whole file. `# run:` says for which environment and on which day, or that
the files are a GitOps repository (`tree`). Such
comments are no part of the files. `generated/` stands for what rendering gives. The examples of the live phase tell a
story instead: `== domain` declares one, `== host` is what happens on the host (`stranger`: a container of somebody
else), `== deployed` a deploy, and `== plan` or `== down` shows what comes out.
";

/// `docs/reference/rules.md`.
pub fn reference() -> String {
    let mut out = String::from(INTRODUCTION);
    for (prefix, title, groups) in FAMILIES {
        let _ = write!(
            out,
            "\n## {title} ({prefix})\n\n| rule | severity | phase | what holds |\n|---|---|---|---|\n"
        );
        for rule in groups.iter().copied().flatten() {
            let anchor = rule.id.to_lowercase();
            let (severity, phase) = (rule.severity.word(), rule.phase.word());
            let _ = writeln!(out, "| [{}](#{anchor}) | {severity} | {phase} | {} |", rule.id, rule.title);
        }
        for rule in groups.iter().copied().flatten() {
            let _ = write!(out, "\n### {}\n\n**{}**\n\n{}\n\n", rule.id, rule.title, rule.why);
            let _ = writeln!(out, "Way out: {}", rule.fix);
            for (word, example) in [("Bad", rule.bad), ("Good", rule.good)] {
                if !example.is_empty() {
                    let _ = write!(out, "\n{word}:\n\n```text\n{}\n```\n", example.trim_end());
                }
            }
        }
    }
    out
}
