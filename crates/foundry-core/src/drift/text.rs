//! A report as plain text, by kind, with the ways out where they are asked for.

use super::{Field, Item, Kind, Report};
use std::fmt::Write as _;

/// The report; with `explain` every difference with its fields, its time and its ways out.
pub fn text(report: &Report, explain: bool) -> String {
    let mut out = String::new();
    for (kind, heading) in [
        (Kind::Metadata, "Committed metadata is not what the registry says:"),
        (Kind::Rendered, "Rendered files are not what would be rendered:"),
        (Kind::Live, "What runs is not what was rendered:"),
    ] {
        let items: Vec<&Item> = report.drift.iter().filter(|item| item.kind == kind).collect();
        if items.is_empty() {
            continue;
        }
        let _ = writeln!(out, "{heading}");
        let width = items.iter().map(|item| item.subject.chars().count()).max().unwrap_or(0);
        for item in items {
            let _ = writeln!(out, "  {:<width$}  {}", item.subject, item.causes.join("; "));
            if explain {
                explained(item, &mut out);
            }
        }
    }
    if !report.orphans.is_empty() {
        out.push_str("Ours, and declared nowhere (foundry deploy --all --prune removes all but volumes):\n");
        report.orphans.iter().for_each(|orphan| _ = writeln!(out, "  {orphan}"));
    }
    for away in &report.maintenance {
        let _ = writeln!(out, "{} is in maintenance until {} ({}).", away.domain, away.until, away.by);
    }
    out.push_str(&summary(report));
    out
}

fn explained(item: &Item, out: &mut String) {
    for Field { name, found, wanted } in &item.fields {
        let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "(none)".to_owned());
        let _ = writeln!(out, "      {name}: is {}, should be {}", side(found), side(wanted));
    }
    if let Some(since) = &item.since {
        let _ = writeln!(out, "      since {}: {}", since.time, since.what);
    }
    for way in &item.accept {
        let _ = writeln!(out, "      keep it: {way}");
    }
    if !item.deploy.is_empty() {
        let _ = writeln!(out, "      undo it: {}", item.deploy);
    }
}

fn summary(report: &Report) -> String {
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let mut out = match report.drift.len() {
        0 => "No drift.".to_owned(),
        n => format!("{}.", plural(n, "difference")),
    };
    if !report.absent.is_empty() {
        let _ = write!(out, " Never deployed here: {}.", report.absent.join(", "));
    }
    out.push('\n');
    out
}
