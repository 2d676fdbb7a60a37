//! A plan as plain text: one line a step, stable, without colours.

use super::{Action, Plan, Step};
use crate::compose::shorten;
use std::fmt::Write as _;

/// The plan: a heading with the counts, a line for each step, what is left alone, and what nobody declares.
pub fn text(plan: &Plan) -> String {
    let mut out =
        format!("Plan for {} ({}, {}): {}\n", plan.environment, plan.engine, plan.place, counts(plan));
    let rows: Vec<(String, &str, String)> =
        plan.steps.iter().map(|s| (subject(s), verb(&s.action), s.causes.join("; "))).collect();
    let digits = plan.steps.len().to_string().len();
    let subjects = rows.iter().map(|r| r.0.chars().count()).max().unwrap_or(0);
    let verbs = rows.iter().map(|r| r.1.len()).max().unwrap_or(0);
    for (step, (subject, verb, causes)) in plan.steps.iter().zip(&rows) {
        let line = format!("  {:>digits$}  {subject:<subjects$}  {verb:<verbs$}  {causes}", step.id);
        out.push_str(line.trim_end());
        out.push('\n');
    }
    if !plan.orphans.is_empty() {
        out.push_str("Ours, and declared nowhere (--prune removes all but volumes):\n");
        for orphan in &plan.orphans {
            let _ = writeln!(out, "  {orphan}");
        }
    }
    let _ = writeln!(out, "{}", summary(plan));
    out
}

/// The last line: `2 steps; 17 services unchanged.`
pub fn summary(plan: &Plan) -> String {
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let steps = match plan.steps.len() {
        0 => "Nothing to do".to_owned(),
        n => plural(n, "step"),
    };
    match plan.unchanged {
        0 => format!("{steps}."),
        n => format!("{steps}; {} unchanged.", plural(n, "service")),
    }
}

/// `9 to create, 1 to recreate`.
pub fn counts(plan: &Plan) -> String {
    const ORDER: [&str; 24] = [
        "check",
        "fetch",
        "remove",
        "forget",
        "prune",
        "put back",
        "replace",
        "write",
        "pull",
        "build",
        "create",
        "update",
        "recreate",
        "start",
        "unpause",
        "restart",
        "connect",
        "disconnect",
        "run",
        "dump",
        "load",
        "save",
        "record",
        "wait",
    ];
    let count = |word: &str| plan.steps.iter().filter(|s| verb(&s.action) == word).count();
    let parts: Vec<String> = ORDER
        .into_iter()
        .map(|word| (count(word), word))
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| if word == "wait" { format!("{n} to wait for") } else { format!("{n} to {word}") })
        .collect();
    if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
}

/// What a step is about: `network x`, `monitoring/loki`.
pub fn subject(step: &Step) -> String {
    let domain = step.domain.as_deref().unwrap_or_default();
    match &step.action {
        Action::WriteFiles { .. } => format!("files of {domain}"),
        Action::CreateNetwork(spec) => format!("network {}", spec.name),
        Action::RemoveNetwork { name } => format!("network {name}"),
        Action::CreateVolume(spec) => format!("volume {}", spec.name),
        Action::RemoveVolume { name } => format!("volume {name}"),
        Action::PullImage { image, .. } | Action::BuildImage { image, .. } => {
            format!("image {}", shorten(image))
        }
        Action::Create { service, .. }
        | Action::Recreate { service, .. }
        | Action::Start { service, .. }
        | Action::Unpause { service, .. }
        | Action::Restart { service, .. }
        | Action::Wait { service, .. } => format!("{domain}/{service}"),
        Action::RemoveContainer { name, .. }
        | Action::Connect { container: name, .. }
        | Action::Disconnect { container: name, .. } => {
            format!("container {name}")
        }
        Action::Backup(act) => act.subject(domain),
        Action::Cluster(act) => act.subject(),
    }
}

/// What a step does, in one word.
pub fn verb(action: &Action) -> &'static str {
    match action {
        Action::WriteFiles { write, .. } => {
            if write.is_empty() {
                "remove"
            } else {
                "write"
            }
        }
        Action::CreateNetwork(_) | Action::CreateVolume(_) | Action::Create { .. } => "create",
        Action::RemoveNetwork { .. } | Action::RemoveVolume { .. } | Action::RemoveContainer { .. } => {
            "remove"
        }
        Action::PullImage { .. } => "pull",
        Action::BuildImage { .. } => "build",
        Action::Recreate { .. } => "recreate",
        Action::Start { .. } => "start",
        Action::Unpause { .. } => "unpause",
        Action::Restart { .. } => "restart",
        Action::Wait { .. } => "wait",
        Action::Connect { .. } => "connect",
        Action::Disconnect { .. } => "disconnect",
        Action::Backup(act) => act.verb(),
        Action::Cluster(act) => act.verb(),
    }
}

impl std::fmt::Display for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&text(self))
    }
}
