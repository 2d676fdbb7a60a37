//! Waits for objects to become healthy or to go, and says what keeps them.

use super::Cluster;
use crate::Cancel;
use crate::engine::compose::{During, Failure};
use crate::error::{Error, Kind, Result};
use foundry_core::plan::cluster::{Health, Pod, Reference, health};
use serde_json::Value;
use std::time::{Duration, Instant};

/// How long an object may take to become healthy, or to go, where nothing is said.
const LIMIT: Duration = Duration::from_secs(300);

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// How long pods without a readiness probe have to stay up: as ready as they are when they start, many end at once.
const SETTLE: Duration = Duration::from_secs(3);

/// How many of the last lines of a log are shown.
const LINES: usize = 5;

impl Cluster {
    /// Waits until the object is healthy, when `wait` is said.
    pub(super) async fn settle(
        &self,
        object: &Reference,
        wait: bool,
        during: &During<'_>,
    ) -> std::result::Result<(), Failure> {
        let began = Instant::now();
        let limit = self.timeout().unwrap_or(LIMIT);
        let mut told = String::new();
        let mut ready_since = None;
        if !wait {
            return Ok(());
        }
        loop {
            let Some(live) = self.get(object).await? else {
                return Err(Error::new(Kind::Step, format!("{object} was deleted by somebody")).into());
            };
            let how = match health(&live) {
                Health::Ready => match ready_since {
                    None if !self.may_end_at_once(&live).await? => return Ok(()),
                    Some(since) if Instant::elapsed(&since) >= SETTLE => return Ok(()),
                    since => {
                        ready_since = since.or_else(|| Some(Instant::now()));
                        "ready, and watched for a moment".to_owned()
                    }
                },
                Health::Failed(why) => return Err(self.failure(object, &live, why).await),
                Health::Waiting(how) => {
                    ready_since = None;
                    how
                }
            };
            if began.elapsed() >= limit {
                let why = format!("not healthy after {} s: {how}", limit.as_secs());
                return Err(self.failure(object, &live, why).await);
            }
            if how != told {
                (during.progress)(how.clone());
                told = how;
            }
            pause(during.cancel).await?;
        }
    }

    /// Whether pods of the object run of which nothing says when they are ready.
    async fn may_end_at_once(&self, live: &Value) -> Result<bool> {
        let containers = live.pointer("/spec/template/spec/containers").and_then(Value::as_array);
        let blind = containers.into_iter().flatten().any(|c| c.get("readinessProbe").is_none());
        Ok(blind && live["kind"] != "Job" && !self.pods_of(live).await?.is_empty())
    }

    /// Waits until the object is gone; what holds it is named when that takes too long.
    pub(super) async fn until_gone(&self, object: &Reference, during: &During<'_>) -> Result<()> {
        let began = Instant::now();
        let limit = self.timeout().unwrap_or(LIMIT);
        while let Some(live) = self.get(object).await? {
            if began.elapsed() >= limit {
                let seconds = limit.as_secs();
                let held = finalizers(&live);
                let error = match held.is_empty() {
                    true => Error::new(Kind::Step, format!("{object} is still there after {seconds} s")),
                    false => Error::new(
                        Kind::Step,
                        format!("{object} is held by {} and still there after {seconds} s", held.join(", ")),
                    ),
                };
                return Err(error
                    .hint("see what should take that away: its controller, or what is left in the namespace")
                    .hint("run the same command again when it is gone"));
            }
            if let Some(first) = finalizers(&live).first() {
                (during.progress)(format!("waiting for {first}"));
            }
            pause(during.cancel).await?;
        }
        Ok(())
    }

    /// Why a workload does not become healthy: what its pods wait for and what they wrote last.
    async fn failure(&self, object: &Reference, live: &Value, why: String) -> Failure {
        let mut log = Vec::new();
        for pod in self.pods_of(live).await.unwrap_or_default().iter().filter(|p| !p.ready).take(3) {
            let reason = pod.waiting.clone().unwrap_or_else(|| pod.phase.to_lowercase());
            log.push(self.redactor().text(&format!("pod {}: {reason}", pod.name)));
            for container in &pod.containers {
                let lines = self.last_lines(pod, container, LINES).await.unwrap_or_default();
                log.extend(lines.into_iter().map(|line| format!("  {line}")));
            }
        }
        if log.is_empty() && object.kind != "CustomResourceDefinition" {
            log.push("it has no pod that could say why".to_owned());
        }
        let hint = format!("look at it: foundry ps, foundry logs, kubectl describe {}", described(object));
        Failure { error: Error::new(Kind::Step, self.redactor().text(&why)).hint(hint), log }
    }

    /// The pods that a workload selects.
    async fn pods_of(&self, live: &Value) -> Result<Vec<Pod>> {
        let labels = live["spec"]["selector"]["matchLabels"].as_object().cloned().unwrap_or_default();
        let words: Vec<String> =
            labels.iter().filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?))).collect();
        let Some(kind) = self.kinds().await?.find("v1", "Pod").filter(|_| !words.is_empty()) else {
            return Ok(Vec::new());
        };
        let namespace = live["metadata"]["namespace"].as_str();
        Ok(self.list(kind, namespace, &words.join(",")).await?.iter().map(Pod::read).collect())
    }
}

fn described(object: &Reference) -> String {
    let namespace = object.namespace.as_ref().map_or(String::new(), |n| format!("-n {n} "));
    format!("{namespace}{}/{}", object.kind.to_lowercase(), object.name)
}

/// What an object that should go waits for.
fn finalizers(live: &Value) -> Vec<String> {
    let of = |pointer: &str| {
        let all = live.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
        all.filter_map(|f| f.as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let conditions = live.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten();
    let remaining = conditions
        .filter(|c| c["type"] == "NamespaceFinalizersRemaining" || c["type"] == "NamespaceContentRemaining")
        .filter(|c| c["status"] == "True")
        .filter_map(|c| c["message"].as_str().map(|m| m.trim_end_matches('.').to_owned()));
    let own = of("/metadata/finalizers");
    // A namespace says itself what is left in it, and whose finalizers that has.
    own.into_iter().chain(remaining).map(|text| text.lines().next().unwrap_or_default().to_owned()).collect()
}

async fn pause(cancel: &Cancel) -> Result<()> {
    tokio::select! {
        () = cancel.cancelled() => Err(Error::new(Kind::Cancelled, "interrupted")),
        () = tokio::time::sleep(LOOK) => Ok(()),
    }
}
