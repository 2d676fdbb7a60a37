//! What the engine reports: what happened so far, and what happens from now on.

use super::{Compose, facts, problem};
use crate::error::Result;
use bollard::models::{EventMessage, EventMessageTypeEnum};
use bollard::query_parameters::{EventsOptions, InspectContainerOptions};
use foundry_core::drift::Happened;
use futures_util::stream::{Stream, StreamExt};
use std::collections::{BTreeMap, HashMap};

impl Compose {
    /// What the engine remembers (its last 256 events), the oldest first. Only reads.
    ///
    /// # Errors
    /// `Unreachable` or `Engine` when the engine does not answer.
    pub async fn happened(&self) -> Result<Vec<Happened>> {
        let now = crate::clock::now_seconds().to_string();
        let options =
            EventsOptions { since: Some("0".to_string()), until: Some(now), filters: Some(kinds()) };
        let mut stream = std::pin::pin!(self.docker.events(Some(options)));
        let mut out = Vec::new();
        while let Some(event) = stream.next().await {
            let event = event.map_err(|error| problem::engine("reading the engine's events", &error))?;
            out.extend(happened(event));
        }
        Ok(out)
    }

    /// What happens from now on, until the connection ends.
    pub fn follow(&self) -> impl Stream<Item = Result<Happened>> + use<'_> {
        let options = EventsOptions { filters: Some(kinds()), ..EventsOptions::default() };
        // A connection of its own without a time limit: nothing may happen for days.
        let docker = self.docker.clone().with_timeout(std::time::Duration::from_secs(10 * 365 * 86_400));
        futures_util::stream::once(async move { docker.events(Some(options)).boxed() }).flatten().filter_map(
            |event| async {
                match event {
                    Ok(event) => happened(event).map(Ok),
                    Err(error) => Some(Err(problem::engine("following the engine's events", &error))),
                }
            },
        )
    }

    /// The variables of containers, by id and name, for people; they may be secret.
    ///
    /// # Errors
    /// `Unreachable` or `Engine` when the engine does not answer.
    pub async fn variables<'i>(
        &self,
        ids: impl IntoIterator<Item = &'i str>,
    ) -> Result<BTreeMap<String, BTreeMap<String, String>>> {
        let mut out = BTreeMap::new();
        for id in ids {
            match self.docker.inspect_container(id, None::<InspectContainerOptions>).await {
                Ok(found) => {
                    let pairs = found.config.and_then(|config| config.env).unwrap_or_default();
                    let pair = |pair: &String| {
                        let (name, value) = pair.split_once('=')?;
                        Some((name.to_string(), value.to_string()))
                    };
                    out.insert(id.to_string(), pairs.iter().filter_map(pair).collect());
                }
                Err(error) if problem::is_absent(&error) => {}
                Err(error) => return Err(problem::engine("inspecting a container", &error)),
            }
        }
        Ok(out)
    }
}

fn kinds() -> HashMap<String, Vec<String>> {
    let kinds = ["container", "network", "volume", "image"].map(str::to_string).to_vec();
    HashMap::from([("type".to_string(), kinds)])
}

fn happened(event: EventMessage) -> Option<Happened> {
    let actor = event.actor.unwrap_or_default();
    let kind = event.typ?;
    let id = actor.id.unwrap_or_default();
    let mut attributes = actor.attributes.unwrap_or_default();
    let container = match kind {
        EventMessageTypeEnum::CONTAINER => id,
        _ => attributes.remove("container").unwrap_or_default(),
    };
    let seconds = event.time.and_then(|time| u64::try_from(time).ok()).unwrap_or_default();
    let service = attributes.remove(facts::PROJECT).zip(attributes.remove(facts::SERVICE));
    Some(Happened {
        time: crate::clock::at(seconds),
        kind: kind.to_string(),
        // `exec_start: …`, `health_status: healthy`
        action: event.action.unwrap_or_default().split(':').next().unwrap_or_default().to_string(),
        container,
        name: attributes.remove("name").unwrap_or_default(),
        service,
    })
}
