//! `foundry metadata generate|diff|commit|check`: generated, committed facts about each domain.

use crate::pipeline::{Rendered, prepare, waived};
use crate::scope::EnvScope;
use crate::session::{Loaded, Session, until_exit};
use crate::ui::{Outcome, unified};
use clap::{Args, Subcommand};
use foundry_core::compose::summary;
use foundry_core::model::Domain;
use foundry_core::render::metadata::{Metadata, generate, without_volatile};
use foundry_runtime::Cancel;
use foundry_runtime::clock::now_utc;
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::files::{
    Mode, ensure_dir, git_state, list_files, remove_file, write_atomic, write_cache,
};
use foundry_runtime::lock::{Lock, Wanted};
use rayon::prelude::*;
use serde_json::json;
use std::path::Path;
use std::time::Duration;

/// Folder of the cache, below the registry's root.
const CACHE: &str = "config-registry/state/metadata-cache";

/// Generate, compare and commit domains/<name>/metadata.yml
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry metadata generate               write the cache
  foundry metadata diff                   what differs from domains/*/metadata.yml
  foundry metadata commit                 take the generated files over
  foundry metadata check                  for CI: exit code 1 on drift
  foundry metadata commit --env prod      with images, volumes and endpoints as rendered for prod")]
pub struct MetadataArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write config-registry/state/metadata-cache/<name>.yml
    Generate(Scope),
    /// Show how domains/<name>/metadata.yml differs from what would be generated
    Diff(Scope),
    /// Write domains/<name>/metadata.yml where it differs
    Commit(Scope),
    /// Fail when domains/<name>/metadata.yml differs or is missing
    Check(Scope),
}

#[derive(Debug, Args)]
struct Scope {
    /// Domains by name (default: all).
    #[arg(value_name = "DOMAIN", add = crate::complete::domains())]
    domains: Vec<String>,
    #[command(flatten)]
    env: EnvScope,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Seconds to wait for another run to finish.
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    lock_timeout: u64,
}

impl MetadataArgs {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        match self.action {
            Action::Generate(scope) => fill_cache(session, &scope).into(),
            Action::Diff(scope) => compare(session, &scope).into(),
            Action::Check(scope) => check(session, &scope).into(),
            Action::Commit(scope) => commit(session, &scope).into(),
        }
    }
}

/// The domains that were asked for, with their metadata, in file order. With `--env` it has what rendering gives.
fn generated<'a>(
    session: &Session,
    loaded: &'a Loaded,
    scope: &Scope,
) -> Result<Vec<(&'a Domain, Metadata)>> {
    scope.domains.iter().try_for_each(|name| loaded.check_domain(name))?;
    let rendered = match scope.env.name() {
        Some(name) => Some(rendered(session, loaded, scope, &loaded.environment(Some(name))?.name)?),
        None => None,
    };
    let all = loaded.registry.domains.iter();
    let chosen = all.filter(|d| scope.domains.is_empty() || scope.domains.contains(&d.name.value));
    let complete = |domain: &Domain| {
        let metadata = generate(&loaded.registry, domain);
        let Some(rendered) = &rendered else { return metadata };
        match rendered.projects.get(&domain.name.value) {
            Some(project) => metadata
                .with_rendered(&rendered.artifacts.environment, summary(&loaded.registry, domain, project)),
            None => metadata,
        }
    };
    let chosen: Vec<&Domain> = chosen.collect();
    let list: Vec<_> = chosen.into_par_iter().map(|d| (d, complete(d))).collect();
    match list.is_empty() {
        true => Err(Error::new(Kind::Findings, "no domain is declared, so there is nothing to generate")
            .hint("declare one in config-registry/env/domains.yml")),
        false => Ok(list),
    }
}

/// The registry rendered for `environment`; errors in it stop everything, stale metadata aside.
fn rendered(session: &Session, loaded: &Loaded, scope: &Scope, environment: &str) -> Result<Rendered> {
    let mut rendered = prepare(session, loaded, &scope.env, environment)?;
    let mut findings = waived(loaded, std::mem::take(&mut rendered.findings));
    findings.retain(|f| f.rule != "DRF-001");
    if findings.has_errors() {
        return Err(session.refuse(&rendered.sources(loaded), &mut findings));
    }
    Ok(rendered)
}

/// One run at a time: nobody reads a half-written cache.
fn lock(session: &Session, root: &Path, scope: &Scope) -> Result<Lock> {
    crate::live::run(async |cancel: Cancel| {
        Lock::take(&Wanted {
            registry: root,
            environment: "metadata",
            command: "foundry metadata",
            timeout: Duration::from_secs(scope.lock_timeout),
            cancel: &cancel,
            on_busy: &|holder| session.ui.note(format!("Waiting for {holder}.")),
        })
        .await
    })
}

fn fill_cache(session: &Session, scope: &Scope) -> Result<Outcome> {
    let loaded = session.load_valid()?;
    let list = generated(session, &loaded, scope)?;
    let folder = loaded.root.join(CACHE);
    ensure_dir(&folder)?;
    let _lock = lock(session, &loaded.root, scope)?;
    let stamp = Stamp::new(&loaded.root);
    let write = |(domain, metadata): &(&Domain, Metadata)| {
        let path = folder.join(format!("{}.yml", domain.name.value));
        let changed = update(&path, metadata, &stamp, write_cache)?;
        Ok(changed.then(|| domain.name.value.clone()))
    };
    let written: Vec<Option<String>> = list.par_iter().map(write).collect::<Result<_>>()?;
    let written: Vec<String> = written.into_iter().flatten().collect();
    let removed = if scope.domains.is_empty() { remove_stale(&folder, &loaded)? } else { Vec::new() };
    report(session, scope, &list, &json!({"written": written, "removed": removed}), &written, "in the cache");
    until_exit(list);
    until_exit(loaded);
    Ok(Outcome::DONE)
}

fn remove_stale(folder: &Path, loaded: &Loaded) -> Result<Vec<String>> {
    let mut removed = Vec::new();
    for name in list_files(folder)? {
        let known = name.strip_suffix(".yml").is_some_and(|n| loaded.registry.domain(n).is_some());
        if !known {
            remove_file(&folder.join(&name))?;
            removed.push(name);
        }
    }
    Ok(removed)
}

fn commit(session: &Session, scope: &Scope) -> Result<Outcome> {
    let loaded = session.load_valid()?;
    let list = generated(session, &loaded, scope)?;
    let _lock = lock(session, &loaded.root, scope)?;
    let stamp = Stamp::new(&loaded.root);
    let mut written = Vec::new();
    for (domain, metadata) in list.iter().filter(|(d, _)| !d.managed_externally) {
        let folder = loaded.root.join("domains").join(&domain.name.value);
        ensure_dir(&folder)?;
        if update(&folder.join("metadata.yml"), metadata, &stamp, |path, text| {
            write_atomic(path, text, Mode::Public)
        })? {
            written.push(domain.name.value.clone());
        }
    }
    report(session, scope, &list, &json!({"written": written}), &written, "below domains/");
    Ok(Outcome::DONE)
}

/// Replaces the file by `write` when its content differs, volatile fields aside.
fn update(
    path: &Path,
    metadata: &Metadata,
    stamp: &Stamp,
    write: impl Fn(&Path, &[u8]) -> Result<bool>,
) -> Result<bool> {
    let old = std::fs::read_to_string(path).unwrap_or_default();
    if metadata.matches(&old) {
        return Ok(false);
    }
    let metadata = metadata.clone().keeping(&old);
    write(path, metadata.text(&stamp.time, &stamp.commit).as_bytes())
}

/// Time and commit that a changed file gets.
struct Stamp {
    time: String,
    commit: String,
}

impl Stamp {
    fn new(root: &Path) -> Stamp {
        Stamp { time: now_utc(), commit: git_state(root).map(|s| s.commit).unwrap_or_default() }
    }
}

fn report(
    session: &Session,
    scope: &Scope,
    list: &[(&Domain, Metadata)],
    data: &serde_json::Value,
    written: &[String],
    place: &str,
) {
    if scope.json {
        session.ui.json(data);
        return;
    }
    for name in written {
        session.ui.print(format!("{name}  written"));
    }
    let unchanged = list.len() - written.len();
    session.ui.note(format!("{} written {place}, {unchanged} unchanged.", written.len()));
}

/// Prints the difference of every domain; like `diff`, it ends with 1 when there is one.
/// For CI: a registry in which nothing is declared yet has no drift.
fn check(session: &Session, scope: &Scope) -> Result<Outcome> {
    if scope.domains.is_empty() && session.load_valid()?.registry.domains.is_empty() {
        match scope.json {
            true => session.ui.json(&json!({"drift": []})),
            false => session.ui.note("No domain is declared yet, so nothing can differ."),
        }
        return Ok(Outcome::DONE);
    }
    compare(session, scope)
}

fn compare(session: &Session, scope: &Scope) -> Result<Outcome> {
    let loaded = session.load_valid()?;
    let list = generated(session, &loaded, scope)?;
    let mut drifted = Vec::new();
    for (domain, metadata) in list.iter().filter(|(d, _)| !d.managed_externally) {
        let name = &domain.name.value;
        let committed = loaded.registry.metadata.get(name).map(|f| f.text.as_ref());
        if committed.is_some_and(|text| metadata.matches(text)) {
            continue;
        }
        let old = committed.map(without_volatile).unwrap_or_default();
        let text = unified(
            &format!("domains/{name}/metadata.yml"),
            "generated",
            &old,
            &metadata.clone().keeping(&old).stable_text(),
        );
        drifted.push((name.clone(), committed.is_some(), text));
    }
    if scope.json {
        let list: Vec<_> = drifted
            .iter()
            .map(|(n, there, text)| json!({"domain": n, "committed": there, "diff": anstream::adapter::strip_str(text).to_string()}))
            .collect();
        session.ui.json(&json!({"drift": list}));
    } else {
        drifted.iter().for_each(|(_, _, text)| session.ui.print(text));
        session.ui.note(match drifted.len() {
            0 => format!("No drift in {} domains.", list.len()),
            n => format!(
                "{n} of {} domains differ. Take them over with `foundry metadata commit`.",
                list.len()
            ),
        });
    }
    Ok(if drifted.is_empty() { Outcome::DONE } else { Outcome::FINDINGS })
}
