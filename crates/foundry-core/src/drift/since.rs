//! Since when something differs: the engine's events where they tell, else the times of containers and files.

use super::{Input, Item, Kind, Since};
use crate::plan::Container;

/// Something that the engine reports: to a container, or to a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// RFC 3339.
    pub time: String,
    /// `container`, `network`, …
    pub kind: String,
    /// `update`, `pause`, `disconnect`, …
    pub action: String,
    /// Id of the container that it happened to; empty where it happened to none.
    pub container: String,
    /// Name of the container, network, volume or image.
    pub name: String,
    /// The container's Compose project and service, where Compose made it.
    pub service: Option<(String, String)>,
}

/// Since when the item differs, as far as the place itself tells. `time` writes seconds since 1970 as RFC 3339.
pub fn since(
    item: &Item,
    input: &Input<'_>,
    events: &[Happened],
    time: &dyn Fn(u64) -> String,
) -> Option<Since> {
    match item.kind {
        Kind::Metadata => None,
        Kind::Rendered => {
            let path = item.subject.strip_prefix("generated/")?;
            let stat = input.observed.stats.get(path)?;
            Some(Since { time: time(stat.modified), what: "the file was last written".to_owned() })
        }
        Kind::Live => by_event(item, input, events).or_else(|| by_container(item, input)),
    }
}

fn by_event(item: &Item, input: &Input<'_>, events: &[Happened]) -> Option<Since> {
    let mine: Vec<&Container> =
        input.observed.containers.iter().filter(|c| item.containers.contains(&c.name)).collect();
    let project = input.rendered.domain(&item.domain).map_or("", |d| d.project_name());
    let service = item.subject.split_once('/').map_or("", |(_, service)| service);
    let network = item.subject.strip_prefix("network ");
    let concerns = |e: &&Happened| {
        network.is_some_and(|name| e.kind == "network" && e.name == name)
            || mine.iter().any(|c| c.id == e.container)
            || e.service.as_ref().is_some_and(|(p, s)| p == project && s == service)
    };
    let wanted = actions(&item.causes);
    let last = events.iter().rev().filter(concerns).find(|e| wanted.contains(&e.action.as_str()))?;
    let what = match last.action.as_str() {
        "update" => "the container was updated",
        "pause" => "the container was paused",
        "connect" => "the container was attached",
        "disconnect" => "the container was detached",
        "die" | "kill" | "stop" => "the container ended",
        "create" => "the container was made",
        "destroy" => "it was removed",
        _ => return None,
    };
    Some(Since { time: last.time.clone(), what: what.to_owned() })
}

/// Actions of the engine that explain the first cause that has one.
fn actions(causes: &[String]) -> &'static [&'static str] {
    for cause in causes {
        let head = cause.split(' ').next().unwrap_or_default();
        let found: &[&str] = match head {
            "memory" | "cpus" | "cpu" | "cpuset" | "pids" | "restart" => &["update", "create"],
            "attached" => &["connect"],
            "detached" => &["disconnect"],
            "no" => &["destroy"],
            "container" if cause.contains("paused") => &["pause"],
            "container" | "keeps" => &["die"],
            _ => continue,
        };
        return found;
    }
    &["create"]
}

fn by_container(item: &Item, input: &Input<'_>) -> Option<Since> {
    let mine = input.observed.containers.iter().filter(|c| item.containers.contains(&c.name));
    let container = mine.max_by(|a, b| a.created_at.cmp(&b.created_at))?;
    let ended = item.causes.iter().any(|cause| cause.starts_with("container exited"));
    let (time, what) = match ended && !container.finished_at.is_empty() {
        true => (&container.finished_at, "the container ended"),
        false => (
            &container.created_at,
            "or later: the container was made then, and the engine does not remember more",
        ),
    };
    (!time.is_empty()).then(|| Since { time: time.clone(), what: what.to_owned() })
}
