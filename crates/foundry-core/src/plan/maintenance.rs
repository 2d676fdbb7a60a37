//! Domains that are meant to be away for a while: a marker at the place, kept by the engine as an empty volume's labels.

use super::desired::Desired;
use super::draft::Drafts;
use super::{Action, After, Condition, Expect, Observed, Plan, Step, VolumeSpec};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Label that says until when (RFC 3339 in UTC); a volume that has it is a marker and holds nothing.
const UNTIL: &str = "foundry.maintenance.until";
const SINCE: &str = "foundry.maintenance.since";
const BY: &str = "foundry.maintenance.by";

/// Why and how long a domain is away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Maintenance {
    /// The domain.
    pub domain: String,
    /// RFC 3339 time in UTC and whole seconds until which it is meant to be away.
    pub until: String,
    /// RFC 3339 time since when.
    pub since: String,
    /// Who said so: `user@host`.
    pub by: String,
}

impl Maintenance {
    /// Whether it is not over at `now` (RFC 3339 in UTC and whole seconds).
    pub fn is_active(&self, now: &str) -> bool {
        self.until.as_str() > now
    }
}

/// Whether labels are those of a marker.
pub(super) fn is_marker(labels: &BTreeMap<String, String>) -> bool {
    labels.contains_key(UNTIL)
}

/// The markers of this environment, by domain; over or not.
pub fn maintenance(desired: &Desired, observed: &Observed) -> Vec<Maintenance> {
    markers(desired, observed).map(|(_, maintenance)| maintenance).collect()
}

/// Names of the volumes that mark, with what they say.
fn markers<'o>(desired: &'o Desired, observed: &'o Observed) -> impl Iterator<Item = (&'o str, Maintenance)> {
    let ours = observed.volumes.iter().filter(|v| desired.ours(&v.labels) == Some(true));
    ours.filter(|v| is_marker(&v.labels)).map(|volume| {
        let label = |key: &str| volume.labels.get(key).cloned().unwrap_or_default();
        let (domain, until) = (label("foundry.domain"), label(UNTIL));
        (volume.name.as_str(), Maintenance { domain, until, since: label(SINCE), by: label(BY) })
    })
}

/// Steps that take the markers of the selected domains away once they are back.
pub(super) fn end(desired: &Desired, observed: &Observed, drafts: &mut Drafts, after: &[(String, usize)]) {
    for (name, was) in markers(desired, observed).filter(|(_, m)| desired.selected.contains(&m.domain)) {
        let action = Action::RemoveVolume { name: name.to_owned() };
        let causes = vec![format!("back from maintenance (until {})", was.until)];
        let step = drafts.add(Some(&was.domain), action, causes, Expect::Anything);
        for (_, other) in after.iter().filter(|(domain, _)| *domain == was.domain) {
            drafts.wait(step, *other, Condition::Healthy);
        }
    }
}

/// The plan with markers set before anything else is done. `marks`: what each says.
pub fn with_maintenance(plan: Plan, desired: &Desired, observed: &Observed, marks: &[Maintenance]) -> Plan {
    let mut first: Vec<Step> = Vec::new();
    let step = |domain: &str, action, cause: String, after: Vec<After>, expect| Step {
        id: 0,
        domain: Some(domain.to_owned()),
        action,
        causes: vec![cause],
        after,
        expect,
    };
    for mark in marks {
        let mut after = Vec::new();
        for (name, old) in markers(desired, observed).filter(|(_, m)| m.domain == mark.domain) {
            let action = Action::RemoveVolume { name: name.to_owned() };
            let cause = format!("was in maintenance until {}", old.until);
            first.push(step(&mark.domain, action, cause, Vec::new(), Expect::Anything));
            after.push(After { step: first.len(), condition: Condition::Done });
        }
        let expect = if after.is_empty() { Expect::Absent } else { Expect::Anything };
        let action = Action::CreateVolume(marker(desired, mark));
        first.push(step(&mark.domain, action, format!("in maintenance until {}", mark.until), after, expect));
    }
    let count = first.len();
    let set: Vec<usize> =
        (1..=count).filter(|n| matches!(first[n - 1].action, Action::CreateVolume(_))).collect();
    let later = plan.steps.into_iter().map(|mut step| {
        step.after.iter_mut().for_each(|after| after.step += count);
        let set = set.iter().map(|step| After { step: *step, condition: Condition::Done });
        step.after = set.chain(step.after).collect();
        step
    });
    let steps = first.into_iter().chain(later).zip(1..).map(|(step, id)| Step { id, ..step }).collect();
    Plan { steps, ..plan }
}

fn marker(desired: &Desired, mark: &Maintenance) -> VolumeSpec {
    let mut labels = desired.marks(&mark.domain).labels();
    for (key, value) in [(UNTIL, &mark.until), (SINCE, &mark.since), (BY, &mark.by)] {
        labels.insert(key.to_owned(), value.clone());
    }
    let name = format!("foundry-maintenance-{}-{}-{}", desired.registry, desired.environment, mark.domain);
    // What no volume's name may have.
    let plain = |c: char| if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '_' };
    VolumeSpec {
        name: name.chars().map(plain).collect(),
        driver: "local".to_owned(),
        options: BTreeMap::new(),
        labels,
    }
}

/// The markers as Prometheus reads them from a file: the time until which each domain is away. `seconds` reads an
/// RFC 3339 time as seconds since 1970.
pub fn maintenance_metrics(
    desired: &Desired,
    all: &[Maintenance],
    seconds: &dyn Fn(&str) -> Option<u64>,
) -> String {
    const NAME: &str = "foundry_maintenance_until_timestamp_seconds";
    let mut out =
        format!("# HELP {NAME} Time until which a domain is meant to be away.\n# TYPE {NAME} gauge\n");
    let all: BTreeSet<(&str, u64)> =
        all.iter().filter_map(|m| Some((m.domain.as_str(), seconds(&m.until)?))).collect();
    for (domain, until) in all {
        let _ = writeln!(
            out,
            "{NAME}{{domain=\"{domain}\",environment=\"{}\",registry=\"{}\"}} {until}",
            desired.environment, desired.registry
        );
    }
    out
}
