//! What a plan for a cluster makes of each answer that a server can give.

use super::*;
use crate::plan::{Action, Condition, Plan, Stop};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

fn object(kind: &str, domain: Option<&str>, name: &str) -> Value {
    let version = match kind {
        "Deployment" | "StatefulSet" => "apps/v1",
        "Job" => "batch/v1",
        "ExternalSecret" => "external-secrets.io/v1",
        _ => "v1",
    };
    let mut object = json!({"apiVersion": version, "kind": kind, "metadata": {"name": name, "labels": {
        "foundry.registry": "r", "foundry.environment": "home", "app.kubernetes.io/managed-by": "foundry"}}});
    if kind != "Namespace" {
        object["metadata"]["namespace"] = "apps".into();
    }
    if let Some(domain) = domain {
        object["metadata"]["labels"]["foundry.domain"] = domain.into();
    }
    object
}

fn item(kind: &str, domain: Option<&str>, name: &str) -> Item {
    Item { domain: domain.map(str::to_owned), app: None, object: object(kind, domain, name) }
}

fn desired(items: Vec<Item>) -> Desired {
    let member = |name: &str, requires: &[&str]| Member {
        name: name.to_owned(),
        requires: requires.iter().map(|r| (*r).to_owned()).collect(),
    };
    Desired {
        registry: "r".into(),
        environment: "home".into(),
        place: "here".into(),
        items,
        domains: vec![member("db", &[]), member("web", &["db"])],
        selected: BTreeSet::from(["db".to_owned(), "web".to_owned()]),
        all: true,
        prune: false,
    }
}

/// What is there, and what the server says to each wanted object.
fn observed(live: &[Value], tried: Vec<(&Item, Trial)>) -> Observed {
    let key = |o: &Value| Reference::of(o).expect("an object").key();
    Observed {
        live: live.iter().map(|o| (key(o), o.clone())).collect(),
        tried: tried.into_iter().map(|(i, t)| (key(&i.object), t)).collect(),
        unlisted: Vec::new(),
    }
}

fn lines(plan: &Plan) -> Vec<String> {
    let step = |s: &crate::plan::Step| {
        let (subject, verb) = (crate::plan::subject(s), crate::plan::verb(&s.action));
        format!("{subject} {verb} {}", s.causes.join("; "))
    };
    plan.steps.iter().map(step).collect()
}

fn refused(code: u16, message: &str) -> Trial {
    Trial::Refused { code, message: message.to_owned() }
}

#[test]
fn namespaces_come_first_and_dependents_wait_until_what_they_need_is_healthy() {
    let items = vec![
        item("Deployment", Some("web"), "web"),
        item("Service", Some("db"), "db"),
        item("StatefulSet", Some("db"), "db"),
        item("Namespace", None, "apps"),
    ];
    let desired = desired(items.clone());
    let namespace = Trial::Would { object: items[3].object.clone(), conflicts: Vec::new() };
    let tried = items
        .iter()
        .map(|i| (i, if i.object["kind"] == "Namespace" { namespace.clone() } else { Trial::NoNamespace }));
    let (plan, obstacles) = compare(&desired, &observed(&[], tried.collect()));
    assert_eq!(obstacles, []);
    let expected = ["namespace apps", "service apps/db", "statefulset apps/db", "deployment apps/web"];
    assert_eq!(lines(&plan), expected.map(|s| format!("{s} create no object")));
    let after: Vec<(usize, Condition)> = plan.steps[3].after.iter().map(|a| (a.step, a.condition)).collect();
    assert_eq!(after, [(1, Condition::Done), (3, Condition::Healthy)]);
}

#[test]
fn what_cannot_be_changed_in_place_is_replaced_unless_it_holds_data() {
    let (web, data) =
        (item("Deployment", Some("web"), "web"), item("PersistentVolumeClaim", Some("db"), "data"));
    let selector =
        "Deployment.apps \"web\" is invalid: spec.selector: Invalid value: {\"a\":\"b\"}: field is immutable";
    let claim =
        "PersistentVolumeClaim \"data\" is invalid: spec: Forbidden: spec is immutable after creation";
    let live = [web.object.clone(), data.object.clone()];
    let tried = vec![(&web, refused(422, selector)), (&data, refused(422, claim))];
    let (plan, obstacles) = compare(&desired(vec![web.clone(), data.clone()]), &observed(&live, tried));
    assert_eq!(lines(&plan), ["deployment apps/web replace spec.selector cannot be changed in place"]);
    assert_eq!(obstacles.len(), 1);
    assert!(
        obstacles[0].object == "persistentvolumeclaim apps/data"
            && obstacles[0].hint.contains("back the data up")
    );
}

#[test]
fn what_the_cluster_does_not_know_or_refuses_stands_in_the_way() {
    let (secret, job) = (item("ExternalSecret", Some("db"), "s"), item("Job", Some("db"), "j"));
    let tried =
        vec![(&secret, Trial::NoKind), (&job, refused(403, "jobs is forbidden: User \"u\" cannot patch"))];
    let (plan, obstacles) = compare(&desired(vec![secret.clone(), job.clone()]), &observed(&[], tried));
    assert!(plan.steps.is_empty());
    let said: Vec<&str> = obstacles.iter().map(|o| o.message.as_str()).collect();
    let known = "the cluster knows no ExternalSecret of external-secrets.io/v1";
    assert_eq!(said, [known, "jobs is forbidden: User \"u\" cannot patch"]);
    assert!(obstacles[0].hint.contains("secrets: runtime-inputs"), "{obstacles:?}");
    // Something under our name that is somebody else's, or of another registry, is never touched.
    for labels in [json!({}), json!({"foundry.registry": "other", "foundry.environment": "home"})] {
        let mut theirs = job.object.clone();
        theirs["metadata"]["labels"] = labels;
        let would = Trial::Would { object: job.object.clone(), conflicts: Vec::new() };
        let (plan, obstacles) =
            compare(&desired(vec![job.clone()]), &observed(&[theirs], vec![(&job, would)]));
        assert!(plan.steps.is_empty() && obstacles.len() == 1, "{plan} {obstacles:?}");
    }
}

#[test]
fn a_field_taken_over_names_its_owner_and_is_forced() {
    let web = item("Deployment", Some("web"), "web");
    let mut live = web.object.clone();
    live["spec"] = json!({"replicas": 3});
    let mut would = web.object.clone();
    would["spec"] = json!({"replicas": 1});
    let conflicts = vec![Conflict { manager: "kubectl-edit".into(), field: ".spec.replicas".into() }];
    let tried = vec![(&web, Trial::Would { object: would, conflicts })];
    let (plan, _) = compare(&desired(vec![web.clone()]), &observed(&[live], tried));
    assert_eq!(
        lines(&plan),
        ["deployment apps/web update spec.replicas 3 → 1; kubectl-edit owns spec.replicas"]
    );
    assert!(matches!(&plan.steps[0].action, Action::Cluster(Act::Apply { force: true, .. })));
}

#[test]
fn pruning_spares_claims_and_comes_last() {
    let web = item("Deployment", Some("web"), "web");
    let live = [object("Service", Some("old"), "old"), object("PersistentVolumeClaim", Some("old"), "data")];
    let would = || vec![(&web, Trial::Would { object: web.object.clone(), conflicts: Vec::new() })];
    let mut desired = desired(vec![web.clone()]);
    let (plan, _) = compare(&desired, &observed(&live, would()));
    assert_eq!(plan.orphans, ["persistentvolumeclaim apps/data", "service apps/old"]);
    desired.prune = true;
    let (plan, _) = compare(&desired, &observed(&live, would()));
    assert_eq!(
        lines(&plan),
        ["deployment apps/web create no object", "service apps/old remove no longer declared"]
    );
    assert_eq!((plan.orphans.len(), plan.steps[1].after[0].step), (1, 1));
}

#[test]
fn what_goes_goes_in_reverse_and_namespaces_of_others_stay() {
    let live = [
        object("Deployment", Some("web"), "web"),
        object("StatefulSet", Some("db"), "db"),
        object("PersistentVolumeClaim", Some("db"), "data"),
        object("Namespace", None, "apps"),
        object("Namespace", None, "shared"),
    ];
    let desired =
        desired(live[..2].iter().map(|o| Item { domain: None, app: None, object: o.clone() }).collect());
    let observed = observed(&live, Vec::new());
    let others = BTreeMap::from([("shared".to_owned(), vec!["configmap theirs".to_owned()])]);
    let plan = teardown(&desired, &observed, &others, false);
    assert_eq!(lines(&plan), ["deployment apps/web remove teardown", "statefulset apps/db remove teardown"]);
    assert_eq!(plan.orphans.len(), 2, "{plan}");
    let plan = teardown(&desired, &observed, &others, true);
    let expected =
        ["deployment apps/web", "statefulset apps/db", "persistentvolumeclaim apps/data", "namespace apps"];
    assert_eq!(lines(&plan), expected.map(|s| format!("{s} remove teardown")));
    assert_eq!(plan.steps[1].after[0].step, 1, "what requires it goes first");
    assert_eq!(plan.steps[3].after.len(), 3, "a namespace goes last");
    let mut only = desired.clone();
    only.selected = BTreeSet::from(["db".to_owned()]);
    let refusal = stop(&only, &observed, Stop::default()).expect_err("web runs");
    assert_eq!(refusal.dependents, ["web"]);
}
