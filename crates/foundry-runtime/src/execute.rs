//! Walks a plan: starts each step when what it waits for is done, and reports. Decides nothing.

use crate::engine::compose::{Compose, Contents, During, Failure};
use crate::error::{Error, Kind, Result};
use crate::{Cancel, report};
use foundry_core::plan::{After, Condition, Plan, Step};
use futures_util::stream::{FuturesUnordered, StreamExt};
use report::{Done, Failed, NotStarted, Refused, Report};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// What happens while a plan is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A step begins.
    Started {
        /// `Step::id`.
        step: usize,
    },
    /// A step goes on: a lowercase fragment, or a line that a program wrote.
    Progress {
        /// `Step::id`.
        step: usize,
        /// What is going on.
        text: String,
    },
    /// A step has ended well.
    Done {
        /// `Step::id`.
        step: usize,
        /// How long it took.
        took: Duration,
    },
    /// A step has failed.
    Failed {
        /// `Step::id`.
        step: usize,
        /// Why.
        error: Error,
        /// What the container or the program said last.
        log: Vec<String>,
        /// How long it took.
        took: Duration,
    },
    /// A step is not started, because these earlier ones did not end well, or because the run was cancelled.
    Skipped {
        /// `Step::id`.
        step: usize,
        /// `Step::id` of the steps at fault; empty when the run was cancelled.
        because: Vec<usize>,
    },
    /// A step is not carried out, because the world is not what it was planned for.
    Refused {
        /// `Step::id`.
        step: usize,
        /// What is different.
        what: String,
    },
}

/// What carries out single steps. `Compose` is the real one.
pub trait Engine: Sync {
    /// What is not as the step's `expect` says, or nothing.
    fn mismatch(&self, step: &Step) -> impl Future<Output = Result<Option<String>>>;
    /// Carries out one step.
    fn perform(
        &self,
        step: &Step,
        during: &During<'_>,
    ) -> impl Future<Output = std::result::Result<(), Failure>>;
}

impl Engine for Compose {
    async fn mismatch(&self, step: &Step) -> Result<Option<String>> {
        self.mismatch(step).await
    }

    async fn perform(&self, step: &Step, during: &During<'_>) -> std::result::Result<(), Failure> {
        self.perform(step, during).await
    }
}

/// How a plan is carried out.
pub struct Run<'a> {
    /// Contents of the files that the plan writes.
    pub contents: &'a Contents,
    /// Raised to end early: no new step is started, running ones are interrupted and awaited.
    pub cancel: &'a Cancel,
    /// How many steps run at once; at least 1.
    pub at_once: usize,
    /// Told everything that happens, in order.
    pub on_event: &'a (dyn Fn(Event) + Send + Sync),
}

/// How a step ended.
enum End {
    Done,
    Failed(Failure),
    Refused(String),
}

/// Carries out a plan. What goes wrong is in the report.
pub async fn execute(engine: &impl Engine, plan: &Plan, run: &Run<'_>) -> Report {
    let began = Instant::now();
    let mut report = Report::default();
    let mut waiting: Vec<&Step> = plan.steps.iter().collect();
    let mut done = BTreeSet::new();
    // Step that will not be done → the steps at fault: itself, or those it waited for.
    let mut lost: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut begun = BTreeSet::new();
    let mut running = FuturesUnordered::new();
    loop {
        skip(&mut waiting, &mut lost, run, &mut report);
        while running.len() < run.at_once.max(1) {
            let cancelled = run.cancel.is_cancelled();
            let over = |after: &After| {
                let ended = lost.contains_key(&after.step) || (cancelled && !begun.contains(&after.step));
                done.contains(&after.step) || (is_cleaning(after) && ended)
            };
            // What cleans up after a step that began is not cancelled with the rest.
            let cleans = |step: &Step| step.after.iter().any(|a| is_cleaning(a) && begun.contains(&a.step));
            let ready = |step: &&Step| step.after.iter().all(over) && (!cancelled || cleans(step));
            let Some(next) = waiting.iter().position(ready) else { break };
            let step = waiting.remove(next);
            begun.insert(step.id);
            running.push(one(engine, step, run));
        }
        let Some((step, end, took)) = running.next().await else { break };
        match end {
            End::Done => {
                (run.on_event)(Event::Done { step: step.id, took });
                done.insert(step.id);
                report.done.push(Done { step: step.id, took_ms: millis(took) });
            }
            End::Refused(what) => {
                (run.on_event)(Event::Refused { step: step.id, what: what.clone() });
                lost.insert(step.id, vec![step.id]);
                report.refused.push(Refused { step: step.id, what });
            }
            End::Failed(Failure { error, log }) => {
                (run.on_event)(Event::Failed { step: step.id, error: error.clone(), log: log.clone(), took });
                lost.insert(step.id, vec![step.id]);
                report.failed.push(Failed { step: step.id, error, log, took_ms: millis(took) });
            }
        }
    }
    // Only a cancelled run leaves steps behind, or a plan whose edges lead to no step.
    for step in waiting {
        (run.on_event)(Event::Skipped { step: step.id, because: Vec::new() });
        report.not_started.push(NotStarted { step: step.id, because: Vec::new() });
    }
    report.cancelled = run.cancel.is_cancelled();
    report.took_ms = millis(began.elapsed());
    report.sort();
    report
}

/// Whether the later step runs in any case, once the earlier one is over.
fn is_cleaning(after: &After) -> bool {
    after.condition == Condition::Ended
}

/// Takes out what waits for a lost step, and what waits for that; plans are in order, so one pass finds all.
fn skip(
    waiting: &mut Vec<&Step>,
    lost: &mut BTreeMap<usize, Vec<usize>>,
    run: &Run<'_>,
    report: &mut Report,
) {
    waiting.retain(|step| {
        let because: BTreeSet<usize> = step
            .after
            .iter()
            .filter(|a| !is_cleaning(a))
            .filter_map(|a| lost.get(&a.step))
            .flatten()
            .copied()
            .collect();
        if because.is_empty() {
            return true;
        }
        let because: Vec<usize> = because.into_iter().collect();
        (run.on_event)(Event::Skipped { step: step.id, because: because.clone() });
        report.not_started.push(NotStarted { step: step.id, because: because.clone() });
        lost.insert(step.id, because);
        false
    });
}

async fn one<'a>(engine: &impl Engine, step: &'a Step, run: &Run<'_>) -> (&'a Step, End, Duration) {
    let began = Instant::now();
    (run.on_event)(Event::Started { step: step.id });
    let progress = |text: String| (run.on_event)(Event::Progress { step: step.id, text });
    let during = During { contents: run.contents, cancel: run.cancel, progress: &progress };
    let end = match engine.mismatch(step).await {
        Ok(Some(what)) => End::Refused(what),
        Err(error) => End::Failed(error.into()),
        Ok(None) => match engine.perform(step, &during).await {
            Ok(()) => End::Done,
            Err(Failure { error, .. }) if error.kind == Kind::Stale => End::Refused(error.message),
            Err(failure) => End::Failed(failure),
        },
    };
    (step, end, began.elapsed())
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
