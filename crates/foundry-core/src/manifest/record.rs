//! Makes a manifest from what is declared, what was rendered and what was seen on the engine.

use super::{Domain, Manifest, Service, State};
use crate::compose::{self, Project, config_hash, repository};
use crate::model::Registry;
use crate::plan::{Container, Desired, Observed, ObservedImage};
use crate::render::{Artifacts, metadata};
use std::collections::BTreeMap;

/// What a manifest is made from.
pub struct Input<'a> {
    /// The registry.
    pub registry: &'a Registry,
    /// What is wanted, rendered with the real values.
    pub desired: &'a Desired,
    /// Projects rendered with something else in place of every secret value, by domain.
    pub masked: &'a BTreeMap<String, Project>,
    /// Files rendered the same way.
    pub masked_files: &'a Artifacts,
    /// What is there.
    pub observed: &'a Observed,
    /// The last commit that changed the registry.
    pub commit: Option<String>,
    /// Paths with changes that no commit has.
    pub uncommitted: Vec<String>,
}

/// The manifest of the environment.
pub fn record(input: Input<'_>) -> Manifest {
    let Input { registry, desired, .. } = &input;
    let mut domains: Vec<Domain> =
        registry.deployed_in(&desired.environment).map(|d| domain(&input, d)).collect();
    domains.sort_by(|a, b| a.name.cmp(&b.name));
    Manifest {
        environment: desired.environment.clone(),
        registry: desired.registry.clone(),
        engine: desired.engine.clone(),
        domains,
        commit: input.commit,
        uncommitted: input.uncommitted,
    }
}

fn domain(input: &Input<'_>, domain: &crate::model::Domain) -> Domain {
    let name = &domain.name.value;
    let metadata = metadata::generate(input.registry, domain).value;
    let hash = |key: &str| metadata["_meta"][key].as_str().unwrap_or_default().to_owned();
    let own = input.masked_files.of(name).filter(|f| f.path != compose::OVERLAY_FILE);
    let files: BTreeMap<String, String> = own.map(|f| (f.path.clone(), f.content.digest())).collect();
    let mut services: Vec<Service> = match input.desired.domain(name).and_then(|d| d.project.as_ref()) {
        Some(project) => project.services.iter().map(|s| service(input, name, project, s, &files)).collect(),
        None => Vec::new(),
    };
    services.sort_by(|a, b| a.name.cmp(&b.name));
    Domain {
        name: name.clone(),
        source_hash: hash("source_hash"),
        template_hash: hash("template_hash"),
        services,
        files,
    }
}

fn service(
    input: &Input<'_>,
    domain: &str,
    project: &Project,
    service: &compose::Service,
    masked_files: &BTreeMap<String, String>,
) -> Service {
    let Input { desired, observed, masked, .. } = input;
    let image = service.image_name(&project.name);
    let mine = |c: &&Container| {
        c.project == project.name
            && c.service == service.name
            && !c.is_one_off()
            && desired.ours(&c.labels) == Some(true)
    };
    let have: Vec<&Container> = observed.containers.iter().filter(mine).collect();
    let wanted = desired.domain(domain).map(|d| config_hash(project, service, &d.project_files()));
    let local = observed.image(&image);
    let fits = |c: &&Container| {
        c.labels.get("foundry.config-hash") == wanted.as_ref()
            && local.is_none_or(|image| image.id == c.image_id)
    };
    let state = match have.as_slice() {
        [] if service.replicas > 0 => State::Absent,
        all if all.iter().all(fits) => State::AsDeclared,
        _ => State::Differs,
    };
    let digest = match have.first() {
        Some(container) => Some(digest(&observed.images, &container.image_id, &image)),
        None => local.map(|found| digest(&observed.images, &found.id, &image)),
    };
    let config_hash =
        masked.get(domain).and_then(|p| Some(config_hash(p, p.service(&service.name)?, masked_files)));
    Service { name: service.name.clone(), image, digest, config_hash, state }
}

/// How the image with this id can be had again: by the digest under which its repository has it, else by its id.
fn digest(images: &[ObservedImage], id: &str, reference: &str) -> String {
    let wanted = repository(reference);
    let known = images.iter().filter(|image| image.id == id).flat_map(|image| &image.digests);
    let mut known: Vec<&String> = known.filter(|digest| repository(digest) == wanted).collect();
    known.sort();
    // Of several digests, the one that is declared is the one that is meant.
    let declared = known.iter().find(|d| d.rsplit_once('@').is_some_and(|(_, d)| reference.ends_with(d)));
    declared.or(known.first()).map_or_else(|| id.to_owned(), |digest| (*digest).clone())
}
