//! Images: fetched or built before the containers that need them, once each.

use super::cause::Wish;
use super::compare::Planner;
use super::desired::Domain;
use super::verdict::find_image;
use super::{Action, Condition, Container, Expect};
use crate::compose::familiar;
use crate::diag::Finding;

/// The step that has to be over before a container of `wish` can be made, if there is one.
pub(super) fn step<'a>(
    planner: &mut Planner<'a>,
    domain: &'a Domain,
    wish: &Wish<'a>,
    have: &[&Container],
    files: Option<usize>,
) -> Option<usize> {
    let image = wish.service.image_name(&wish.project.name);
    if let Some(step) = planner.images.get(&familiar(&image)) {
        return Some(*step);
    }
    let present = find_image(&planner.observed.images, &image).is_some();
    let policy = wish.service.pull_policy.as_ref().map_or("missing", |p| p.value.as_str());
    let (project, service) = (wish.project.name.clone(), wish.service.name.clone());
    let (action, causes) = if wish.service.build.is_some() {
        let mut changed: Vec<String> = have.iter().flat_map(|c| wish.build_changed(c)).collect();
        changed.dedup();
        let causes = match policy {
            _ if !present => vec!["no such image".to_owned()],
            "build" => vec!["pull policy build".to_owned()],
            _ => changed,
        };
        (Action::BuildImage { project, service, image: image.clone() }, causes)
    } else {
        let causes = match policy {
            "never" if !present => {
                let span = wish.service.at("pull_policy");
                let message = format!("image {image} is not there and may not be pulled");
                planner.findings.push(
                    Finding::error("IMG-005", span, message)
                        .help(format!("load or build {image} on the host, or remove `pull_policy: never`")),
                );
                Vec::new()
            }
            _ if !present => vec!["no such image".to_owned()],
            "always" => vec!["pull policy always".to_owned()],
            _ => Vec::new(),
        };
        (Action::PullImage { project, service, image: image.clone() }, causes)
    };
    if causes.is_empty() {
        return None;
    }
    let expect = if present { Expect::Anything } else { Expect::Absent };
    let step = planner.drafts.add(Some(&domain.name), action, causes, expect);
    if let Some(files) = files {
        planner.drafts.wait(step, files, Condition::Done);
    }
    planner.images.insert(familiar(&image), step);
    Some(step)
}
