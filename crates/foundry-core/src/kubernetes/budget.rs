//! How many pods of a service may be away at once while nodes are drained.

use super::object::Object;
use super::unit::Unit;
use serde_json::{Value, json};

/// A PodDisruptionBudget for a workload of more than one pod: as many may be away as an update takes away.
pub(super) fn budget(unit: &Unit<'_>, objects: &[Object]) -> Option<Object> {
    let workload = objects.iter().find(|o| matches!(o.kind.as_str(), "Deployment" | "StatefulSet"))?;
    let replicas = workload.value.pointer("/spec/replicas").and_then(Value::as_u64).filter(|n| *n > 1)?;
    let together = unit.at("/deploy/update_config/parallelism").and_then(Value::as_u64).unwrap_or(1);
    let away = together.clamp(1, replicas - 1);
    let metadata = json!({"labels": workload.value.pointer("/metadata/labels")});
    let selector = workload.value.pointer("/spec/selector");
    let spec =
        json!({"maxUnavailable": away, "selector": selector, "unhealthyPodEvictionPolicy": "AlwaysAllow"});
    let name = &workload.name;
    Some(Object::new("policy/v1", "PodDisruptionBudget", name, metadata, json!({"spec": spec})))
}
