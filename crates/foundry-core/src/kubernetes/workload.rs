//! The workload that keeps a service's pods running, and everything that comes with it.

use super::env::Wanted;
use super::object::{Object, labels, selector};
use super::unit::Unit;
use super::{mounts, pod, services, walk};
use crate::diag::{Finding, Findings};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What one service becomes.
pub(super) struct Translated {
    pub objects: Vec<Object>,
    pub private: Vec<(String, BTreeMap<String, String>)>,
    pub claims: Vec<String>,
    pub needs_node: bool,
}

/// The objects of one service.
pub(super) fn translate(unit: &Unit<'_>, wanted: &mut Wanted, out: &mut Findings) -> Translated {
    walk::service(unit, out);
    let name = &unit.service.name;
    if !super::object::is_name(name) {
        out.push(
            Finding::error("TRN-004", &unit.service.span, format!("`{name}` cannot name a Service"))
                .help("use lower case letters, digits and `-`, beginning with a letter"),
        );
    }
    let kind = kind(unit, out);
    let is_job = matches!(kind, "Job" | "CronJob");
    let pod = pod::pod(unit, is_job, wanted, out);
    let kind = if kind == "Deployment" && !pod.claims.is_empty() { "StatefulSet" } else { kind };
    let mut objects = pod.objects;
    objects.push(workload(unit, kind, &pod.template, out));
    objects.extend(services::services(unit, out));
    Translated { objects, private: pod.private, claims: pod.claims, needs_node: pod.needs_node }
}

/// Whether the service only runs before others, in their pods.
pub(super) fn is_init_only(unit: &Unit<'_>) -> bool {
    let waits = |s: &crate::compose::Service| {
        s.depends_on
            .iter()
            .any(|d| d.service == unit.service.name && d.condition == "service_completed_successfully")
    };
    unit.project.services.iter().any(waits)
}

fn kind(unit: &Unit<'_>, out: &mut Findings) -> &'static str {
    const KINDS: [&str; 5] = ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"];
    if let Some(own) = unit.own("kind").and_then(Value::as_str) {
        if let Some(kind) = KINDS.iter().find(|k| k.eq_ignore_ascii_case(own)) {
            if *kind == "CronJob" && unit.own("schedule").is_none() {
                out.push(
                    Finding::error(
                        "TRN-002",
                        unit.service.at("x-foundry"),
                        format!("`{}` is a CronJob without a schedule", unit.service.name),
                    )
                    .help("add `schedule: \"0 3 * * *\"` to x-foundry"),
                );
            }
            return kind;
        }
        let message = format!("`{own}` is no kind of workload");
        unit.cannot(
            out,
            "x-foundry",
            message,
            "choose one of Deployment, StatefulSet, DaemonSet, Job, CronJob",
        );
    }
    match unit.text("/deploy/mode") {
        Some("global") => "DaemonSet",
        Some("replicated-job" | "global-job") => "Job",
        _ if unit.service.ends_by_itself() => "Job",
        _ => "Deployment",
    }
}

fn workload(unit: &Unit<'_>, kind: &str, template: &Value, out: &mut Findings) -> Object {
    let (domain, name) = (unit.domain_name(), &unit.service.name);
    let annotations = pod::annotations(unit.at("/deploy/labels").into_iter());
    let mut metadata = json!({"labels": labels(domain, name, None)});
    if !annotations.is_empty() {
        metadata["annotations"] = Value::Object(annotations);
    }
    let selector = json!({"matchLabels": selector(domain, name)});
    let replicas = unit.service.replicas;
    let attempts = || {
        let word = unit.service.restart.as_ref().map_or("no", |r| r.value.as_str());
        match word.strip_prefix("on-failure") {
            Some(rest) => rest.trim_start_matches(':').parse().unwrap_or(6),
            None => 0,
        }
    };
    let job = || json!({"backoffLimit": attempts(), "completions": (replicas > 1).then_some(replicas), "parallelism": (replicas > 1).then_some(replicas), "template": template});
    let ready = unit.text("/deploy/update_config/delay").and_then(super::probes::seconds);
    let (version, spec) = match kind {
        "StatefulSet" => (
            "apps/v1",
            json!({"replicas": replicas, "serviceName": name, "minReadySeconds": ready, "selector": selector, "template": template}),
        ),
        "DaemonSet" => {
            ("apps/v1", json!({"minReadySeconds": ready, "selector": selector, "template": template}))
        }
        "Job" => {
            // The template of a Job cannot be changed: a new one takes its place.
            metadata["annotations"]["kustomize.toolkit.fluxcd.io/force"] = "enabled".into();
            metadata["annotations"]["argocd.argoproj.io/sync-options"] = "Replace=true,Force=true".into();
            ("batch/v1", job())
        }
        "CronJob" => (
            "batch/v1",
            json!({"schedule": unit.own("schedule"), "concurrencyPolicy": "Forbid", "jobTemplate": {"spec": job()}}),
        ),
        _ => (
            "apps/v1",
            json!({"replicas": replicas, "minReadySeconds": ready, "strategy": strategy(unit, out), "selector": selector, "template": template}),
        ),
    };
    Object::new(version, kind, name, metadata, json!({"spec": spec}))
}

/// Compose stops the old container before it starts the new one, unless `start-first` is said.
fn strategy(unit: &Unit<'_>, out: &mut Findings) -> Value {
    if let Some(action) = unit.text("/deploy/update_config/failure_action").filter(|a| *a != "pause") {
        let message =
            format!("`{}` does `{action}` when an update fails; a Deployment pauses", unit.service.name);
        unit.cannot(
            out,
            "deploy",
            message,
            "write `failure_action: pause`, and revert the commit to go back",
        );
    }
    let at_once = match unit.at("/deploy/update_config/parallelism").and_then(Value::as_u64) {
        Some(0) => json!("100%"),
        Some(n) => json!(n),
        None => json!(1),
    };
    let (surge, unavailable) = match unit.text("/deploy/update_config/order") {
        Some("start-first") => (at_once, json!(0)),
        _ => (json!(0), at_once),
    };
    json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}})
}

/// The claims of a domain that `used` names.
pub(super) fn claims(unit: &Unit<'_>, used: &[String], out: &mut Findings) -> Vec<Object> {
    mounts::claims(unit, used, out)
}
