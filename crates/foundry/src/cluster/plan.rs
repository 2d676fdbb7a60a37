//! `foundry plan` on a cluster: what changes in the tree, what changes in the cluster, or both.

use super::Place;
use crate::delivery::tree_files;
use crate::live::{or_cancelled, run};
use crate::ui::Outcome;
use foundry_core::kubernetes::{TreeFile, roots};
use foundry_core::plan::cluster::Obstacle;
use foundry_core::plan::{Plan, text};
use foundry_runtime::error::Result;
use foundry_runtime::files::{TreeChange, compare_tree};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What was asked for.
pub struct Wish {
    /// Whether every domain was chosen.
    pub all: bool,
    /// Whether what is no longer declared is removed.
    pub prune: bool,
    /// Whether the cluster is asked where Git drives it.
    pub live: bool,
    /// Print JSON.
    pub json: bool,
    /// End with its own exit code when something would change.
    pub exit_code: bool,
}

/// What the cluster would get: the plan, what stands in its way, and the kinds that may not be listed.
type OfCluster = (Plan, Vec<Obstacle>, Vec<String>);

/// Shows what a deploy would do; nothing is changed.
pub fn plan(place: &Place<'_>, wish: &Wish) -> Result<Outcome> {
    let direct = place.settings().gitops == "none";
    let change = if direct { None } else { Some(tree_change(place, wish)?) };
    let seen = match direct || wish.live {
        true => Some(ask(place, wish)?),
        false => None,
    };
    if let (true, Some((plan, obstacles, _))) = (direct, &seen) {
        place.refuse(plan, obstacles)?;
    }
    let pending = change.as_ref().is_some_and(|c| !is_empty(c))
        || seen.as_ref().is_some_and(|(plan, ..)| !plan.steps.is_empty());
    match (wish.json, direct, &seen) {
        (true, true, Some((plan, ..))) => place.session.ui.json(plan),
        (true, ..) => place.session.ui.json(&as_json(change.as_ref(), seen.as_ref())),
        (false, ..) => show(place, change.as_ref(), seen.as_ref()),
    }
    if let Some((.., unlisted)) = &seen {
        place.tell_unlisted(unlisted);
    }
    Ok(if wish.exit_code && pending { Outcome::PENDING } else { Outcome::DONE })
}

fn ask(place: &Place<'_>, wish: &Wish) -> Result<OfCluster> {
    run(async |cancel| {
        or_cancelled(&cancel, async {
            let cluster = place.connect(None).await?;
            match place.settings().gitops.as_str() {
                "none" => place.compare(&cluster, wish.all, wish.prune).await,
                _ => place.foresee(&cluster, wish.all).await,
            }
        })
        .await
    })
}

/// How the tree on disk differs from what would be rendered now.
fn tree_change(place: &Place<'_>, wish: &Wish) -> Result<TreeChange> {
    let live = place.live;
    let all = tree_files(&live.loaded, &live.environment, &live.rendered);
    let is_chosen = |f: &&TreeFile| wish.all || f.domain.as_ref().is_some_and(|d| place.chosen.contains(d));
    let files: Vec<&TreeFile> = all.iter().filter(is_chosen).collect();
    let wanted: BTreeSet<&str> = all.iter().map(|f| f.path.as_str()).collect();
    let folders = if wish.all { roots(&live.environment) } else { Vec::new() };
    compare_tree(&live.loaded.root, &live.environment.name, &files, &wanted, &folders)
}

fn is_empty(change: &TreeChange) -> bool {
    [&change.write, &change.remove, &change.edited, &change.foreign].iter().all(|list| list.is_empty())
}

/// Each file that changes, and why.
fn rows<'c>(place: &Place<'_>, change: &'c TreeChange) -> Vec<(&'static str, &'c str, &'static str)> {
    let is_there = |path: &str| place.live.loaded.root.join(path).exists();
    let written = change.write.iter().map(|path| match is_there(path) {
        true => ("update", path.as_str(), "rendered differently now"),
        false => ("create", path.as_str(), "no file"),
    });
    let removed = change.remove.iter().map(|path| ("remove", path.as_str(), "no longer rendered"));
    let edited = change.edited.iter().map(|path| ("refuse", path.as_str(), "somebody changed it (TRN-006)"));
    let foreign =
        change.foreign.iter().map(|path| ("refuse", path.as_str(), "not a generated file (TRN-006)"));
    written.chain(removed).chain(edited).chain(foreign).collect()
}

fn show(place: &Place<'_>, change: Option<&TreeChange>, seen: Option<&OfCluster>) {
    let ui = &place.session.ui;
    if let Some(change) = change {
        let rows = rows(place, change);
        let count = match rows.len() {
            0 => "nothing to write".to_owned(),
            1 => "1 file".to_owned(),
            n => format!("{n} files"),
        };
        let mut text =
            format!("Tree of {}: {count}; {} unchanged\n", place.live.environment.name, change.unchanged);
        let width = rows.iter().map(|(_, path, _)| path.chars().count()).max().unwrap_or(0);
        for (verb, path, cause) in rows {
            text.push_str(&format!("  {verb}  {path:<width$}  {cause}\n"));
        }
        ui.print(text);
    }
    if let Some((plan, obstacles, _)) = seen {
        ui.print(text(plan));
        for Obstacle { object, message, hint } in obstacles {
            ui.print(format!("{object}: {message}\n  = help: {hint}"));
        }
    }
}

fn as_json(change: Option<&TreeChange>, seen: Option<&OfCluster>) -> Value {
    let tree = change.map(|c| {
        json!({"write": c.write, "remove": c.remove, "edited": c.edited, "foreign": c.foreign, "unchanged": c.unchanged})
    });
    let cluster = seen.map(|(plan, obstacles, _)| json!({"plan": plan, "obstacles": obstacles}));
    json!({"tree": tree, "cluster": cluster})
}
