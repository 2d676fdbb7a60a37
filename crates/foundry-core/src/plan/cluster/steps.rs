//! Steps on their way to a plan for a cluster: what each waits for follows from what it is and whose.

use super::compare::stage;
use super::{Act, Desired, Item, Reference, is_workload};
use crate::plan::{Action, After, Condition, Expect, Plan, Step};
use serde_json::Value;

/// A step and what decides who waits for it.
struct Made {
    step: Step,
    stage: usize,
    app: Option<String>,
    workload: bool,
    namespace: Option<String>,
    /// Whether it stands in the folder of what all share.
    shared: bool,
}

/// Steps in order.
pub(super) struct Steps<'a> {
    desired: &'a Desired,
    made: Vec<Made>,
}

impl<'a> Steps<'a> {
    pub fn new(desired: &'a Desired) -> Steps<'a> {
        Steps { desired, made: Vec::new() }
    }

    /// The numbers of all steps so far.
    pub fn all(&self) -> Vec<usize> {
        self.made.iter().map(|m| m.step.id).collect()
    }

    /// Adds a step for an item; items come in the order in which they are carried out.
    pub fn add(&mut self, item: &Item, act: Act, causes: Vec<String>, expect: Expect) {
        let reference = act.object();
        let own = stage(&item.object);
        let workload = is_workload(&item.object);
        let requires = item.domain.as_deref().map_or(&[][..], |d| self.desired.requires(d));
        let mut after = Vec::new();
        for made in &self.made {
            let same_app = made.app.is_none() || item.app.is_none() || made.app == item.app;
            let other = made.step.domain.as_ref();
            let before = made.stage < own && made.stage == 1
                || made.stage == 0 && own > 0 && made.namespace == reference.namespace
                || made.shared
                    && made.stage == own
                    && item.domain.is_some()
                    && made.namespace == reference.namespace
                || workload && !made.workload && other.is_some() && other == item.domain.as_ref() && same_app;
            let required = made.workload && same_app && other.is_some_and(|o| requires.contains(o));
            if before || required {
                let condition = if required { Condition::Healthy } else { Condition::Done };
                after.push(After { step: made.step.id, condition });
            }
        }
        let namespace = match own {
            0 => Some(reference.name.clone()),
            _ => reference.namespace.clone(),
        };
        let step = self.step(item.domain.clone(), act, causes, after, expect);
        let (app, shared) = (item.app.clone(), item.domain.is_none());
        self.made.push(Made { step, stage: own, app, workload, namespace, shared });
    }

    /// Adds a step that takes something away, after the steps `after`; how those end is part of it.
    pub fn remove(&mut self, live: &Value, act: Act, cause: &str, after: &[usize]) -> usize {
        let after = after.iter().map(|step| After { step: *step, condition: Condition::Done }).collect();
        let domain = live["metadata"]["labels"]["foundry.domain"].as_str().map(str::to_owned);
        let uid = live["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
        let step = self.step(domain, act, vec![cause.to_owned()], after, Expect::Id(uid));
        let (id, namespace) = (step.id, Reference::of(live).and_then(|r| r.namespace));
        self.made.push(Made {
            step,
            stage: 3,
            app: None,
            workload: is_workload(live),
            namespace,
            shared: false,
        });
        id
    }

    fn step(
        &self,
        domain: Option<String>,
        act: Act,
        causes: Vec<String>,
        after: Vec<After>,
        expect: Expect,
    ) -> Step {
        Step { id: self.made.len() + 1, domain, action: Action::Cluster(act), causes, after, expect }
    }

    /// All of them as a plan.
    pub fn plan(self, unchanged: usize, orphans: Vec<String>) -> Plan {
        Plan {
            environment: self.desired.environment.clone(),
            engine: "kubernetes".to_owned(),
            place: self.desired.place.clone(),
            steps: self.made.into_iter().map(|m| m.step).collect(),
            unchanged,
            orphans,
        }
    }
}
