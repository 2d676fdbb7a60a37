//! What a container may use against what its service allows, and the words for a difference.

use super::Limits;
use crate::compose::Service;
use serde_json::Value;

/// The differences as causes: `memory 64 MiB → 32 MiB`.
pub(super) fn changes(service: &Service, seen: &Limits) -> Vec<String> {
    let wanted = wanted(service);
    let mut out = Vec::new();
    let mut differs = |what: &str, fits: bool, old: String, new: String| {
        if !fits {
            out.push(format!("{what} {old} → {new}"));
        }
    };
    let (a, b) = (seen, &wanted);
    differs("memory", a.memory == b.memory, bytes(a.memory), bytes(b.memory));
    let (x, y) = (a.memory_reservation, b.memory_reservation);
    differs("memory reservation", x == y, bytes(x), bytes(y));
    // Where nothing is said the engine allows as much swap as memory.
    let implied = b.memory_swap == 0 && [0, -1, b.memory.saturating_mul(2)].contains(&a.memory_swap);
    let swap = implied || a.memory_swap == b.memory_swap || a.memory != b.memory && b.memory_swap == 0;
    differs("memory and swap", swap, bytes(a.memory_swap), bytes(b.memory_swap));
    // Compose computes with 32 bits.
    let same = (a.nano_cpus - b.nano_cpus).abs() <= b.nano_cpus.abs() / 100_000;
    differs("cpus", same, cpus(a.nano_cpus), cpus(b.nano_cpus));
    for (what, old, new) in [
        ("cpu shares", a.cpu_shares, b.cpu_shares),
        ("cpu quota", a.cpu_quota, b.cpu_quota),
        ("cpu period", a.cpu_period, b.cpu_period),
        ("pids limit", a.pids.max(0), b.pids.max(0)),
    ] {
        differs(what, old == new, number(old), number(new));
    }
    let none = |text: &str| if text.is_empty() { "none".to_owned() } else { text.to_owned() };
    differs("cpuset", a.cpuset == b.cpuset, none(&a.cpuset), none(&b.cpuset));
    out
}

/// What Compose makes of the service.
pub fn wanted(service: &Service) -> Limits {
    let own = |key: &str| service.config.get(key);
    let resources = service.config.get("deploy").and_then(|d| d.get("resources"));
    let deploy = |part: &str, key: &str| resources.and_then(|r| r.get(part)?.get(key));
    let whole = |value: Option<&Value>| value.and_then(integer).unwrap_or(0);
    let either = |a: Option<&Value>, b: Option<&Value>| if whole(a) != 0 { whole(a) } else { whole(b) };
    let cpus = service.cpu_limit.as_ref().map_or(0.0, |c| c.value);
    Limits {
        memory: service.memory_limit.as_ref().and_then(|m| i64::try_from(m.value).ok()).unwrap_or(0),
        memory_reservation: either(own("mem_reservation"), deploy("reservations", "memory")),
        memory_swap: whole(own("memswap_limit")),
        nano_cpus: (cpus * 1e9).round() as i64,
        cpu_shares: whole(own("cpu_shares")),
        cpu_quota: whole(own("cpu_quota")),
        cpu_period: whole(own("cpu_period")),
        cpuset: own("cpuset").and_then(Value::as_str).unwrap_or_default().to_owned(),
        pids: either(own("pids_limit"), deploy("limits", "pids")),
    }
}

fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn number(value: i64) -> String {
    if value == 0 { "none".to_owned() } else { value.to_string() }
}

fn cpus(nano: i64) -> String {
    let text = format!("{:.3}", nano as f64 / 1e9);
    if nano == 0 { "none".to_owned() } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
}

fn bytes(count: i64) -> String {
    const UNITS: [(&str, i64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match UNITS.iter().find(|(_, size)| count != 0 && count % size == 0) {
        _ if count <= 0 => "none".to_owned(),
        Some((unit, size)) => format!("{} {unit}", count / size),
        None => format!("{count} bytes"),
    }
}
