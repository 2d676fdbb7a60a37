//! Requests and limits as quantities.

use super::object::unless_empty;
use super::unit::Unit;
use serde_json::{Value, json};

/// `resources` of a container; null when nothing is said.
pub(super) fn resources(unit: &Unit<'_>) -> Value {
    let service = unit.service;
    let limit_memory = service.memory_limit.as_ref().map(|m| memory(m.value));
    let limit_cpu = service.cpu_limit.as_ref().map(|c| cpu(c.value));
    let reserved = |key: &str| unit.at(&format!("/deploy/resources/reservations/{key}"));
    let request_memory = unit.text("/mem_reservation").or_else(|| reserved("memory").and_then(Value::as_str));
    let request_memory = request_memory.and_then(|m| m.parse().ok()).map(memory);
    let request_cpu = reserved("cpus").and_then(Value::as_f64).map(cpu);
    let mut limits = json!({"cpu": limit_cpu, "memory": limit_memory});
    let own = unit.own("resources").and_then(Value::as_object).into_iter().flatten();
    for (key, value) in own {
        limits[key] = value.as_str().map_or_else(|| value.to_string(), str::to_owned).into();
    }
    unless_empty(json!({
        "requests": unless_empty(json!({"cpu": request_cpu, "memory": request_memory})),
        "limits": unless_empty(limits),
    }))
}

/// Bytes in the largest binary unit that divides them.
pub(super) fn memory(bytes: u64) -> String {
    for (shift, unit) in [(30, "Gi"), (20, "Mi"), (10, "Ki")] {
        if bytes > 0 && bytes.is_multiple_of(1 << shift) {
            return format!("{}{unit}", bytes >> shift);
        }
    }
    bytes.to_string()
}

/// Cores in thousandths.
pub(super) fn cpu(cores: f64) -> String {
    let thousandths = (cores * 1000.0).ceil() as u64;
    match thousandths % 1000 {
        0 => (thousandths / 1000).to_string(),
        _ => format!("{thousandths}m"),
    }
}
