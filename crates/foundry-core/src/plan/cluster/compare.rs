//! What is wanted and what is there, compared: ordered steps, each with its cause, and what stands in the way.

use super::differ::differences;
use super::observed::{Conflict, Observed, Trial, fingerprint, is_going, said};
use super::steps::Steps;
use super::{Act, Desired, Health, Item, Reference, health, is_workload};
use crate::plan::{Expect, Plan};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Most causes that one step names.
const CAUSES: usize = 4;

/// Something that a plan cannot get past.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Obstacle {
    /// The object.
    pub object: String,
    /// What is wrong, as a lowercase fragment.
    pub message: String,
    /// The way out, beginning with a verb.
    pub hint: String,
}

/// Kinds that hold data or everything else: removed only when that is asked for in so many words.
pub fn holds_data(object: &Reference) -> bool {
    matches!(object.kind.as_str(), "PersistentVolumeClaim" | "Namespace" | "CustomResourceDefinition")
}

/// The plan, and what stands in its way.
pub fn compare(desired: &Desired, observed: &Observed) -> (Plan, Vec<Obstacle>) {
    let mut comparing =
        Comparing { desired, observed, steps: Steps::new(desired), obstacles: Vec::new(), same: 0 };
    let mut items: Vec<&Item> = desired.chosen().collect();
    items.sort_by_key(|i| (stage(&i.object), desired.rank(i.domain.as_deref()), rank(&i.object)));
    for item in items {
        comparing.item(item);
    }
    let orphans = comparing.orphans();
    comparing.obstacles.sort();
    let Comparing { steps, obstacles, same, .. } = comparing;
    (steps.plan(same, orphans), obstacles)
}

/// Namespaces before definitions of kinds before everything else.
pub(super) fn stage(object: &Value) -> usize {
    match object["kind"].as_str() {
        Some("Namespace") => 0,
        Some("CustomResourceDefinition") => 1,
        _ => 2,
    }
}

/// Workloads come when everything that they need of their own domain is there.
pub(super) fn rank(object: &Value) -> (bool, usize, String) {
    const FIRST: [&str; 6] =
        ["ServiceAccount", "ResourceQuota", "LimitRange", "PersistentVolumeClaim", "ConfigMap", "Secret"];
    let kind = object["kind"].as_str().unwrap_or_default();
    let at = FIRST.iter().position(|k| *k == kind).unwrap_or(FIRST.len());
    (is_workload(object), at, Reference::of(object).map(|r| r.to_string()).unwrap_or_default())
}

struct Comparing<'a> {
    desired: &'a Desired,
    observed: &'a Observed,
    steps: Steps<'a>,
    obstacles: Vec<Obstacle>,
    same: usize,
}

impl Comparing<'_> {
    fn item(&mut self, item: &Item) {
        let Some(reference) = Reference::of(&item.object) else { return };
        let live = self.observed.get(&reference);
        if let Some(live) = live {
            if let Some(obstacle) = self.stranger(&reference, live) {
                self.obstacles.push(obstacle);
                return;
            }
            if is_going(live) {
                return self.replace(item, live, vec!["on its way out".to_owned()]);
            }
        }
        match (self.observed.tried.get(&reference.key()), live) {
            (Some(Trial::Would { object, conflicts }), Some(live)) => {
                self.changed(item, &reference, live, object, conflicts);
            }
            (Some(Trial::Would { .. }), None) => self.create(item, &reference),
            (Some(Trial::NoNamespace), _) if self.brings_namespace(&reference) => {
                self.create(item, &reference)
            }
            (Some(Trial::NoKind), _) if self.brings_kind(&reference) => self.create(item, &reference),
            (Some(Trial::Refused { code: 422, message }), Some(live)) if is_immutable(message) => {
                match reference.kind.as_str() {
                    "PersistentVolumeClaim" | "Namespace" => self.obstacle(
                        &reference,
                        format!("cannot be changed in place: {}", sentence(message)),
                        "undo the change, or back the data up, destroy the domain and restore it",
                    ),
                    _ => self.replace(item, live, vec![sentence(message)]),
                }
            }
            (Some(Trial::NoNamespace), _) => {
                let name = reference.namespace.clone().unwrap_or_default();
                self.obstacle(&reference, format!("there is no namespace {name}"), "create it first");
            }
            (Some(Trial::NoKind), _) => {
                let message = format!("the cluster knows no {} of {}", reference.kind, reference.api_version);
                self.obstacle(&reference, message, install(&reference));
            }
            (Some(Trial::Refused { message, .. }), _) => {
                let hint =
                    "correct what the server names in the registry, or give the user the right it lacks";
                self.obstacle(&reference, sentence(message), hint);
            }
            (None, _) => self.obstacle(
                &reference,
                "the server was not asked about it".to_owned(),
                "run the same command again",
            ),
        }
    }

    fn changed(
        &mut self,
        item: &Item,
        reference: &Reference,
        live: &Value,
        would: &Value,
        conflicts: &[Conflict],
    ) {
        let all = differences(&said(live), &said(would));
        let secret = reference.is("", "Secret");
        let (marks, rest): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|d| d.path.starts_with("metadata.labels[foundry."));
        let mut causes: Vec<String> = rest.iter().map(|d| cause(&d.words(secret))).collect();
        if !marks.is_empty() {
            causes.push("not labelled as ours yet".to_owned());
        }
        if causes.is_empty() {
            return self.unchanged(item, reference, live);
        }
        causes.extend(owners(conflicts));
        let act = Act::Apply {
            object: item.object.clone(),
            create: false,
            force: !conflicts.is_empty(),
            wait: is_waited_for(&item.object),
        };
        self.steps.add(item, act, shortened(causes), Expect::Id(fingerprint(live)));
    }

    fn unchanged(&mut self, item: &Item, reference: &Reference, live: &Value) {
        match health(live) {
            Health::Waiting(how) if is_waited_for(live) => {
                let act = Act::Wait { object: reference.clone() };
                self.steps.add(item, act, vec![how], Expect::Anything);
            }
            // What has failed does not get better by waiting: a Job that failed is made anew.
            Health::Failed(why) if reference.kind == "Job" => self.replace(item, live, vec![why]),
            Health::Failed(why) => {
                let act = Act::Wait { object: reference.clone() };
                self.steps.add(item, act, vec![why], Expect::Anything);
            }
            _ => self.same += usize::from(is_workload(live)),
        }
    }

    fn create(&mut self, item: &Item, _: &Reference) {
        let act = Act::Apply {
            object: item.object.clone(),
            create: true,
            force: false,
            wait: is_waited_for(&item.object),
        };
        self.steps.add(item, act, vec!["no object".to_owned()], Expect::Absent);
    }

    fn replace(&mut self, item: &Item, live: &Value, causes: Vec<String>) {
        let act = Act::Replace { object: item.object.clone(), wait: is_waited_for(&item.object) };
        self.steps.add(item, act, causes, Expect::Id(fingerprint(live)));
    }

    fn obstacle(&mut self, object: &Reference, message: String, hint: &str) {
        self.obstacles.push(Obstacle { object: object.to_string(), message, hint: hint.to_owned() });
    }

    /// Whether what is there belongs to somebody else.
    fn stranger(&self, reference: &Reference, live: &Value) -> Option<Obstacle> {
        let label = |key: &str| live["metadata"]["labels"][key].as_str();
        let message = match (label("foundry.registry"), label("foundry.environment")) {
            (Some(registry), environment) => {
                let environment = environment.unwrap_or_default();
                let ours = registry == super::label_value(&self.desired.registry)
                    && environment == super::label_value(&self.desired.environment);
                if ours {
                    return None;
                }
                format!("belongs to the environment {environment} of the registry {registry}")
            }
            _ if reference.kind == "Namespace" => return None,
            _ if label("app.kubernetes.io/managed-by") == Some("foundry") => return None,
            _ => "is there already, and not ours".to_owned(),
        };
        let namespace = reference.namespace.as_ref().map_or(String::new(), |n| format!("-n {n} "));
        let (kind, name) = (reference.kind.to_lowercase(), &reference.name);
        let hint = format!(
            "remove it, or hand it over: kubectl label {namespace}{kind}/{name} app.kubernetes.io/managed-by=foundry"
        );
        Some(Obstacle { object: reference.to_string(), message, hint })
    }

    fn brings_namespace(&self, object: &Reference) -> bool {
        let is = |i: &Item| {
            i.object["kind"] == "Namespace"
                && i.object["metadata"]["name"].as_str() == object.namespace.as_deref()
        };
        self.desired.chosen().any(is)
    }

    fn brings_kind(&self, object: &Reference) -> bool {
        let is = |i: &Item| {
            i.object["kind"] == "CustomResourceDefinition"
                && i.object["spec"]["group"] == object.group()
                && i.object["spec"]["names"]["kind"] == object.kind.as_str()
        };
        self.desired.chosen().any(is)
    }

    /// What is ours and declared no more: removed with `--prune`, unless it holds data.
    fn orphans(&mut self) -> Vec<String> {
        let wanted: BTreeSet<_> =
            self.desired.items.iter().filter_map(|i| Reference::of(&i.object)).map(|r| r.key()).collect();
        let about = |live: &Value| {
            let domain = live["metadata"]["labels"]["foundry.domain"].as_str();
            self.desired.all
                || domain.is_some_and(|d| self.desired.selected.iter().any(|s| super::label_value(s) == d))
        };
        let mut gone: Vec<(Reference, &Value)> = self
            .observed
            .live
            .iter()
            .filter(|(key, live)| !wanted.contains(*key) && about(live) && self.is_ours(live))
            .filter_map(|(_, live)| Some((Reference::of(live)?, live)))
            .collect();
        gone.sort_by_key(|(_, live)| std::cmp::Reverse(rank(live)));
        let (kept, gone): (Vec<_>, Vec<_>) =
            gone.into_iter().partition(|(r, _)| !self.desired.prune || holds_data(r));
        let every = self.steps.all();
        for (reference, live) in gone {
            let act = Act::Delete { object: reference };
            self.steps.remove(live, act, "no longer declared", &every);
        }
        kept.into_iter().map(|(r, _)| r.to_string()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn is_ours(&self, live: &Value) -> bool {
        let label = |key: &str| live["metadata"]["labels"][key].as_str();
        label("foundry.registry") == Some(&super::label_value(&self.desired.registry))
            && label("foundry.environment") == Some(&super::label_value(&self.desired.environment))
    }
}

/// Whether a step lasts until the object is healthy.
pub(super) fn is_waited_for(object: &Value) -> bool {
    let kinds = ["Deployment", "StatefulSet", "DaemonSet", "Job", "CustomResourceDefinition"];
    object["kind"].as_str().is_some_and(|kind| kinds.contains(&kind))
}

/// Digests say nothing to people.
fn cause(words: &str) -> String {
    match words.contains("annotations[foundry.inputs]") {
        true => "what its pods are made from changed".to_owned(),
        false => words.to_owned(),
    }
}

fn owners(conflicts: &[Conflict]) -> Vec<String> {
    let mut by: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for conflict in conflicts {
        by.entry(&conflict.manager).or_default().push(conflict.field.trim_start_matches('.'));
    }
    by.into_iter().map(|(manager, fields)| format!("{manager} owns {}", fields.join(", "))).collect()
}

fn shortened(mut causes: Vec<String>) -> Vec<String> {
    let more = causes.len().saturating_sub(CAUSES);
    if more > 1 {
        causes.truncate(CAUSES);
        causes.push(format!("{more} more"));
    }
    causes
}

fn is_immutable(message: &str) -> bool {
    message.contains("immutable") || message.contains("updates to statefulset spec")
}

/// The server's sentence without the name of the object, which stands beside it.
fn sentence(message: &str) -> String {
    let short = message.split_once(" is invalid: ").map_or(message, |(_, rest)| rest);
    let short =
        short.split(": Invalid value: ").next().filter(|s| !s.is_empty() && short.contains("immutable"));
    match (short, message.contains("immutable")) {
        (Some(field), true) => format!("{field} cannot be changed in place"),
        _ => {
            let rest = message.split_once(" is invalid: ").map_or(message, |(_, rest)| rest);
            let line = rest.lines().next().unwrap_or_default();
            line.chars().take(200).collect()
        }
    }
}

fn install(object: &Reference) -> &'static str {
    match object.group() {
        "external-secrets.io" => {
            "install External Secrets in the cluster, or let Foundry bring the values: `secrets: runtime-inputs`"
        }
        "monitoring.coreos.com" => {
            "install the Prometheus operator's definitions, or say `monitoring: {kind: annotations}`"
        }
        _ => "install what brings this kind, then run the same command again",
    }
}
