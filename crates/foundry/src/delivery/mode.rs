//! A change of mode: one line in `environments.yml`, and exactly those files of the tree that follow from it.

use super::axis::{Axis, ENVIRONMENTS, Edit};
use super::publish::{Publish, Work};
use super::tree::tree_files;
use super::wait::Awaited;
use crate::pipeline::prepare;
use crate::rewrite::Rewrite;
use crate::scope::EnvScope;
use crate::session::{Loaded, Session};
use crate::ui::{Outcome, unified};
use foundry_core::diag::{Finding, Findings, Span};
use foundry_core::edit::change_yaml;
use foundry_core::kubernetes::{Settings, TreeFile, reconciled};
use foundry_core::load::did_you_mean;
use foundry_core::tree::Tree;
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::files::{Mode, ensure_dir, file_at, git_state, read_tree, uncommitted, write_atomic};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// What was asked for besides the axis.
pub struct ModeOptions<'a> {
    /// Which environment, and its values.
    pub scope: &'a EnvScope,
    /// How far to go.
    pub publish: &'a Publish,
    /// Show, write nothing.
    pub dry_run: bool,
    /// Print JSON.
    pub json: bool,
}

/// Texts by path; empty: no such file.
type Texts = BTreeMap<String, String>;

/// Switches an issuer.
pub fn change_mode(session: &Session, axis: Axis, options: &ModeOptions<'_>) -> Result<Outcome> {
    let loaded = session.load_valid()?;
    let edit = axis.edit(&loaded, options.scope.name())?;
    let name = edit.environment.as_str();
    let environment = loaded.environment(Some(name))?;
    let settings = Settings::read(environment);
    options.publish.check(&loaded.root, &settings)?;
    let mut rewrite = Rewrite::of(&loaded);
    rewrite.yaml(ENVIRONMENTS, std::slice::from_ref(&edit.change))?;
    rewrite.check(session)?;
    let after = rewrite.outcome();
    known_issuer(session, &after, &edit)?;
    let old = rendered_tree(session, &loaded, options.scope, name)?;
    let new_files = rendered_files(session, &after, options.scope, name)?;
    let new = texts(new_files.clone());
    let follows = follow(&loaded, &difference(&old, &new), &old)?;
    let registry = (rewrite.text(ENVIRONMENTS)?, on_disk(&loaded, ENVIRONMENTS)?);
    let mut shown: Vec<(String, String)> = Vec::new();
    if registry.0 != registry.1 {
        shown.push((ENVIRONMENTS.to_owned(), unified(ENVIRONMENTS, ENVIRONMENTS, &registry.1, &registry.0)));
    }
    for (path, text) in &follows {
        let before = on_disk(&loaded, path)?;
        if before != *text {
            shown.push((path.clone(), unified(path, path, &before, text)));
        }
    }
    if !options.json {
        shown.iter().for_each(|(_, diff)| session.ui.print(diff));
    }
    let to_publish = match publishable(session, &loaded, &edit, options, &registry.0, &new) {
        Err(error) if options.publish.commits() => return Err(error),
        // Nothing will be committed: what is open is only counted, an earlier run's and other changes with it.
        Err(_) => new.keys().cloned().chain([ENVIRONMENTS.to_owned()]).collect(),
        Ok(paths) => paths,
    };
    if !options.dry_run {
        write(&loaded, &rewrite, &follows)?;
    }
    let git = match options.dry_run {
        true => json!(null),
        false => {
            let paths: BTreeSet<&str> = to_publish.iter().map(String::as_str).collect();
            let work = Work {
                root: &loaded.root,
                settings: &settings,
                paths: &paths,
                message: &edit.message,
                command: &edit.command,
                wrote: !shown.is_empty(),
            };
            if shown.is_empty() {
                session.ui.note(format!("{}: nothing to change.", edit.message));
            }
            options.publish.carry_out(session, &work)?
        }
    };
    let reconciled = match options.publish.waits() {
        Some(limit) => {
            let units = reconciled(&new_files);
            let commit = git_state(&loaded.root).map(|state| state.commit).unwrap_or_default();
            Awaited { session, loaded: &loaded, environment, units, commit, limit }.wait()?
        }
        None => json!(null),
    };
    if !is_rendered(&loaded, &new) {
        session.ui.note(format!("The tree is not rendered yet: foundry render --all --env {name}."));
    }
    if options.json {
        let files: Vec<_> = shown
            .iter()
            .map(|(path, diff)| json!({"file": path, "diff": anstream::adapter::strip_str(diff).to_string()}))
            .collect();
        session
            .ui
            .json(&json!({"environment": name, "files": files, "written": !options.dry_run, "git": git, "reconciled": reconciled}));
    }
    Ok(Outcome::DONE)
}

/// Whether any file of the tree is on disk.
fn is_rendered(loaded: &Loaded, tree: &Texts) -> bool {
    tree.keys().any(|path| loaded.root.join(path).exists())
}

/// An issuer that the tree does not declare, though it declares some, is a mistake.
fn known_issuer(session: &Session, after: &Loaded, edit: &Edit) -> Result<()> {
    let tree = Tree::read(&read_tree(&after.root)?);
    let issuers: BTreeSet<&str> = tree
        .objects()
        .filter(|(_, object)| object.is("cert-manager.io", "ClusterIssuer"))
        .map(|(_, object)| object.name())
        .collect();
    if issuers.is_empty() || issuers.contains(edit.issuer.as_str()) {
        return Ok(());
    }
    let mut found = Findings::new();
    let near = did_you_mean(&edit.issuer, issuers.iter().copied());
    let help = match near {
        Some(near) => format!("write `{near}`, if that is what you mean"),
        None => format!("choose one of: {}", issuers.iter().copied().collect::<Vec<_>>().join(", ")),
    };
    let message = format!("`{}` is no ClusterIssuer of the tree", edit.issuer);
    found.push(Finding::error("REF-002", &Span::file(ENVIRONMENTS), message).help(help));
    Err(session.refuse(&after.sources(), &mut found))
}

fn rendered_tree(session: &Session, loaded: &Loaded, scope: &EnvScope, name: &str) -> Result<Texts> {
    rendered_files(session, loaded, scope, name).map(texts)
}

fn texts(files: Vec<TreeFile>) -> Texts {
    files.into_iter().map(|file| (file.path, file.text)).collect()
}

fn rendered_files(session: &Session, loaded: &Loaded, scope: &EnvScope, name: &str) -> Result<Vec<TreeFile>> {
    let rendered = prepare(session, loaded, scope, name)?;
    let environment = loaded.environment(Some(name))?;
    let mut errors = rendered.findings.clone();
    errors.retain(|f| f.rule != "DRF-001");
    if crate::pipeline::waived(loaded, errors.clone()).has_errors() {
        return Err(session.refuse(&rendered.sources(loaded), &mut errors));
    }
    Ok(tree_files(loaded, environment, &rendered))
}

/// What differs in `new`, with its text; empty where a file goes.
fn difference(old: &Texts, new: &Texts) -> Texts {
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let text = |texts: &Texts, path: &String| texts.get(path).cloned().unwrap_or_default();
    paths
        .into_iter()
        .filter(|path| text(old, path) != text(new, path))
        .map(|path| (path.clone(), text(new, path)))
        .collect()
}

/// Those of the changes that the tree on disk can follow: nothing where it was never rendered, and an error where a file
/// is not as it was rendered, because its other differences would come along.
fn follow(loaded: &Loaded, changes: &Texts, old: &Texts) -> Result<Texts> {
    let mut follows = Texts::new();
    let rendered = old.keys().any(|path| loaded.root.join(path).exists());
    for (path, text) in changes.iter().filter(|_| rendered) {
        let now = on_disk(loaded, path)?;
        let before = old.get(path).cloned().unwrap_or_default();
        if now != before && now != *text {
            let error = Error::new(Kind::Refused, format!("{path} is not as it would be rendered now"));
            return Err(error.hint("bring the tree up to date first: foundry render --all"));
        }
        follows.insert(path.clone(), text.clone());
    }
    Ok(follows)
}

/// The files that this mode changes against the last commit, when their other changes are committed.
fn publishable(
    session: &Session,
    loaded: &Loaded,
    edit: &Edit,
    options: &ModeOptions<'_>,
    wanted: &str,
    new: &Texts,
) -> Result<BTreeSet<String>> {
    let mixed = |path: &str| {
        let message = format!("{path} has other changes that no commit has");
        Error::new(Kind::Refused, message).hint("commit or undo them first, then run the same command again")
    };
    let committed = file_at(&loaded.root, "HEAD", ENVIRONMENTS)?.unwrap_or_default();
    let alone = change_yaml(ENVIRONMENTS, &committed, std::slice::from_ref(&edit.change));
    if alone.ok().as_deref() != Some(wanted) {
        return Err(mixed(ENVIRONMENTS));
    }
    let mut base = Rewrite::of(loaded);
    base.put(ENVIRONMENTS, committed);
    let base = rendered_tree(session, &base.outcome(), options.scope, &edit.environment)?;
    let open: BTreeSet<String> = uncommitted(&loaded.root, &[]).into_iter().collect();
    let mut paths = BTreeSet::from([ENVIRONMENTS.to_owned()]);
    for path in difference(&base, new).into_keys() {
        let before = file_at(&loaded.root, "HEAD", &path)?.unwrap_or_default();
        if open.contains(&path) && before != base.get(&path).cloned().unwrap_or_default() {
            return Err(mixed(&path));
        }
        paths.insert(path);
    }
    Ok(paths)
}

fn write(loaded: &Loaded, rewrite: &Rewrite<'_>, follows: &Texts) -> Result<()> {
    rewrite.write()?;
    for (path, text) in follows {
        let full = loaded.root.join(path);
        if text.is_empty() {
            foundry_runtime::files::remove_file(&full)?;
            continue;
        }
        ensure_dir(full.parent().unwrap_or(&loaded.root))?;
        write_atomic(&full, text.as_bytes(), Mode::Public)?;
    }
    Ok(())
}

/// The text of a file now; empty where there is none.
fn on_disk(loaded: &Loaded, path: &str) -> Result<String> {
    match std::fs::read_to_string(loaded.root.join(path)) {
        Ok(text) => Ok(text),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(e) => Err(Error::io("reading", path, &e)),
    }
}
