//! Whether the world is still what a step was planned for: looks at the one object that the step changes.

use super::{Compose, facts, problem};
use crate::error::Result;
use bollard::query_parameters::{InspectContainerOptions, InspectNetworkOptions};
use foundry_core::plan::{Action, ContainerState, Expect, Step};
use std::collections::BTreeMap;

/// What was found: nothing, or the id of each container with its state, or the id of another object.
enum Found {
    Absent,
    Id(String),
    Containers(BTreeMap<String, ContainerState>),
}

impl Compose {
    /// `None` when the step may begin; otherwise what is not as it was, as a lowercase fragment. Only reads.
    ///
    /// # Errors
    /// `Unreachable` or `Engine` when the engine does not answer.
    pub async fn mismatch(&self, step: &Step) -> Result<Option<String>> {
        if step.expect == Expect::Anything {
            return Ok(None);
        }
        let found = match &step.action {
            Action::CreateNetwork(spec) => self.network_id(&spec.name).await?,
            Action::RemoveNetwork { name } => self.network_id(name).await?,
            Action::CreateVolume(spec) => self.volume_id(&spec.name).await?,
            Action::RemoveVolume { name } => self.volume_id(name).await?,
            Action::RemoveContainer { id, .. }
            | Action::Connect { id, .. }
            | Action::Disconnect { id, .. } => self.container(id).await?,
            Action::Create { project, service, .. }
            | Action::Recreate { project, service, .. }
            | Action::Start { project, service, .. }
            | Action::Restart { project, service, .. }
            | Action::Unpause { project, service, .. }
            | Action::Wait { project, service, .. } => {
                let all = self.of_service(project, service).await?.into_iter();
                Found::Containers(
                    all.map(|c| (c.id.unwrap_or_default(), facts::state(&c.state.unwrap_or_default())))
                        .collect(),
                )
            }
            // Doing these twice does no harm: they bring what the plan names, whatever is there.
            Action::WriteFiles { .. }
            | Action::PullImage { .. }
            | Action::BuildImage { .. }
            | Action::Backup(_)
            | Action::Cluster(_) => {
                return Ok(None);
            }
        };
        Ok(compare(&step.expect, &found))
    }

    async fn network_id(&self, name: &str) -> Result<Found> {
        match self.docker.inspect_network(name, None::<InspectNetworkOptions>).await {
            // The engine also takes the beginning of an id for a name.
            Ok(network) if network.name.as_deref() == Some(name) => {
                Ok(Found::Id(network.id.unwrap_or_default()))
            }
            Ok(_) => Ok(Found::Absent),
            Err(error) if problem::is_absent(&error) => Ok(Found::Absent),
            Err(error) => Err(problem::engine(&format!("inspecting network {name}"), &error)),
        }
    }

    async fn volume_id(&self, name: &str) -> Result<Found> {
        match self.docker.inspect_volume(name).await {
            Ok(volume) => Ok(Found::Id(volume.name)),
            Err(error) if problem::is_absent(&error) => Ok(Found::Absent),
            Err(error) => Err(problem::engine(&format!("inspecting volume {name}"), &error)),
        }
    }

    async fn container(&self, id: &str) -> Result<Found> {
        match self.docker.inspect_container(id, None::<InspectContainerOptions>).await {
            Ok(found) => {
                let state = facts::state(&found.state.unwrap_or_default());
                Ok(Found::Containers(BTreeMap::from([(found.id.unwrap_or_default(), state)])))
            }
            Err(error) if problem::is_absent(&error) => Ok(Found::Absent),
            Err(error) => Err(problem::engine("inspecting a container", &error)),
        }
    }
}

fn compare(expect: &Expect, found: &Found) -> Option<String> {
    let now = match found {
        Found::Containers(all) => all.clone(),
        Found::Absent => BTreeMap::new(),
        Found::Id(id) => {
            return match expect {
                Expect::Absent => Some("it exists now".to_string()),
                Expect::Id(planned) if planned != id => Some("it is another one now".to_string()),
                _ => None,
            };
        }
    };
    match expect {
        Expect::Anything => None,
        Expect::Absent => now.keys().next().map(|id| format!("there is a container {} now", short(id))),
        Expect::Id(id) => (!now.contains_key(id)).then(|| "it is gone".to_string()),
        Expect::Containers(planned) => {
            let gone = planned.keys().find(|id| !now.contains_key(*id));
            let new = now.keys().find(|id| !planned.contains_key(*id));
            let other = planned.iter().find_map(|(id, was)| {
                let is = now.get(id)?;
                (!same(*was, *is)).then_some((id, was, is))
            });
            match (gone, new, other) {
                (Some(id), _, _) => Some(format!("container {} is gone", short(id))),
                (_, Some(id), _) => Some(format!("there is a new container {}", short(id))),
                (_, _, Some((id, was, is))) => {
                    Some(format!("container {} was {was:?} and is {is:?}", short(id)).to_lowercase())
                }
                _ => None,
            }
        }
    }
}

/// A container that its restart policy starts again and again is now here, now there: that is no one's doing.
fn same(was: ContainerState, is: ContainerState) -> bool {
    let alive = |state| matches!(state, ContainerState::Running | ContainerState::Restarting);
    was == is || (alive(was) && alive(is))
}

fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ContainerState::{Exited, Restarting, Running};

    fn containers(all: &[(&str, ContainerState)]) -> BTreeMap<String, ContainerState> {
        all.iter().map(|(id, state)| ((*id).to_string(), *state)).collect()
    }

    #[test]
    fn every_difference_has_its_words() {
        let planned = Expect::Containers(containers(&[("a", Running)]));
        let cases = [
            (&planned, Found::Containers(containers(&[("a", Running)])), None),
            (&planned, Found::Containers(containers(&[("a", Restarting)])), None),
            (&planned, Found::Absent, Some("container a is gone")),
            (
                &planned,
                Found::Containers(containers(&[("a", Running), ("b", Running)])),
                Some("there is a new container b"),
            ),
            (
                &planned,
                Found::Containers(containers(&[("a", Exited)])),
                Some("container a was running and is exited"),
            ),
            (&Expect::Absent, Found::Absent, None),
            (&Expect::Absent, Found::Id("n".into()), Some("it exists now")),
            (
                &Expect::Absent,
                Found::Containers(containers(&[("a", Exited)])),
                Some("there is a container a now"),
            ),
            (&Expect::Id("n".into()), Found::Id("n".into()), None),
            (&Expect::Id("n".into()), Found::Id("m".into()), Some("it is another one now")),
            (&Expect::Id("n".into()), Found::Absent, Some("it is gone")),
            (&Expect::Id("a".into()), Found::Containers(containers(&[("a", Exited)])), None),
        ];
        for (expect, found, words) in cases {
            assert_eq!(compare(expect, &found).as_deref(), words, "{expect:?}");
        }
    }
}
