//! The images of rendered Compose files, each with the services that use it.

use super::Which;
use crate::pipeline::{Rendered, prepare, render_all};
use crate::scope::EnvScope;
use crate::session::{Loaded, Session};
use foundry_core::compose::repository;
use foundry_core::diag::Findings;
use foundry_core::load::did_you_mean;
use foundry_core::model::Engine;
use foundry_core::pin::Reference;
use foundry_runtime::error::{Error, Kind, Result};
use std::collections::BTreeMap;

/// A service of an environment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct User {
    pub environment: String,
    pub domain: String,
    pub service: String,
}

/// Service → image, in every environment that is looked at.
pub type Images = BTreeMap<User, String>;

/// The environments that were asked for and run on Compose, rendered.
pub fn rendered(session: &Session, loaded: &Loaded, scope: &EnvScope) -> Result<BTreeMap<String, Rendered>> {
    let all = match scope.name() {
        Some(name) => vec![loaded.environment(Some(name))?.clone()],
        None => loaded.registry.environments.clone(),
    };
    let on_compose = all.iter().filter(|e| e.engine == Engine::Compose);
    let one = |name: &String| Ok((name.clone(), prepare(session, loaded, scope, name)?));
    on_compose.map(|environment| one(&environment.name)).collect()
}

/// The images that are not built here.
pub fn images<'r>(rendered: impl IntoIterator<Item = (&'r String, &'r Rendered)>) -> Images {
    let mut out = Images::new();
    for (environment, rendered) in rendered {
        for (domain, project) in &rendered.projects {
            for service in project.services.iter().chain(&project.inactive).filter(|s| s.build.is_none()) {
                let Some(image) = &service.image else { continue };
                let user = User {
                    environment: environment.clone(),
                    domain: domain.clone(),
                    service: service.name.clone(),
                };
                out.insert(user, image.value.clone());
            }
        }
    }
    out
}

/// The images of a changed registry, in the same environments.
pub fn images_of(
    session: &Session,
    loaded: &Loaded,
    scope: &EnvScope,
    environments: impl Iterator<Item = String>,
) -> Result<Images> {
    let mut all = BTreeMap::new();
    for name in environments {
        let (env, _) = scope.resolve(session, loaded, &name)?;
        let rendered = render_all(loaded, &name, env, Findings::new());
        all.insert(name, rendered);
    }
    Ok(images(&all))
}

/// The references that were asked for, each once; what no registry could have is said and left out.
pub fn chosen(session: &Session, images: &Images, which: &Which) -> Result<Vec<Reference>> {
    let mut names: Vec<String> = Vec::new();
    for wanted in &which.images {
        let of_service = |user: &User| format!("{}/{}", user.domain, user.service);
        let meant = |(user, image): &(&User, &String)| {
            *image == wanted
                || repository(image) == repository(wanted) && !wanted.contains(['@']) && untagged(wanted)
                || user.domain == *wanted
                || of_service(user) == *wanted
        };
        let found: Vec<String> = images.iter().filter(meant).map(|(_, image)| image.clone()).collect();
        if found.is_empty() {
            let known = images.values().map(|image| repository(image));
            let known: Vec<String> = known.chain(images.keys().map(|u| u.domain.clone())).collect();
            let error = Error::new(Kind::Usage, format!("no service uses an image called {wanted}"));
            return Err(match did_you_mean(wanted, known.iter().map(String::as_str)) {
                Some(near) => error.hint(format!("write {near}, if that is what you mean")),
                None => error.hint("see the images with `foundry pin check`"),
            });
        }
        names.extend(found);
    }
    if which.images.is_empty() {
        names.extend(images.values().cloned());
    }
    names.sort();
    names.dedup();
    if names.is_empty() {
        return Err(Error::new(Kind::Findings, "no service uses an image that a registry could have"));
    }
    for name in names.iter().filter(|name| Reference::parse(name).is_none()) {
        session.ui.complain(format!("warning: `{name}` is no image reference and was not looked at"));
    }
    Ok(names.iter().filter_map(|name| Reference::parse(name)).collect())
}

fn untagged(name: &str) -> bool {
    foundry_core::compose::tag(name).is_none()
}

/// The services that use an image, for people: `db/db, app/worker`.
pub fn users(images: &Images, image: &str) -> Vec<String> {
    let mut users: Vec<String> = images
        .iter()
        .filter(|(_, other)| *other == image)
        .map(|(user, _)| format!("{}/{}", user.domain, user.service))
        .collect();
    users.sort();
    users.dedup();
    users
}
