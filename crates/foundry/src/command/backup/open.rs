//! What every backup command begins with: the policy, what it covers, and the ways into the repositories.

use crate::live::{Live, redactor};
use crate::scope::{DomainScope, EnvScope};
use crate::session::Session;
use foundry_core::backup::{Policy, Set, read, sets};
use foundry_core::plan::Head;
use foundry_runtime::backup::{Access, Keeper, Setup};
use foundry_runtime::engine::compose::Compose;
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::files::read_text;
use secrecy::{ExposeSecret, SecretString};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// An environment whose domains are saved.
pub struct Opened {
    /// The registry, rendered.
    pub live: Live,
    /// The domains that the command is about.
    pub chosen: Vec<String>,
    /// The policy.
    pub policy: Policy,
    /// What is saved of the chosen domains.
    pub sets: Vec<Set>,
    access: BTreeMap<String, Access>,
}

/// The policy of a registry in an environment; `None` where there is none.
pub(super) fn policy_of(live: &Live) -> Option<Policy> {
    live.loaded.registry.backup_policy.as_ref().map(|file| read(file, &live.rendered.env))
}

/// What the policy saves of some domains.
pub(super) fn sets_of(live: &Live, policy: &Policy, domains: &[String]) -> Vec<Set> {
    let one = |name: &String| {
        let (domain, project) = (live.loaded.registry.domain(name)?, live.rendered.projects.get(name)?);
        let scripted = own_script(&live.loaded.root, name, "backup.sh").is_some();
        Some(sets(policy, domain, project, &live.rendered.artifacts, scripted))
    };
    domains.iter().filter_map(one).flatten().collect()
}

/// A script of the domain, as a path below the registry; nothing when there is none.
pub fn own_script(root: &Path, domain: &str, name: &str) -> Option<String> {
    let path = format!("domains/{domain}/scripts/{name}");
    root.join(&path).is_file().then_some(path)
}

/// Loads, and works out what is covered. Without a domain that has something to save it is an error.
pub fn open(session: &Session, scope: &EnvScope, domains: &DomainScope, or_all: bool) -> Result<Opened> {
    let (live, chosen) = Live::new(
        session,
        scope,
        |l, e| if or_all { domains.choose_or_all(l, e) } else { domains.choose(l, e) },
        false,
    )?;
    let Some(policy) = policy_of(&live) else {
        return Err(Error::new(Kind::Findings, "there is no backup/policy.yml: nothing says what is saved")
            .hint("write one, as docs/guide/7-backup.md shows"));
    };
    let sets = sets_of(&live, &policy, &chosen);
    for name in &chosen {
        if !live.rendered.projects.contains_key(name) {
            return Err(Error::new(Kind::Findings, format!("{name} cannot be rendered"))
                .hint(format!("see why: foundry validate --env {}", live.environment.name)));
        }
        if domains.is_named() && !sets.iter().any(|s| s.domain == *name) {
            return Err(Error::new(
                Kind::Findings,
                format!("no profile of backup/policy.yml saves anything of {name}"),
            )
            .hint("add its paths or volumes to `include` of a profile"));
        }
    }
    if sets.is_empty() {
        return Err(Error::new(
            Kind::Findings,
            "no profile of backup/policy.yml saves anything of these domains",
        )
        .hint("add their paths or volumes to `include` of a profile"));
    }
    let access = access(&live, &policy, &sets)?;
    Ok(Opened { live, chosen, policy, sets, access })
}

fn access(live: &Live, policy: &Policy, sets: &[Set]) -> Result<BTreeMap<String, Access>> {
    let names: BTreeSet<&str> = sets.iter().map(|s| s.repository.as_str()).collect();
    let password = value(live, &policy.password).ok_or_else(|| {
        Error::new(
            Kind::Findings,
            format!("{}, the password of the repository, has no value", policy.password),
        )
        .hint(format!("put a long one into the vault: foundry secret set {}", policy.password))
        .hint("keep a copy of it elsewhere: without it no backup can be read")
    })?;
    let mut variables = Vec::new();
    for name in &policy.variables {
        let missing = || {
            Error::new(Kind::Findings, format!("{} has no value, and restic needs it", name.value))
                .hint(format!("foundry secret set {}", name.value))
        };
        variables.push((name.value.clone(), value(live, &name.value).ok_or_else(missing)?));
    }
    let one = |name: &str| {
        let location = filled(live, name)?;
        Ok((name.to_owned(), Access { location, password: password.clone(), variables: variables.clone() }))
    };
    names.into_iter().map(one).collect()
}

/// A value of the environment, or of this process where the environment has none.
fn value(live: &Live, name: &str) -> Option<SecretString> {
    let own = live.rendered.env.get(name).map(|v| v.value.clone()).filter(|v| !v.expose_secret().is_empty());
    own.or_else(|| std::env::var(name).ok().filter(|v| !v.is_empty()).map(SecretString::from))
}

/// The location of a repository with every value filled in.
fn filled(live: &Live, name: &str) -> Result<SecretString> {
    if name.is_empty() {
        return Err(Error::new(Kind::Findings, "backup/policy.yml does not say where backups go")
            .hint("add `repository: /mnt/backup/restic`, or another address that restic understands"));
    }
    let mut out = String::new();
    let mut rest = name;
    while let Some(start) = rest.find("${") {
        out.push_str(&rest[..start]);
        let end = rest[start..].find('}').map_or(rest.len() - 1, |i| i + start);
        let key = &rest[start + 2..end];
        let Some(value) = value(live, key) else {
            return Err(Error::new(
                Kind::Findings,
                format!("{key} in the repository's address has no value"),
            )
            .hint(format!("foundry env set {key}=…, or foundry secret set {key}")));
        };
        out.push_str(value.expose_secret());
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    let remote =
        out.split_once(':').is_some_and(|(scheme, _)| scheme.chars().all(|c| c.is_ascii_alphanumeric()));
    if !out.starts_with('/') && !remote {
        return Err(Error::new(Kind::Findings, format!("the repository {name} is neither an absolute path nor a scheme"))
            .hint("write /mnt/backup/restic, sftp:user@host:/srv/restic, rest:https://host/, s3:https://host/bucket, …"));
    }
    Ok(SecretString::from(out))
}

impl Opened {
    /// What can carry out plans about backups.
    pub fn keeper(&self, engine: Compose) -> Keeper {
        let mut access = self.access.values().flat_map(|a| {
            let variables = a.variables.iter().map(|(_, value)| value.clone());
            variables.chain([a.password.clone()]).collect::<Vec<_>>()
        });
        let known = self.live.rendered.env.values.values().filter(|v| v.secret).map(|v| v.value.clone());
        let redactor = foundry_runtime::Redactor::new(known.chain(&mut access));
        let setup = Setup {
            root: self.live.loaded.root.clone(),
            registry: self.live.loaded.registry.name.clone(),
            environment: self.live.environment.name.clone(),
            access: self.access.clone(),
            redactor,
        };
        Keeper::new(engine, setup)
    }

    /// What every plan begins with.
    pub fn head(&self, place: &str) -> Head {
        Head {
            environment: self.live.environment.name.clone(),
            engine: self.live.environment.engine.word().to_owned(),
            place: place.to_owned(),
        }
    }

    /// The names of the repositories.
    pub fn repositories(&self) -> Vec<String> {
        self.access.keys().cloned().collect()
    }

    /// The sets with the place of every source on the engine's host.
    pub async fn located(&self, engine: &Compose) -> Result<Vec<Set>> {
        let volumes = self.sets.iter().flat_map(|s| &s.sources).filter(|s| s.volume);
        let volumes: BTreeSet<String> = volumes.map(|s| s.name.clone()).collect();
        let places = engine.mountpoints(&volumes.into_iter().collect::<Vec<_>>()).await?;
        let mut sets = self.sets.clone();
        for source in sets.iter_mut().flat_map(|s| &mut s.sources) {
            source.path = match places.get(&source.name).filter(|_| source.volume) {
                Some(place) if !place.plain => {
                    let message = format!(
                        "volume {} is not a plain local one: its data is only there while it is in use",
                        source.name
                    );
                    return Err(Error::new(Kind::Refused, message).hint(
                        "save what is behind it, and mark the volume `ephemeral` in backup/policy.yml",
                    ));
                }
                Some(place) => place.path.clone(),
                None => host_path(engine, &source.name)?,
            };
        }
        Ok(sets)
    }
}

fn host_path(engine: &Compose, name: &str) -> Result<String> {
    let path = match name.strip_prefix("generated/") {
        Some(below) => engine.layout().path(below)?,
        None => PathBuf::from(name),
    };
    match path.to_str() {
        Some(path) if path.starts_with('/') => Ok(path.to_owned()),
        _ => Err(Error::new(
            Kind::Refused,
            format!("{name} is no absolute path, so nobody can say what is saved"),
        )
        .hint("write the absolute path in the compose template")),
    }
}

/// Refuses while a restore of one of the domains has begun and not ended: its old data is beside the new.
pub async fn refuse_interrupted(live: &Live, engine: &Compose, domains: &[String]) -> Result<()> {
    if live.loaded.registry.backup_policy.is_none() {
        return Ok(());
    }
    let setup = Setup {
        root: live.loaded.root.clone(),
        registry: live.loaded.registry.name.clone(),
        environment: live.environment.name.clone(),
        access: BTreeMap::new(),
        redactor: redactor(&live.rendered.env),
    };
    let keeper = Keeper::new(engine.with_layout(engine.layout().clone()), setup);
    for domain in domains {
        let Some(marker) = keeper.marker(domain).await? else { continue };
        return Err(Error::new(
            Kind::Refused,
            format!("a restore of {domain} began and did not end; its old data is at {}", marker.asides()),
        )
        .hint(format!("go on with it: foundry backup restore {domain} --resume"))
        .hint(format!("or put the old data back: foundry backup restore {domain} --undo")));
    }
    Ok(())
}

/// Reads a file of the registry that has to be text.
pub fn exists(root: &Path, path: &str) -> Result<()> {
    read_text(root, &root.join(path)).map(|_| ()).map_err(|problem| {
        Error::new(Kind::Findings, format!("{path}: {}", problem.explain().0))
            .hint("correct `before` or `after` in backup/policy.yml or domains.yml")
    })
}
