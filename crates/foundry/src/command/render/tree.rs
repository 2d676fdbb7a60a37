//! `foundry render` for Kubernetes: the tree of manifests that the cluster reads from Git.

use crate::delivery::tree_files;
use crate::pipeline::Rendered;
use crate::session::{Loaded, Session};
use crate::ui::{Outcome, Sources, unified};
use foundry_core::diag::{Finding, Findings, Span};
use foundry_core::kubernetes::{TreeFile, roots};
use foundry_core::model::Environment;
use foundry_runtime::error::Result;
use foundry_runtime::files::{TreeChange, compare_tree, write_tree};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;

/// What was asked for.
pub struct Options<'a> {
    /// The chosen domains.
    pub chosen: &'a [String],
    /// Whether all were.
    pub all: bool,
    /// Show, write nothing.
    pub diff: bool,
    /// Replace what somebody edited.
    pub overwrite: bool,
    /// Print JSON.
    pub json: bool,
    /// Another folder than the registry's root.
    pub out: Option<&'a Path>,
}

/// Writes the tree of `environment`, or shows what would change.
pub fn render(
    session: &Session,
    loaded: &Loaded,
    environment: &Environment,
    rendered: &Rendered,
    options: &Options<'_>,
) -> Result<Outcome> {
    let all = tree_files(loaded, environment, rendered);
    let is_chosen = |file: &&TreeFile| {
        options.all || file.domain.as_ref().is_some_and(|domain| options.chosen.contains(domain))
    };
    let files: Vec<&TreeFile> = all.iter().filter(is_chosen).collect();
    let wanted: BTreeSet<&str> = all.iter().map(|f| f.path.as_str()).collect();
    let root = options.out.unwrap_or(&loaded.root);
    let folders = if options.all { roots(environment) } else { Vec::new() };
    let mut change = compare_tree(root, &environment.name, &files, &wanted, &folders)?;
    if options.diff {
        return Ok(show(session, root, &files, &change));
    }
    if options.overwrite {
        let (stale, edited) =
            std::mem::take(&mut change.edited).into_iter().partition(|p| !wanted.contains(p.as_str()));
        change.remove.extend::<Vec<String>>(stale);
        change.edited = edited;
    } else {
        refuse_edited(session, &rendered.sources(loaded), &change)?;
    }
    write_tree(root, &files, &change)?;
    report(session, &change, options.json);
    Ok(Outcome::DONE)
}

/// Stops where a person's changes would be written over.
pub fn refuse_edited(session: &Session, sources: &Sources, change: &TreeChange) -> Result<()> {
    match change.edited.is_empty() && change.foreign.is_empty() {
        true => Ok(()),
        false => Err(session.refuse(sources, &mut findings(change))),
    }
}

fn findings(change: &TreeChange) -> Findings {
    let mut all = Findings::new();
    for path in &change.edited {
        let span = Span::file(path.as_str());
        all.push(
            Finding::error("TRN-006", &span, "somebody changed this generated file").help(
                "move the change to the domain's templates or the registry, then write over it: foundry render --overwrite",
            ),
        );
    }
    for path in &change.foreign {
        let span = Span::file(path.as_str());
        all.push(
            Finding::error(
                "TRN-006",
                &span,
                "this file is in the place of a generated one, and not generated for this environment",
            )
            .help("move it elsewhere, or give the environment a `layout` of its own"),
        );
    }
    all
}

fn show(session: &Session, root: &Path, files: &[&TreeFile], change: &TreeChange) -> Outcome {
    let differs = |f: &&&TreeFile| {
        [&change.write, &change.edited, &change.foreign].into_iter().any(|list| list.contains(&f.path))
    };
    for file in files.iter().filter(differs) {
        let old = std::fs::read_to_string(root.join(&file.path)).unwrap_or_default();
        session.ui.print(unified(&file.path, &format!("{} (rendered)", file.path), &old, &file.text));
    }
    change.remove.iter().for_each(|path| session.ui.print(format!("{path}  would be removed")));
    let count = files.iter().filter(differs).count() + change.remove.len();
    session.ui.note(format!("{count} files differ; nothing was written."));
    Outcome::DONE
}

fn report(session: &Session, change: &TreeChange, as_json: bool) {
    let written: Vec<&String> = change.write.iter().chain(&change.edited).chain(&change.foreign).collect();
    if as_json {
        let value = json!({"written": written, "removed": change.remove, "unchanged": change.unchanged});
        session.ui.json(&value);
        return;
    }
    written.iter().for_each(|path| session.ui.print(format!("{path}  written")));
    change.remove.iter().for_each(|path| session.ui.print(format!("{path}  removed")));
    let (written, removed) = (written.len(), change.remove.len());
    session.ui.note(format!("{written} written, {removed} removed, {} unchanged.", change.unchanged));
}
