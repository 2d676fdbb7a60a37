//! Waits until a service is as far as a step wants it, or cannot get there any more.

use super::{Compose, During, Failure, facts, inspect};
use crate::error::{Error, Kind};
use bollard::models::{ContainerInspectResponse, HealthConfig};
use bollard::query_parameters::EventsOptions;
use foundry_core::plan::{Condition, ContainerState, Health};
use futures_util::StreamExt;
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

/// How many of a container's last log lines tell why it failed.
pub(super) const LOG_LINES: usize = 20;
/// The least time that a service gets.
const LEAST: Duration = Duration::from_secs(30);
/// What a job that has to end gets where no time limit is given.
const JOB: Duration = Duration::from_secs(15 * 60);
/// Events tell when to look; these looks in between are for an event lost while the stream was being opened.
const LOOKS: [Duration; 3] = [Duration::from_millis(60), Duration::from_millis(250), Duration::from_secs(1)];
/// A container without a health check has to run for so long: what cannot read its settings ends at once.
const SETTLE: Duration = Duration::from_secs(1);
/// So many restarts while we wait are a crash loop.
const CRASHES: i64 = 3;

/// What a look at a service says.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Ready,
    /// It runs, and nothing but time will tell whether it stays so.
    Running,
    Pending(String),
    /// The id of the container that cannot get there, and what happened to it.
    Failed(String, String),
}

impl Compose {
    /// Returns when every container of the service is as far as `until` says.
    pub(super) async fn wait(
        &self,
        project: &str,
        service: &str,
        until: Condition,
        during: &During<'_>,
    ) -> Result<(), Failure> {
        let began = Instant::now();
        let labels = [format!("{}={project}", facts::PROJECT), format!("{}={service}", facts::SERVICE)];
        let filters = [("type", vec!["container".to_string()]), ("label", labels.to_vec())];
        let filters: HashMap<String, Vec<String>> =
            filters.into_iter().map(|(name, values)| (name.to_string(), values)).collect();
        let events = self.docker.events(Some(EventsOptions { filters: Some(filters), ..Default::default() }));
        let mut events = std::pin::pin!(events.fuse());
        let (mut restarts, mut told, mut look) = (None, String::new(), LOOKS.iter());
        let mut pause = LOOKS[0];
        let mut running_since: Option<Instant> = None;
        loop {
            let found = self.of_service(project, service).await?;
            let restarts = restarts.get_or_insert_with(|| restart_counts(&found));
            let verdict = judge(&found, until, restarts);
            if verdict == Verdict::Running {
                let since = *running_since.get_or_insert_with(Instant::now);
                if since.elapsed() >= SETTLE {
                    return Ok(());
                }
            } else {
                running_since = None;
            }
            match verdict {
                Verdict::Ready => return Ok(()),
                Verdict::Running => {}
                Verdict::Failed(id, why) => {
                    return Err(self.failure(&found, &id, service, &why, began).await);
                }
                Verdict::Pending(what) if began.elapsed() > self.limit(&found, until) => {
                    let id = found.first().and_then(|container| container.id.clone()).unwrap_or_default();
                    let why = format!("was not ready ({what})");
                    return Err(self.failure(&found, &id, service, &why, began).await);
                }
                Verdict::Pending(what) if what != told => {
                    (during.progress)(what.clone());
                    told = what;
                }
                Verdict::Pending(_) => {}
            }
            pause = *look.next().unwrap_or(&pause);
            tokio::select! {
                () = during.cancel.cancelled() => {
                    return Err(Error::new(Kind::Cancelled, format!("waiting for {service} was interrupted")).into());
                }
                Some(_) = events.next() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    fn limit(&self, found: &[ContainerInspectResponse], until: Condition) -> Duration {
        if let Some(timeout) = self.timeout {
            return timeout;
        }
        let of_check = |container: &ContainerInspectResponse| {
            container.config.as_ref().and_then(|config| config.healthcheck.as_ref()).map(time_of)
        };
        match until {
            Condition::Done | Condition::Ended => LEAST,
            Condition::Completed => JOB,
            Condition::Healthy => found.iter().filter_map(of_check).fold(LEAST, Duration::max),
        }
    }

    async fn failure(
        &self,
        found: &[ContainerInspectResponse],
        id: &str,
        service: &str,
        why: &str,
        began: Instant,
    ) -> Failure {
        let container = found.iter().find(|container| container.id.as_deref() == Some(id));
        let check =
            container.and_then(inspect::last_check).map(|said| format!(": {said}")).unwrap_or_default();
        let message = format!("{service} {why} after {} s{check}", began.elapsed().as_secs());
        let log = if id.is_empty() { Vec::new() } else { self.log_tail(id, LOG_LINES).await };
        Failure { error: Error::new(Kind::Step, self.redactor.text(&message)), log }
    }
}

/// The longest that a health check can take to decide. The engine's own defaults stand where nothing is set.
fn time_of(check: &HealthConfig) -> Duration {
    let nanos = |value: Option<i64>, default: Duration| match value.and_then(|n| u64::try_from(n).ok()) {
        None | Some(0) => default,
        Some(nanos) => Duration::from_nanos(nanos),
    };
    let interval = nanos(check.interval, Duration::from_secs(30));
    let timeout = nanos(check.timeout, Duration::from_secs(30));
    let retries = check.retries.and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0).unwrap_or(3);
    let start = nanos(check.start_period, Duration::ZERO);
    start.saturating_add(interval.saturating_add(timeout).saturating_mul(retries.saturating_add(1)))
}

fn restart_counts(found: &[ContainerInspectResponse]) -> BTreeMap<String, i64> {
    let count =
        |c: &ContainerInspectResponse| (c.id.clone().unwrap_or_default(), c.restart_count.unwrap_or(0));
    found.iter().map(count).collect()
}

fn judge(found: &[ContainerInspectResponse], until: Condition, restarts: &BTreeMap<String, i64>) -> Verdict {
    if found.is_empty() {
        return Verdict::Failed(String::new(), "has no container".to_string());
    }
    let mut all = Verdict::Ready;
    for container in found {
        match judge_one(container, until, restarts) {
            Verdict::Ready => {}
            Verdict::Running if all == Verdict::Ready => all = Verdict::Running,
            Verdict::Running => {}
            Verdict::Pending(what) => all = Verdict::Pending(what),
            failed @ Verdict::Failed(..) => return failed,
        }
    }
    all
}

fn judge_one(
    container: &ContainerInspectResponse,
    until: Condition,
    restarts: &BTreeMap<String, i64>,
) -> Verdict {
    let id = container.id.clone().unwrap_or_default();
    let facts = container.state.clone().unwrap_or_default();
    let code = facts.exit_code.unwrap_or(0);
    let checked = facts.health.is_some();
    let pending = |what: &str| Verdict::Pending(what.to_string());
    let failed = |why: String| Verdict::Failed(id.clone(), why);
    match facts::state(&facts) {
        ContainerState::Running => match (until, facts::health(&facts)) {
            (Condition::Completed, _) => pending("running"),
            (_, Health::None) => Verdict::Running,
            (Condition::Done | Condition::Ended, _) | (_, Health::Healthy) => Verdict::Ready,
            // Stopping and pausing also make it "unhealthy", until the next check.
            (Condition::Healthy, Health::Unhealthy) if !inspect::out_of_tries(container) => {
                pending("health: before its next check")
            }
            (Condition::Healthy, Health::Unhealthy) => failed("is unhealthy".to_string()),
            (Condition::Healthy, Health::Starting) => Verdict::Pending(inspect::starting(container)),
        },
        ContainerState::Created => match facts.error.filter(|error| !error.is_empty()) {
            Some(error) => failed(format!("was not started ({})", crate::error::lower(&error))),
            None => pending("not started"),
        },
        ContainerState::Restarting => {
            let before = restarts.get(&id).copied().unwrap_or(0);
            match container.restart_count.unwrap_or(0) - before {
                CRASHES.. => failed(format!("restarts again and again (exit code {code})")),
                _ => Verdict::Pending(format!("restarting (exit code {code})")),
            }
        }
        ContainerState::Exited if code == 0 && (until != Condition::Healthy || !checked) => Verdict::Ready,
        ContainerState::Exited if facts.oom_killed == Some(true) => {
            failed(format!("ran out of memory (exit code {code})"))
        }
        ContainerState::Exited => failed(format!("ended with exit code {code}")),
        ContainerState::Paused => failed("is paused".to_string()),
        ContainerState::Removing => failed("is being removed".to_string()),
        ContainerState::Dead => failed("is dead".to_string()),
    }
}

#[cfg(test)]
mod tests;
