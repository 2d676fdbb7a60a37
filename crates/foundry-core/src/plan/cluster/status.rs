//! How every domain of a cluster stands: what runs of what is wanted, and what keeps it.

use super::observed::Observed;
use super::{Desired, Health, Reference, health, is_workload};
use serde::Serialize;
use serde_json::Value;

/// One domain.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// `running`, `partly`, `starting`, `stopped` or `absent`.
    pub state: String,
    /// The version that its first workload runs.
    pub version: Option<String>,
    /// How many of its workloads are healthy.
    pub healthy: usize,
    /// How many it should have.
    pub workloads: usize,
    /// What keeps the others, by workload.
    pub problems: Vec<String>,
}

/// A row for each chosen domain, in the order of relations.
pub fn rows(desired: &Desired, observed: &Observed) -> Vec<Row> {
    let chosen = desired.domains.iter().filter(|d| desired.selected.contains(&d.name));
    chosen.map(|member| row(&member.name, desired, observed)).collect()
}

fn row(name: &str, desired: &Desired, observed: &Observed) -> Row {
    let mut row = Row { name: name.to_owned(), ..Row::default() };
    let own = desired.items.iter().filter(|i| i.domain.as_deref() == Some(name));
    let (mut there, mut objects) = (0, 0);
    for item in own {
        let Some(reference) = Reference::of(&item.object) else { continue };
        let live = observed.get(&reference);
        objects += usize::from(live.is_some());
        if !is_workload(&item.object) {
            continue;
        }
        row.workloads += 1;
        let Some(live) = live else { continue };
        there += 1;
        row.version = row.version.take().or_else(|| version(live));
        match health(live) {
            Health::Ready => row.healthy += 1,
            Health::Waiting(how) => row.problems.push(format!("{reference}: {how}")),
            Health::Failed(why) => row.problems.push(format!("{reference}: {why}")),
        }
    }
    let state = match (objects, there, row.healthy) {
        (0, ..) => "absent",
        (_, 0, _) if row.workloads > 0 => "stopped",
        (_, there, healthy) if healthy == row.workloads && there == row.workloads => "running",
        (_, there, _) if there < row.workloads => "partly",
        _ => "starting",
    };
    row.state = state.to_owned();
    row
}

/// The tag of the first container's image.
fn version(live: &Value) -> Option<String> {
    let image = live.pointer("/spec/template/spec/containers/0/image")?.as_str()?;
    let name = image.split('@').next().unwrap_or(image);
    let tag = name.rsplit('/').next()?.split_once(':')?.1;
    Some(tag.to_owned())
}

/// What a reconciler says of its own object: ready, or what keeps it.
pub fn reconciled(object: &Value) -> String {
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array);
    let ready = conditions.into_iter().flatten().find(|c| c["type"] == "Ready");
    if let Some(ready) = ready {
        let message = ready["message"].as_str().unwrap_or_default().lines().next().unwrap_or_default();
        return match ready["status"].as_str() {
            Some("True") => "ready".to_owned(),
            _ => format!("{}: {message}", ready["reason"].as_str().unwrap_or("not ready")),
        };
    }
    let word = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).map(str::to_lowercase);
    match (word("/status/sync/status"), word("/status/health/status")) {
        (Some(sync), Some(health)) => format!("{sync}, {health}"),
        (Some(sync), None) => sync,
        _ => "not seen yet".to_owned(),
    }
}
