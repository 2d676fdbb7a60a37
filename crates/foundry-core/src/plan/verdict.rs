//! What has to happen to one service's containers, decided from what is seen of them.

use super::cause::Wish;
use super::{Action, Condition, Container, ContainerState, Expect, Health, ObservedImage};
use crate::compose::{familiar, shorten};
use std::collections::BTreeMap;

/// What happens to a service's containers as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Unchanged,
    Create,
    Recreate,
    Start,
    Unpause,
    Restart,
    Wait,
}

/// The decision with its causes, and the networks that running containers have to be attached to again.
#[derive(Debug)]
pub(super) struct Verdict<'o> {
    pub kind: Kind,
    pub causes: Vec<String>,
    pub connect: Vec<(String, &'o Container)>,
    /// Networks that containers are on and that nothing declares.
    pub disconnect: Vec<(String, &'o Container)>,
    pub expect: Expect,
}

impl Verdict<'_> {
    /// The step's action; `None` when nothing is done to the containers themselves.
    pub fn action(&self, project: &str, service: &str, until: Condition) -> Option<Action> {
        let (project, service) = (project.to_owned(), service.to_owned());
        Some(match self.kind {
            Kind::Unchanged => return None,
            Kind::Create => Action::Create { project, service, until },
            Kind::Recreate => Action::Recreate { project, service, until },
            Kind::Start => Action::Start { project, service, until },
            Kind::Unpause => Action::Unpause { project, service, until },
            Kind::Restart => Action::Restart { project, service, until },
            Kind::Wait => Action::Wait { project, service, until },
        })
    }
}

/// Decides about the service of `wish`, whose containers are `have`.
pub(super) fn decide<'o>(wish: &Wish<'_>, have: &[&'o Container], images: &[ObservedImage]) -> Verdict<'o> {
    let expect = expectation(have);
    let have: Vec<&Container> =
        have.iter().copied().filter(|c| c.state != ContainerState::Removing).collect();
    let verdict = |kind, causes| Verdict {
        kind,
        causes,
        connect: Vec::new(),
        disconnect: Vec::new(),
        expect: expect.clone(),
    };
    let count = wish.service.replicas as usize;
    if have.is_empty() {
        return match count {
            0 => verdict(Kind::Unchanged, Vec::new()),
            _ => verdict(Kind::Create, vec!["no container".to_owned()]),
        };
    }
    let detached = detached(wish, &have);
    let causes = reasons_to_recreate(wish, &have, images, &detached);
    if !causes.is_empty() {
        return verdict(Kind::Recreate, causes);
    }
    if have.len() != count {
        let cause = match have.len() < count {
            true => format!("{} of {count} containers", have.len()),
            false => format!("{} containers, {count} wanted", have.len()),
        };
        return verdict(Kind::Create, vec![cause]);
    }
    let (kind, causes) = by_state(wish, &have);
    Verdict { kind, causes, connect: detached, disconnect: attached(wish, &have), expect }
}

fn expectation(have: &[&Container]) -> Expect {
    if have.is_empty() {
        return Expect::Absent;
    }
    Expect::Containers(have.iter().map(|c| (c.id.clone(), c.state)).collect::<BTreeMap<_, _>>())
}

/// Networks that a container should be on and is not.
fn detached<'o>(wish: &Wish<'_>, have: &[&'o Container]) -> Vec<(String, &'o Container)> {
    let mut out = Vec::new();
    for container in have {
        for name in wish.network_names() {
            if !container.networks.iter().any(|n| n == name) {
                out.push((name.to_owned(), *container));
            }
        }
    }
    out
}

/// Networks that a container is on although its service does not join them; a link stays as long as the container.
fn attached<'o>(wish: &Wish<'_>, have: &[&'o Container]) -> Vec<(String, &'o Container)> {
    if wish.service.network_mode.is_some() {
        return Vec::new();
    }
    let wanted = wish.network_names();
    let foreign = |c: &Container, n: &String| !wanted.contains(n.as_str()) && !c.links.contains(n);
    let of = |c: &'o Container| c.networks.iter().filter(move |n| foreign(c, n)).map(move |n| (n.clone(), c));
    have.iter().flat_map(|c| of(c).collect::<Vec<_>>()).collect()
}

fn reasons_to_recreate(
    wish: &Wish<'_>,
    have: &[&Container],
    images: &[ObservedImage],
    detached: &[(String, &Container)],
) -> Vec<String> {
    let mut causes: Vec<String> = Vec::new();
    for cause in have.iter().flat_map(|c| wish.differences(c)) {
        if !causes.contains(&cause) {
            causes.push(cause);
        }
    }
    let reference = wish.service.image_name(&wish.project.name);
    let local = find_image(images, &reference);
    let other = |c: &Container| local.is_some_and(|image| image.id != c.image_id);
    if !causes.iter().any(|c| c.starts_with("image ")) && have.iter().any(|c| other(c)) {
        causes.push(match wish.service.build {
            Some(_) => format!("image {reference} was rebuilt"),
            None => format!("image {} was pulled or built anew", shorten(&reference)),
        });
    }
    if have.iter().any(|c| c.state == ContainerState::Dead) {
        causes.push("container is dead".to_owned());
    }
    if causes.iter().any(|c| c.starts_with("network ")) {
        return causes;
    }
    // An address can be given, and a stopped container be attached, only when it is made.
    let fixed = wish.service.networks.iter().any(|a| a.ipv4.is_some() || a.ipv6.is_some());
    for (network, container) in detached {
        let stopped = !matches!(container.state, ContainerState::Running | ContainerState::Paused);
        let completed = container.exit_code == 0 && wish.service.ends_by_itself();
        let cause = format!("detached from network {network}");
        if (fixed || stopped && !completed) && !causes.contains(&cause) {
            causes.push(cause);
        }
    }
    causes
}

fn by_state(wish: &Wish<'_>, have: &[&Container]) -> (Kind, Vec<String>) {
    let completed = |c: &Container| c.exit_code == 0 && wish.service.ends_by_itself();
    let mut found: Vec<(Kind, String)> = Vec::new();
    for container in have {
        match container.state {
            ContainerState::Exited if completed(container) => {}
            ContainerState::Exited => {
                found.push((Kind::Start, format!("container exited ({})", container.exit_code)));
            }
            ContainerState::Created => found.push((Kind::Start, "container was never started".to_owned())),
            ContainerState::Paused => found.push((Kind::Unpause, "container is paused".to_owned())),
            ContainerState::Restarting => {
                let (code, times) = (container.exit_code, container.restart_count);
                found.push((Kind::Restart, format!("keeps ending with code {code} ({times} restarts)")));
            }
            ContainerState::Running => match container.health {
                Health::Unhealthy => found.push((Kind::Restart, "unhealthy".to_owned())),
                Health::Starting => found.push((Kind::Wait, "health: starting".to_owned())),
                Health::None | Health::Healthy => {}
            },
            ContainerState::Removing | ContainerState::Dead => {}
        }
    }
    for kind in [Kind::Start, Kind::Unpause, Kind::Restart, Kind::Wait] {
        let mut causes: Vec<String> =
            found.iter().filter(|(k, _)| *k == kind).map(|(_, cause)| cause.clone()).collect();
        causes.dedup();
        if !causes.is_empty() {
            return (kind, causes);
        }
    }
    (Kind::Unchanged, Vec::new())
}

/// The image that `reference` means on the host now.
pub(super) fn find_image<'i>(images: &'i [ObservedImage], reference: &str) -> Option<&'i ObservedImage> {
    let wanted = familiar(reference);
    images.iter().find(|image| {
        let mut names = image.tags.iter().chain(&image.digests);
        names.any(|name| familiar(name) == wanted) || image.id == reference
    })
}
