//! `foundry deploy` where a reconciler carries out: the tree is shown, written, committed and pushed.

use super::publish::{Publish, Work};
use super::tree::tree_files;
use super::wait::Awaited;
use crate::command::render::refuse_edited;
use crate::live::run;
use crate::pipeline::{prepare, set_stale_metadata_aside, waived};
use crate::scope::{DomainScope, EnvScope};
use crate::session::Session;
use crate::ui::{Answer, Outcome};
use foundry_core::kubernetes::{Reconciled, Settings, TreeFile, reconciled, roots};
use foundry_core::model::Environment;
use foundry_runtime::error::Result;
use foundry_runtime::files::{TreeChange, compare_tree, git_state, uncommitted, unpublished, write_tree};
use foundry_runtime::lock::{Lock, Wanted};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What was asked for.
pub struct Options<'a> {
    /// Which domains.
    pub domains: &'a DomainScope,
    /// The environment's values.
    pub scope: &'a EnvScope,
    /// How far to go.
    pub publish: &'a Publish,
    /// Do not ask.
    pub yes: bool,
    /// Print JSON.
    pub json: bool,
    /// How long to wait for another run.
    pub lock_timeout: Duration,
}

/// Carries out the tree of an environment.
pub fn deploy(session: &Session, environment: &Environment, options: &Options<'_>) -> Result<Outcome> {
    let settings = Settings::read(environment);
    let root = session.root()?;
    options.publish.check(&root, &settings)?;
    let end = run(async |cancel| {
        let _lock = Lock::take(&Wanted {
            registry: &root,
            environment: &environment.name,
            command: "foundry deploy",
            timeout: options.lock_timeout,
            cancel: &cancel,
            on_busy: &|holder| session.ui.note(format!("Waiting for {holder}.")),
        })
        .await?;
        locked(session, &environment.name, options)
    })?;
    let End::Published(mut report, units) = end else { return Ok(Outcome::FINDINGS) };
    if let Some(limit) = options.publish.waits() {
        let loaded = session.load_valid()?;
        let commit = git_state(&root).map(|state| state.commit).unwrap_or_default();
        let awaited = Awaited { session, loaded: &loaded, environment, units, commit, limit };
        report["reconciled"] = awaited.wait()?;
    }
    if options.json {
        session.ui.json(&report);
    }
    Ok(Outcome::DONE)
}

/// How the part under the lock ended.
enum End {
    /// It was not agreed to.
    Refused,
    /// The report, and what the reconciler applies.
    Published(Value, Vec<Reconciled>),
}

fn locked(session: &Session, name: &str, options: &Options<'_>) -> Result<End> {
    let loaded = session.load_valid()?;
    let environment = loaded.environment(Some(name))?;
    let settings = Settings::read(environment);
    let chosen = options.domains.choose_or_all(&loaded, name)?;
    let all_chosen = !options.domains.is_named();
    let mut rendered = prepare(session, &loaded, options.scope, name)?;
    rendered.findings = waived(&loaded, std::mem::take(&mut rendered.findings));
    set_stale_metadata_aside(session, &mut rendered.findings);
    if rendered.findings.has_errors() {
        let sources = rendered.sources(&loaded);
        return Err(session.refuse(&sources, &mut rendered.findings));
    }
    let all = tree_files(&loaded, environment, &rendered);
    let is_chosen =
        |f: &&TreeFile| all_chosen || f.domain.as_ref().is_some_and(|domain| chosen.contains(domain));
    let files: Vec<&TreeFile> = all.iter().filter(is_chosen).collect();
    let wanted: BTreeSet<&str> = all.iter().map(|f| f.path.as_str()).collect();
    let folders = if all_chosen { roots(environment) } else { Vec::new() };
    let change = compare_tree(&loaded.root, name, &files, &wanted, &folders)?;
    refuse_edited(session, &rendered.sources(&loaded), &change)?;
    let mut paths: BTreeSet<&str> = files.iter().map(|f| f.path.as_str()).collect();
    let gone = removed_before(&loaded.root, name, &folders, &wanted);
    paths.extend(change.remove.iter().chain(&gone).map(String::as_str));
    let open = if options.publish.commits() { unpublished(&loaded.root, &paths) } else { Vec::new() };
    let (writes, domains) = (change.write.len() + change.remove.len(), domains(&all, &change, &open));
    if !options.json {
        show(session, &settings, name, &change, &open);
    }
    if (writes > 0 || !open.is_empty()) && !options.yes && session.ui.confirm("Carry it out?")? != Answer::Yes
    {
        session.ui.note("Nothing was changed.");
        return Ok(End::Refused);
    }
    write_tree(&loaded.root, &files, &change)?;
    let command = match options.domains.names() {
        [] => format!("foundry deploy --all --env {name}"),
        some => format!("foundry deploy {} --env {name}", some.join(" ")),
    };
    let message = message(name, &domains);
    let work = Work {
        root: &loaded.root,
        settings: &settings,
        paths: &paths,
        message: &message,
        command: &command,
        wrote: writes > 0,
    };
    let done = options.publish.carry_out(session, &work)?;
    say_unread(session, &loaded.root, &paths);
    let tree = json!({"written": change.write, "removed": change.remove, "unchanged": change.unchanged});
    Ok(End::Published(json!({"environment": name, "tree": tree, "git": done}), reconciled(&all)))
}

/// Generated files that an earlier run removed, and no commit yet.
fn removed_before(
    root: &std::path::Path,
    environment: &str,
    folders: &[String],
    wanted: &BTreeSet<&str>,
) -> Vec<String> {
    use foundry_core::kubernetes::{Origin, origin};
    let below = |path: &str| {
        folders.iter().any(|f| path.strip_prefix(f.as_str()).is_some_and(|p| p.starts_with('/')))
    };
    let was_ours = |path: &String| {
        let text = foundry_runtime::files::file_at(root, "HEAD", path).ok().flatten().unwrap_or_default();
        origin(&text, environment) != Origin::Foreign
    };
    uncommitted(root, &[])
        .into_iter()
        .filter(|path| below(path) && !wanted.contains(path.as_str()) && !root.join(path).exists())
        .filter(was_ours)
        .collect()
}

/// The domains of what changes, in order; what all share has none.
fn domains(all: &[TreeFile], change: &TreeChange, open: &[String]) -> Vec<String> {
    let owner: BTreeMap<&str, Option<&String>> =
        all.iter().map(|f| (f.path.as_str(), f.domain.as_ref())).collect();
    let changed = change.write.iter().chain(open);
    let names: BTreeSet<&String> =
        changed.filter_map(|path| owner.get(path.as_str()).copied().flatten()).collect();
    names.into_iter().cloned().collect()
}

fn show(session: &Session, settings: &Settings, name: &str, change: &TreeChange, open: &[String]) {
    let by = if settings.gitops == "flux" { "Flux" } else { "Argo CD" };
    let (url, branch) = &settings.repository;
    let (writes, removes) = (change.write.len(), change.remove.len());
    if writes + removes == 0 {
        let rest = match open.len() {
            0 => String::new(),
            n => format!("; {n} files of it are not committed"),
        };
        return session.ui.print(format!("The tree of {name} is as it should be{rest}."));
    }
    session
        .ui
        .print(format!("Plan for {name} ({by}, {branch} of {url}): {writes} to write, {removes} to remove"));
    change.write.iter().for_each(|path| session.ui.print(format!("  write    {path}")));
    change.remove.iter().for_each(|path| session.ui.print(format!("  remove   {path}")));
}

/// `home: db and web`; many domains are counted.
fn message(environment: &str, domains: &[String]) -> String {
    match domains {
        [] => format!("{environment}: the cluster's own files"),
        few if few.len() <= 6 => format!("{environment}: {}", few.join(", ")),
        many => format!("{environment}: {} domains\n\n{}", many.len(), many.join("\n")),
    }
}

/// The registry is what the tree was made from: a commit of the tree alone would leave it behind.
fn say_unread(session: &Session, root: &std::path::Path, paths: &BTreeSet<&str>) {
    let open = uncommitted(root, &[]);
    let count = open
        .iter()
        .filter(|p| !paths.contains(p.as_str()))
        .filter(|p| p.starts_with("config-registry/") || p.starts_with("domains/"))
        .count();
    if count > 0 {
        session.ui.note(format!("Not committed, and yours to commit: {count} files of the registry."));
    }
}
