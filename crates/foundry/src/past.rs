//! A registry as an older revision has it: its files, what its manifest recorded, and its images by digest.

use crate::command::manifest::every_domain;
use crate::live::Live;
use crate::pipeline::{Rendered, masked, prepare};
use crate::scope::EnvScope;
use crate::session::{Loaded, Session};
use foundry_core::compose::{Marks, OVERLAY_FILE, Past, overlay_of};
use foundry_core::load::{FileContent, MARKER, load};
use foundry_core::manifest::{self, ImagePin, Input, Manifest, record};
use foundry_core::model::Environment;
use foundry_core::plan::Observed;
use foundry_core::render::Content;
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::files::{Revision, check_out, commits_of, file_at, read_registry, revision};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// What a rollback goes back to.
pub struct Target {
    /// The revision.
    pub revision: Revision,
    /// What its manifest recorded.
    pub recorded: Manifest,
    /// The registry as it was, rendered.
    pub live: Live,
    /// Its domains that are deployed in the environment.
    pub chosen: Vec<String>,
    /// Whether the rendered configuration is the recorded one.
    pub exact: bool,
    /// Whether the vault was another one then.
    pub other_secrets: bool,
}

/// Reads and renders the registry of `wanted` in a folder of its own. The vault's password, `.env` and the place are
/// those of today.
pub fn target(
    session: &Session,
    scope: &EnvScope,
    now: &Loaded,
    environment: &Environment,
    wanted: Revision,
) -> Result<Target> {
    let loaded = as_it_was(session, now, &wanted)?;
    let old = loaded.environment(Some(&environment.name)).map_err(|error| error.context(&wanted.short))?;
    if old.engine != environment.engine {
        let message = format!("{} ran on {} at {}", environment.name, old.engine.word(), wanted.short);
        return Err(Error::new(Kind::Refused, message).hint("choose a revision after the change of engine"));
    }
    let chosen = every_domain(&loaded, &environment.name).map_err(|error| error.context(&wanted.short))?;
    let rendered = prepare(session, &loaded, scope, &environment.name)
        .map_err(|error| error.context(format!("rendering {}", wanted.short)))?;
    let unreadable: Vec<&String> = chosen.iter().filter(|d| !rendered.projects.contains_key(*d)).collect();
    if let Some(domain) = unreadable.first() {
        let mut findings = rendered.findings.clone();
        findings.retain(|f| f.span.as_ref().is_some_and(|s| s.file.contains(&format!("/{domain}/"))));
        let error = session.refuse(&rendered.sources(&loaded), &mut findings);
        return Err(error.context(format!("{domain} of {} cannot be rendered", wanted.short)));
    }
    let live = Live { loaded, environment: environment.clone(), rendered };
    let declared = declared(&live, &chosen);
    let recorded = find_record(now, &wanted, &declared)?;
    let exact = recorded.declares_same(&declared);
    let vault = |loaded: &Loaded| loaded.registry.vault.as_ref().map(|file| file.text.clone());
    let other_secrets = vault(&live.loaded) != vault(now);
    Ok(Target { revision: wanted, recorded, live, chosen, exact, other_secrets })
}

/// Where the last recorded manifest before the current one may be returned to (before what is declared now, if that was
/// recorded): the revision that has it, or the one that it was recorded for.
pub fn previous(now: &Loaded, declared: &Manifest) -> Result<Vec<Revision>> {
    let environment = &declared.environment;
    let mut current: Option<Manifest> = None;
    for commit in commits_of(&now.root, manifest::FILE)? {
        let Some(recorded) = recorded_at(&now.root, &commit, environment)? else { continue };
        match &current {
            None if recorded.declares_same(declared) => current = Some(recorded),
            Some(current) if recorded.same_deployment(current) => {}
            _ => {
                let mut found = vec![revision(&now.root, &commit)?];
                // What was committed together with it may be newer than what it records.
                found.extend(recorded.commit.and_then(|commit| revision(&now.root, &commit).ok()));
                return Ok(found);
            }
        }
    }
    Err(Error::new(Kind::Refused, format!("no earlier manifest of {environment} is recorded"))
        .hint(format!("after each deploy: foundry manifest --env {environment}, and commit MANIFEST.md"))
        .hint("name a revision that has one: foundry rollback --to REV"))
}

/// What is declared, as a manifest of a place where nothing runs.
pub fn declared(live: &Live, chosen: &[String]) -> Manifest {
    let masked = masked(&live.loaded, &live.environment.name, &live.rendered.env);
    record(Input {
        registry: &live.loaded.registry,
        desired: &live.desired("", chosen, false),
        masked: &masked.projects,
        masked_files: &masked.artifacts,
        observed: &Observed::default(),
        commit: None,
        uncommitted: Vec::new(),
    })
}

fn as_it_was(session: &Session, now: &Loaded, wanted: &Revision) -> Result<Loaded> {
    let checked_out = check_out(&now.root, &wanted.commit)?;
    if !checked_out.root.join(MARKER).is_file() {
        return Err(Error::new(Kind::Refused, format!("{} has no {MARKER}", wanted.short))
            .hint("choose a later revision"));
    }
    let mut files = read_registry(&checked_out.root)?;
    files.folder.clone_from(&now.files.folder);
    files.tracked.clone_from(&now.files.tracked);
    // Values of this machine, which no revision has.
    if let Some(host) = now.files.entries.get(".env") {
        files.entries.insert(Arc::from(".env"), host.clone());
    }
    let (mut registry, mut findings) = load(&files);
    registry.name.clone_from(&now.registry.name);
    if findings.has_errors() {
        let sources = files.entries.iter().filter_map(|(path, content)| match content {
            FileContent::Text(text) if !foundry_core::vault::is_vault(text) => {
                Some((path.clone(), text.clone()))
            }
            _ => None,
        });
        let error = session.refuse(&sources.collect(), &mut findings);
        return Err(error.context(format!("the registry of {}", wanted.short)));
    }
    Ok(Loaded { root: now.root.clone(), files, registry, findings })
}

/// The manifest that was made from `declared`: in the revision itself, or recorded later. A manifest is usually
/// committed after what it records.
fn find_record(now: &Loaded, wanted: &Revision, declared: &Manifest) -> Result<Manifest> {
    let environment = &declared.environment;
    let own = recorded_at(&now.root, &wanted.commit, environment)?;
    let mut close = None;
    let later = commits_of(&now.root, manifest::FILE)?;
    let all = std::iter::once(Ok(own)).chain(later.iter().map(|c| recorded_at(&now.root, c, environment)));
    for recorded in all {
        let Some(recorded) = recorded? else { continue };
        if recorded.declares_same(declared) {
            return Ok(recorded);
        }
        if close.is_none() && recorded.same_sources(declared) {
            close = Some(recorded);
        }
    }
    close.ok_or_else(|| {
        let message = format!("no manifest records {environment} as {} declares it", wanted.short);
        Error::new(Kind::Refused, message)
            .hint("see which revisions were recorded: git log --oneline -- MANIFEST.md")
            .hint(format!(
                "or deploy that revision as it is: check it out, then foundry deploy --env {environment}"
            ))
    })
}

/// The record of `environment` in a commit's manifest; nothing where there is none, or no readable one.
fn recorded_at(root: &Path, commit: &str, environment: &str) -> Result<Option<Manifest>> {
    let Some(text) = file_at(root, commit, manifest::FILE)? else { return Ok(None) };
    let all = manifest::read(&text).unwrap_or_default();
    Ok(all.into_iter().find(|m| m.environment == environment))
}

/// Puts the pinned images into the projects.
pub fn pin(rendered: &mut Rendered, pins: &[ImagePin]) {
    for pin in pins {
        let project = rendered.projects.get_mut(&pin.domain);
        let service = project.and_then(|p| p.services.iter_mut().find(|s| s.name == pin.service));
        let Some(service) = service else { continue };
        if let Some(image) = &mut service.image {
            image.value.clone_from(&pin.image);
        }
        service.config.set("image", pin.image.as_str().into());
    }
}

/// Writes the overlays anew: with the pinned images, and the revision on the containers of `marked` domains.
pub fn mark(live: &mut Live, pins: &[ImagePin], marked: &BTreeSet<String>, commit: &str) {
    let artifacts = &live.rendered.artifacts;
    let mut overlays = Vec::new();
    for (domain, project) in &live.rendered.projects {
        let own = artifacts.of(domain).filter(|f| f.path != OVERLAY_FILE);
        let files = own.map(|f| (f.path.clone(), f.content.digest())).collect();
        let marks = Marks {
            registry: live.loaded.registry.name.clone(),
            environment: live.environment.name.clone(),
            domain: domain.clone(),
        };
        let past = Past {
            images: ImagePin::of(pins, domain),
            revision: marked.contains(domain).then(|| commit.to_owned()),
        };
        overlays.push((domain.clone(), overlay_of(project, &marks, &files, &past)));
    }
    for (domain, text) in overlays {
        let files = &mut live.rendered.artifacts.files;
        if let Some(file) = files.iter_mut().find(|f| f.domain == domain && f.path == OVERLAY_FILE) {
            file.content = Content::new(text);
        }
    }
}
