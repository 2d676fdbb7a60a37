//! The order of a plan's steps, on an engine that only notes what it is asked; Docker itself is in `tests/`.

use super::*;
use foundry_core::plan::{Action, After, Condition, Expect};
use std::sync::Mutex;
use tokio::sync::Barrier;

#[derive(Default)]
struct Notes {
    fails: Vec<usize>,
    stale: Vec<usize>,
    /// Every step of a run with a barrier waits until so many are there.
    together: Option<Barrier>,
    cancel: Option<(usize, Cancel)>,
    performed: Mutex<Vec<usize>>,
}

impl Engine for Notes {
    async fn mismatch(&self, step: &Step) -> Result<Option<String>> {
        Ok(self.stale.contains(&step.id).then(|| "it is gone".to_string()))
    }

    async fn perform(&self, step: &Step, during: &During<'_>) -> std::result::Result<(), Failure> {
        self.performed.lock().unwrap().push(step.id);
        (during.progress)("at work".to_string());
        if let Some(together) = &self.together {
            together.wait().await;
        }
        if let Some((_, cancel)) = self.cancel.as_ref().filter(|(at, _)| *at == step.id) {
            cancel.cancel();
        }
        match self.fails.contains(&step.id) {
            true => Err(Failure { error: Error::new(Kind::Step, "broken"), log: vec!["why".to_string()] }),
            false => Ok(()),
        }
    }
}

/// A plan whose step N waits for the steps of `after[N - 1]`.
fn plan(after: &[&[usize]]) -> Plan {
    let step = |(at, after): (usize, &&[usize])| Step {
        id: at + 1,
        domain: None,
        action: Action::RemoveNetwork { name: format!("n{at}") },
        causes: Vec::new(),
        after: after.iter().map(|step| After { step: *step, condition: Condition::Done }).collect(),
        expect: Expect::Anything,
    };
    Plan { steps: after.iter().enumerate().map(step).collect(), ..Plan::default() }
}

async fn run(engine: &Notes, plan: &Plan, at_once: usize, cancel: &Cancel) -> (Report, Vec<Event>) {
    let events = Mutex::new(Vec::new());
    let on_event = |event| events.lock().unwrap().push(event);
    let contents = Contents::new();
    let run = Run { contents: &contents, cancel, at_once, on_event: &on_event };
    let report = execute(engine, plan, &run).await;
    (report, events.into_inner().unwrap())
}

fn ids(report: &Report) -> [Vec<usize>; 4] {
    [
        report.done.iter().map(|done| done.step).collect(),
        report.failed.iter().map(|failed| failed.step).collect(),
        report.not_started.iter().map(|not| not.step).collect(),
        report.refused.iter().map(|refused| refused.step).collect(),
    ]
}

#[tokio::test]
async fn a_step_waits_for_its_edges() {
    let engine = Notes::default();
    // Written backwards in the graph, so that list order alone would be wrong.
    let plan = plan(&[&[3], &[1], &[]]);
    let (report, events) = run(&engine, &plan, 4, &Cancel::new()).await;
    assert_eq!(*engine.performed.lock().unwrap(), [3, 1, 2]);
    assert_eq!(ids(&report), [vec![1, 2, 3], vec![], vec![], vec![]]);
    assert_eq!(report.kind(), None);
    assert_eq!(events[0], Event::Started { step: 3 });
    assert_eq!(events[1], Event::Progress { step: 3, text: "at work".to_string() });
    assert!(matches!(events[2], Event::Done { step: 3, .. }));
}

#[tokio::test]
async fn independent_steps_run_together() {
    // Each waits for the two others: one after the other they would never end.
    let engine = Notes { together: Some(Barrier::new(3)), ..Notes::default() };
    let (report, _) = run(&engine, &plan(&[&[], &[], &[]]), 3, &Cancel::new()).await;
    assert_eq!(report.done.len(), 3);
}

#[tokio::test]
async fn no_more_than_the_limit_run_at_once() {
    let engine = Notes::default();
    let (_, events) = run(&engine, &plan(&[&[], &[], &[], &[]]), 1, &Cancel::new()).await;
    let mut open = 0;
    for event in events {
        match event {
            Event::Started { .. } => open += 1,
            Event::Done { .. } => open -= 1,
            _ => {}
        }
        assert!(open <= 1);
    }
}

#[tokio::test]
async fn a_failure_stops_what_depends_on_it_and_nothing_else() {
    let engine = Notes { fails: vec![1], ..Notes::default() };
    let (report, events) = run(&engine, &plan(&[&[], &[1], &[2], &[], &[4]]), 4, &Cancel::new()).await;
    assert_eq!(ids(&report), [vec![4, 5], vec![1], vec![2, 3], vec![]]);
    assert_eq!(report.not_started[1], NotStarted { step: 3, because: vec![1] });
    assert_eq!(report.failed[0].log, ["why"]);
    assert_eq!(report.kind().map(Kind::exit_code), Some(5));
    assert!(events.contains(&Event::Skipped { step: 3, because: vec![1] }));
}

#[tokio::test]
async fn nothing_done_and_one_failed_is_no_partial_success() {
    let engine = Notes { fails: vec![1], ..Notes::default() };
    let (report, _) = run(&engine, &plan(&[&[], &[1]]), 4, &Cancel::new()).await;
    assert_eq!(report.kind().map(Kind::exit_code), Some(4));
}

#[tokio::test]
async fn a_changed_world_refuses_the_step_before_anything_is_done() {
    let engine = Notes { stale: vec![1], ..Notes::default() };
    let (report, events) = run(&engine, &plan(&[&[], &[1]]), 4, &Cancel::new()).await;
    assert!(engine.performed.lock().unwrap().is_empty());
    assert_eq!(ids(&report), [vec![], vec![], vec![2], vec![1]]);
    assert_eq!(report.kind(), Some(Kind::Stale));
    assert!(events.contains(&Event::Refused { step: 1, what: "it is gone".to_string() }));
}

#[tokio::test]
async fn after_cancelling_no_step_begins() {
    let cancel = Cancel::new();
    let engine = Notes { cancel: Some((1, cancel.clone())), ..Notes::default() };
    let (report, _) = run(&engine, &plan(&[&[], &[1], &[]]), 1, &cancel).await;
    assert_eq!(*engine.performed.lock().unwrap(), [1]);
    assert_eq!(ids(&report), [vec![1], vec![], vec![2, 3], vec![]]);
    assert!(report.cancelled);
    assert_eq!(report.kind(), Some(Kind::Partial));
}

#[tokio::test]
async fn a_run_cancelled_before_it_begins_does_nothing() {
    let cancel = Cancel::new();
    cancel.cancel();
    let (report, events) = run(&Notes::default(), &plan(&[&[], &[]]), 4, &cancel).await;
    assert_eq!(report.kind(), Some(Kind::Cancelled));
    assert_eq!(events.len(), 2);
}
