//! Images of an older revision: by the digests that its manifest recorded, where a tag means something else by now.

use super::Manifest;
use crate::compose::repository;
use crate::plan::{Desired, Observed};
use std::collections::BTreeMap;

/// A service that has to be given its image by digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImagePin {
    /// The domain.
    pub domain: String,
    /// The service.
    pub service: String,
    /// The reference: `REPOSITORY@sha256:…`, or an image id.
    pub image: String,
    /// Whether the image is at the place already; otherwise it has to be pulled.
    pub present: bool,
}

/// Why a service's image cannot be had as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinProblem {
    /// `domain/service`: the manifest records no image.
    NotRecorded(String),
    /// `domain/service` and the id of an image that was built here and is gone.
    Gone(String, String),
}

/// What has to be pinned so that every service of the selected domains runs the image that `recorded` names. A
/// reference that means that image on the host now stays as it is.
pub fn pin_images(
    recorded: &Manifest,
    desired: &Desired,
    observed: &Observed,
) -> (Vec<ImagePin>, Vec<PinProblem>) {
    let (mut pins, mut problems) = (Vec::new(), Vec::new());
    let chosen = desired.domains.iter().filter(|d| desired.selected.contains(&d.name) && !d.external);
    for (domain, project) in chosen.filter_map(|d| Some((d, d.project.as_ref()?))) {
        for service in &project.services {
            let name = format!("{}/{}", domain.name, service.name);
            let reference = service.image_name(&project.name);
            let record = recorded.service(&domain.name, &service.name).filter(|s| s.image == reference);
            let Some(digest) = record.and_then(|s| s.digest.clone()) else {
                problems.push(PinProblem::NotRecorded(name));
                continue;
            };
            let by_digest = reference.split_once('@').map(|(_, digest)| digest);
            let same = digest.split_once('@').is_some_and(|(repository_of, digest)| {
                by_digest == Some(digest) && repository(repository_of) == repository(&reference)
            });
            if same {
                continue;
            }
            let local = observed.image(&digest);
            let meant = observed.image(&reference);
            if local.is_some() && local.map(|i| &i.id) == meant.map(|i| &i.id) {
                continue;
            }
            match (local, digest.contains('@')) {
                (None, false) => problems.push(PinProblem::Gone(name, digest)),
                (local, _) => pins.push(ImagePin {
                    domain: domain.name.clone(),
                    service: service.name.clone(),
                    image: digest,
                    present: local.is_some(),
                }),
            }
        }
    }
    (pins, problems)
}

impl ImagePin {
    /// The pins of `domain` as service → image.
    pub fn of(pins: &[ImagePin], domain: &str) -> BTreeMap<String, String> {
        let mine = pins.iter().filter(|p| p.domain == domain);
        mine.map(|p| (p.service.clone(), p.image.clone())).collect()
    }
}
