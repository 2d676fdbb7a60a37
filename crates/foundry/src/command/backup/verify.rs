//! `foundry backup verify`: a backup counts as good once it was restored and its services were healthy on it.

use super::open::{Opened, open};
use crate::carry_out::{CarryOut, Consent, carry_out_on};
use crate::scope::{DomainScope, EnvScope};
use crate::session::Session;
use crate::ui::Outcome;
use clap::Args;
use foundry_core::backup::{Backup, Manifest, scratch};
use foundry_core::compose::{self, Marks, OVERLAY_FILE, overlay};
use foundry_core::plan::{self, Desired, Plan, Proof, compare, proving};
use foundry_core::render::Content;
use foundry_runtime::backup::Keeper;
use foundry_runtime::engine::compose::{Contents, Scope};
use foundry_runtime::error::{Error, Kind, Result};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Restore the last snapshots into a scratch place, compare every file, start the services there
///
/// The scratch place has other volumes, private networks and no published ports; the running services are not touched.
/// Only when every service is healthy does the backup count as good: `list` and `status` then show the date.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry backup verify wiki --env prod
  foundry backup verify --all --env prod --yes

Without domains: all of them. A domain that cannot start alone: `verify: {wiki: []}` in backup/policy.yml
compares its files only, `verify: {wiki: [db]}` starts one of its services.")]
pub struct Verify {
    #[command(flatten)]
    domains: DomainScope,
    #[command(flatten)]
    scope: EnvScope,
    #[command(flatten)]
    consent: Consent,
}

/// What is to be proved, and what the scratch place needs for it.
#[derive(Default)]
struct Scene {
    proofs: Vec<Proof>,
    desired: Desired,
}

impl Verify {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Result<Outcome> {
        let opened = open(session, &self.scope, &self.domains, true)?;
        let options = CarryOut {
            session,
            live: &opened.live,
            command: "foundry backup verify",
            consent: &self.consent,
            question: None,
        };
        let scene = RefCell::new(Scene::default());
        carry_out_on(
            &options,
            async |engine| {
                let keeper = opened.keeper(engine);
                let (found, contents) = stage(&opened, &keeper).await?;
                scene.replace(found);
                Ok(keeper.with_scratch(contents))
            },
            async |keeper| {
                let (proofs, desired) = {
                    let scene = scene.borrow();
                    (scene.proofs.clone(), scene.desired.clone())
                };
                plan_of(&opened, keeper, proofs, desired).await
            },
            async |keeper: &Keeper, report| {
                if !report.done.is_empty() {
                    keeper.refresh().await?;
                }
                Ok(None)
            },
        )
    }
}

/// The last snapshot of each profile of each domain, and the files of its scratch place.
async fn stage(opened: &Opened, keeper: &Keeper) -> Result<(Scene, Contents)> {
    let known = keeper.refresh().await?;
    let mut scene = Scene::default();
    let mut contents = Contents::new();
    let live = &opened.live;
    let marked = format!("{}-verify", live.loaded.registry.name);
    let folder = keeper.scratch_folder();
    let observed = keeper.engine().observe(Scope::Containers).await?;
    for set in &opened.sets {
        let mut own = known.backups.iter().filter(|b| b.domain == set.domain && b.profile == set.profile);
        let Some(backup) = own.next_back() else {
            return Err(Error::new(
                Kind::Refused,
                format!("{} has no snapshot of the profile {} yet", set.domain, set.profile),
            )
            .hint(format!("foundry backup run {}", set.domain)));
        };
        let name = if opened.sets.iter().filter(|s| s.domain == set.domain).count() > 1 {
            format!("{}-{}", set.domain, set.profile)
        } else {
            set.domain.clone()
        };
        let project = format!("{}-verify-{}-{name}", live.loaded.registry.name, live.environment.name);
        let below = folder.join(&name).to_string_lossy().into_owned();
        let mut manifest = manifest(keeper, backup).await?;
        let left = observed.containers.iter().any(|c| c.project == project)
            || keeper.look(&below).await? != foundry_runtime::backup::There::Absent;
        let only = opened.policy.verify.get(&set.domain);
        let starts = only.is_none_or(|services| !services.is_empty());
        let mut backup = backup.clone();
        backup.domain.clone_from(&name);
        manifest.dumps.iter_mut().for_each(|d| d.domain.clone_from(&name));
        let proof = Proof { backup, manifest, project, folder: below, left, starts };
        if starts {
            scene.desired.domains.push(domain(opened, &proof, &set.domain, &marked, only, &mut contents)?);
            scene.desired.selected.insert(name);
        }
        scene.proofs.push(proof);
    }
    scene.desired.registry = marked;
    scene.desired.environment.clone_from(&live.environment.name);
    scene.desired.engine = live.environment.engine.word().to_owned();
    scene.desired.place = keeper.engine().place();
    Ok((scene, contents))
}

pub(super) async fn manifest(keeper: &Keeper, backup: &Backup) -> Result<Manifest> {
    let bytes = keeper.file(&backup.repository, &backup.id, &backup.manifest).await?;
    serde_json::from_slice(&bytes).map_err(|error| {
        Error::new(
            Kind::Host,
            format!("the manifest of snapshot {} is not understood: {error}", backup.short()),
        )
        .hint(format!("restore it by hand: restic restore {} --target DIR", backup.short()))
    })
}

/// The domain as it is in the scratch place, and its files.
fn domain(
    opened: &Opened,
    proof: &Proof,
    of: &str,
    marked: &str,
    only: Option<&Vec<String>>,
    contents: &mut Contents,
) -> Result<plan::Domain> {
    let live = &opened.live;
    let name = &proof.backup.domain;
    let project = live.rendered.projects.get(of).ok_or_else(|| Error::new(Kind::Internal, "no project"))?;
    let restored = |what: &str| {
        let what = match what.strip_prefix("./") {
            Some(below) => format!("generated/{of}/{below}"),
            None => what.trim_end_matches('/').to_owned(),
        };
        let below = |s: &foundry_core::backup::SavedSource| {
            s.name.strip_prefix(&what).is_some_and(|rest| rest.starts_with('/')) && !s.volume
        };
        let exact =
            proof.manifest.sources.iter().find(|s| s.name == what && !s.dumped).map(|s| s.path.clone());
        let part = || {
            proof.manifest.sources.iter().find(|s| below(s)).and_then(|s| {
                let rest = s.name.len() - what.len();
                s.path.get(..s.path.len().checked_sub(rest)?).map(str::to_owned)
            })
        };
        exact.or_else(part).map(|path| format!("{}/data{path}", proof.folder))
    };
    let text = scratch(project, &proof.project, &restored, only.map(Vec::as_slice));
    let path = Arc::from(format!("{name}/compose.yml"));
    let (read, findings) = compose::read(&path, text.as_str(), &BTreeMap::new(), name);
    let Some(read) = read.filter(|_| !findings.has_errors()) else {
        let why = findings.iter().next().map(|f| f.message.clone()).unwrap_or_default();
        return Err(Error::new(
            Kind::Internal,
            format!("the scratch file of {name} is not understood: {why}"),
        ));
    };
    let mut files: Vec<(String, Vec<u8>, bool)> = Vec::new();
    for file in live.rendered.artifacts.of(of).filter(|f| f.path != "compose.yml" && f.path != OVERLAY_FILE) {
        files.push((file.path.clone(), file.content.expose().as_bytes().to_vec(), file.secret));
    }
    let secret = live.rendered.artifacts.get(of, "compose.yml").is_some_and(|f| f.secret);
    files.push(("compose.yml".to_owned(), text.into_bytes(), secret));
    let digests: BTreeMap<String, String> =
        files.iter().map(|(path, bytes, _)| (path.clone(), digest_of(bytes))).collect();
    let marks = Marks {
        registry: marked.to_owned(),
        environment: live.environment.name.clone(),
        domain: name.clone(),
    };
    files.push((OVERLAY_FILE.to_owned(), overlay(&read, &marks, &digests).into_bytes(), secret));
    let (mut by_path, mut by_private) = (BTreeMap::new(), BTreeSet::new());
    for (path, bytes, secret) in files {
        let path = format!("{name}/{path}");
        by_path.insert(path.clone(), digest_of(&bytes));
        by_private.extend(secret.then(|| path.clone()));
        contents.insert(path, bytes, if secret { 0o600 } else { 0o644 });
    }
    Ok(plan::Domain {
        name: name.clone(),
        external: false,
        requires: Vec::new(),
        project: Some(read),
        private: by_private,
        files: by_path,
        origins: plan::Origins::default(),
    })
}

fn digest_of(bytes: &[u8]) -> String {
    Content::new(String::from_utf8_lossy(bytes)).digest()
}

async fn plan_of(opened: &Opened, keeper: &Keeper, proofs: Vec<Proof>, desired: Desired) -> Result<Plan> {
    let mut observed = keeper.scratch_engine().observe(Scope::All).await?;
    // What an earlier run left is removed first, so the plan is for a place without it.
    let projects: Vec<&str> = proofs.iter().map(|p| p.project.as_str()).collect();
    let left = |labels: &BTreeMap<String, String>| {
        labels.get("com.docker.compose.project").is_some_and(|p| projects.contains(&p.as_str()))
    };
    observed.containers.retain(|c| !projects.contains(&c.project.as_str()));
    observed
        .networks
        .retain(|n| !left(&n.labels) && n.labels.get("foundry.registry") != Some(&desired.registry));
    observed.volumes.retain(|v| !left(&v.labels));
    observed.files.clear();
    let (start, findings) = compare(&desired, &observed);
    if let Some(finding) = findings.iter().find(|f| f.severity == foundry_core::diag::Severity::Error) {
        return Err(Error::new(
            Kind::Refused,
            format!("the scratch place is not possible: {}", finding.message),
        ));
    }
    Ok(proving(&opened.head(&keeper.engine().place()), &proofs, &start))
}
