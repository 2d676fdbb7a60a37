//! How far an object has come, by its kind: what `kubectl rollout status` looks at.

use serde_json::Value;

/// How an object stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It is as far as it should come.
    Ready,
    /// It is on its way; where it is.
    Waiting(String),
    /// It will not come further by itself; why.
    Failed(String),
}

/// Kinds that keep pods running.
pub const WORKLOADS: [&str; 5] = ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"];

/// Whether an object of this kind keeps pods running.
pub fn is_workload(object: &Value) -> bool {
    object["kind"].as_str().is_some_and(|kind| WORKLOADS.contains(&kind))
}

/// How `object`, as the server has it, stands.
pub fn health(object: &Value) -> Health {
    let status = &object["status"];
    let number = |key: &str| status[key].as_u64().unwrap_or(0);
    let wanted = object["spec"]["replicas"].as_u64().unwrap_or(1);
    let generation = object["metadata"]["generation"].as_u64().unwrap_or(0);
    let seen = number("observedGeneration") >= generation;
    match object["kind"].as_str().unwrap_or_default() {
        "Deployment" => {
            let late = condition(status, "Progressing", "False");
            if let Some(why) = late.filter(|_| seen) {
                return Health::Failed(why);
            }
            let old = number("replicas").saturating_sub(number("updatedReplicas"));
            let ready = number("availableReplicas").min(number("updatedReplicas"));
            rollout(seen, ready, wanted, old)
        }
        "StatefulSet" => {
            let old =
                if status["currentRevision"] == status["updateRevision"] || wanted == 0 { 0 } else { 1 };
            let old = if number("updatedReplicas") >= wanted { 0 } else { old };
            rollout(seen, number("readyReplicas"), wanted, old)
        }
        "DaemonSet" => {
            let wanted = number("desiredNumberScheduled");
            let ready = number("numberAvailable").min(number("updatedNumberScheduled"));
            rollout(seen, ready, wanted, 0)
        }
        "Job" => match (condition(status, "Complete", "True"), condition(status, "Failed", "True")) {
            (Some(_), _) => Health::Ready,
            (_, Some(why)) => Health::Failed(why),
            _ => Health::Waiting(format!("{} running", number("active"))),
        },
        "CustomResourceDefinition" => match condition(status, "Established", "True") {
            Some(_) => Health::Ready,
            None => Health::Waiting("not served yet".to_owned()),
        },
        _ => Health::Ready,
    }
}

fn rollout(seen: bool, ready: u64, wanted: u64, old: u64) -> Health {
    match (seen, ready >= wanted, old) {
        (false, ..) => Health::Waiting("not seen by its controller yet".to_owned()),
        (_, true, 0) => Health::Ready,
        (_, true, old) => Health::Waiting(format!("{old} of the older version still there")),
        _ => Health::Waiting(format!("{ready} of {wanted} ready")),
    }
}

/// The reason and message of a condition that has this status.
fn condition(status: &Value, kind: &str, value: &str) -> Option<String> {
    let all = status["conditions"].as_array()?;
    let found = all.iter().find(|c| c["type"] == kind && c["status"] == value)?;
    let (reason, message) = (found["reason"].as_str(), found["message"].as_str());
    Some([reason, message].into_iter().flatten().collect::<Vec<_>>().join(": "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_rollout_is_over_when_every_new_pod_is_ready_and_no_old_one_is_left() {
        let of = |status: Value| {
            health(
                &json!({"kind": "Deployment", "metadata": {"generation": 2}, "spec": {"replicas": 2}, "status": status}),
            )
        };
        let full =
            json!({"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2});
        assert_eq!(of(full.clone()), Health::Ready);
        assert_eq!(of(json!({})), Health::Waiting("not seen by its controller yet".into()));
        let with = |key: &str, value: Value| {
            let mut status = full.clone();
            status[key] = value;
            of(status)
        };
        assert_eq!(with("availableReplicas", json!(1)), Health::Waiting("1 of 2 ready".into()));
        assert_eq!(with("replicas", json!(3)), Health::Waiting("1 of the older version still there".into()));
        let late = json!([{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "too late"}]);
        assert_eq!(with("conditions", late), Health::Failed("ProgressDeadlineExceeded: too late".into()));
    }

    #[test]
    fn jobs_end_and_definitions_are_served() {
        let of = |kind: &str, condition: &str| {
            health(
                &json!({"kind": kind, "status": {"conditions": [{"type": condition, "status": "True", "reason": "r"}]}}),
            )
        };
        assert_eq!(of("Job", "Complete"), Health::Ready);
        assert_eq!(of("Job", "Failed"), Health::Failed("r".into()));
        assert_eq!(of("CustomResourceDefinition", "Established"), Health::Ready);
        assert_eq!(health(&json!({"kind": "Service"})), Health::Ready);
    }
}
