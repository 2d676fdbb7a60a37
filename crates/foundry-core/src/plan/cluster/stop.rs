//! Plans that take things away from a cluster, dependents first, and one that starts pods anew.

use super::compare::{holds_data, rank};
use super::observed::Observed;
use super::steps::Steps;
use super::{Act, Desired, Item, Reference, is_workload};
use crate::plan::{Expect, Plan, Refusal, Stop};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The plan that removes the workloads of the selected domains; with `destroy` everything of theirs, data too.
pub fn stop(desired: &Desired, observed: &Observed, how: Stop) -> Result<Plan, Refusal> {
    let mut targets = desired.selected.clone();
    let dependents = desired.dependents(&targets);
    let runs = |name: &String| of(observed, name).any(|(_, live)| is_workload(live));
    let running: Vec<String> = dependents.iter().filter(|name| runs(name)).cloned().collect();
    if how.with_dependents {
        targets.extend(dependents);
    } else if !running.is_empty() && !how.force {
        return Err(Refusal { targets: targets.into_iter().collect(), dependents: running });
    }
    let cause = if how.destroy { "destroy" } else { "down" };
    let mut steps = Steps::new(desired);
    let wanted = |live: &Value| how.destroy || is_workload(live);
    take_away(desired, observed, &targets, &mut steps, cause, wanted);
    Ok(steps.plan(0, Vec::new()))
}

/// The plan that removes everything of the environment: domains in reverse order, what they share, definitions, and
/// namespaces last. Claims and definitions stay, and namespaces with claims, unless `data` is said; so do namespaces in
/// which `others` have something, each with what that is.
pub fn teardown(
    desired: &Desired,
    observed: &Observed,
    others: &BTreeMap<String, Vec<String>>,
    data: bool,
) -> Plan {
    let mut steps = Steps::new(desired);
    let mut kept: BTreeSet<String> = BTreeSet::new();
    let mut inhabited: BTreeSet<String> = BTreeSet::new();
    let label = |live: &Value| live["metadata"]["labels"]["foundry.domain"].as_str().map(str::to_owned);
    let domains: BTreeSet<String> = observed.live.values().filter_map(label).collect();
    let wanted = |live: &Value| data || live["kind"] != "PersistentVolumeClaim";
    take_away(desired, observed, &domains, &mut steps, "teardown", wanted);
    for live in observed.live.values().filter(|live| !wanted(live)) {
        let reference = Reference::of(live);
        kept.extend(reference.as_ref().map(|r| format!("{r}: it holds data (--data)")));
        inhabited.extend(reference.and_then(|r| r.namespace));
    }
    let mut shared: Vec<(Reference, &Value)> = observed
        .live
        .values()
        .filter(|live| label(live).is_none())
        .filter_map(|live| Some((Reference::of(live)?, live)))
        .collect();
    // What holds others goes last: definitions, then namespaces.
    shared.sort_by_key(|(r, live)| (holds_data(r), r.kind == "Namespace", rank(live)));
    for (reference, live) in shared {
        if reference.kind == "CustomResourceDefinition" && !data {
            kept.insert(format!("{reference}: everything of its kind would go with it (--data)"));
            continue;
        }
        let namespace = (reference.kind == "Namespace").then(|| reference.name.clone());
        if let Some(others) = namespace.as_ref().and_then(|n| others.get(n)) {
            kept.insert(format!("{reference}: somebody else has {} in it", others.join(", ")));
            continue;
        }
        if namespace.as_ref().is_some_and(|n| inhabited.contains(n)) {
            continue;
        }
        let after = if holds_data(&reference) { steps.all() } else { Vec::new() };
        steps.remove(live, Act::Delete { object: reference }, "teardown", &after);
    }
    steps.plan(0, kept.into_iter().collect())
}

/// Steps that remove what `wanted` picks of the domains `targets`, those that require others first.
fn take_away(
    desired: &Desired,
    observed: &Observed,
    targets: &BTreeSet<String>,
    steps: &mut Steps<'_>,
    cause: &str,
    wanted: impl Fn(&Value) -> bool,
) {
    let mut order: Vec<&String> = targets.iter().collect();
    order.sort_by_key(|name| (std::cmp::Reverse(desired.rank(Some(name))), *name));
    let mut gone: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for name in order {
        let users = desired.domains.iter().filter(|d| d.requires.contains(name));
        let waited: Vec<usize> = users.filter_map(|d| gone.get(d.name.as_str())).flatten().copied().collect();
        let mut all: Vec<(Reference, &Value)> = of(observed, name).filter(|(_, live)| wanted(live)).collect();
        // Workloads first: nothing else goes while their pods may still need it.
        all.sort_by_key(|(r, live)| (!is_workload(live), holds_data(r), std::cmp::Reverse(rank(live))));
        let mut workloads = Vec::new();
        for (reference, live) in all {
            let first = is_workload(live);
            let after = if first || workloads.is_empty() { &waited } else { &workloads };
            let id = steps.remove(live, Act::Delete { object: reference }, cause, &after.clone());
            if first {
                workloads.push(id);
            }
        }
        gone.insert(name, if workloads.is_empty() { waited } else { workloads });
    }
}

/// The objects of a domain that are ours.
fn of<'o>(observed: &'o Observed, domain: &str) -> impl Iterator<Item = (Reference, &'o Value)> {
    let value = super::label_value(domain);
    let all = observed
        .live
        .values()
        .filter(move |live| live["metadata"]["labels"]["foundry.domain"].as_str() == Some(&value));
    all.filter_map(|live| Some((Reference::of(live)?, live)))
}

/// The plan that starts the pods of the selected domains anew, what they require first.
pub fn restart(desired: &Desired, observed: &Observed) -> Plan {
    let mut steps = Steps::new(desired);
    let kinds = ["Deployment", "StatefulSet", "DaemonSet"];
    let mut items: Vec<&Item> = desired
        .chosen()
        .filter(|i| i.object["kind"].as_str().is_some_and(|kind| kinds.contains(&kind)))
        .collect();
    items.sort_by_key(|i| (desired.rank(i.domain.as_deref()), rank(&i.object)));
    for item in items {
        let reference = Reference::of(&item.object).filter(|r| observed.get(r).is_some());
        if let Some(object) = reference {
            steps.add(item, Act::Restart { object }, vec!["asked for".to_owned()], Expect::Anything);
        }
    }
    steps.plan(0, Vec::new())
}
