//! A health check as probes: ready when it passes, restarted when it keeps failing, given its time to start.

use super::unit::Unit;
use crate::diag::{Finding, Findings};
use serde_json::{Value, json};

/// What Compose takes where nothing is said, in seconds.
const INTERVAL: u64 = 30;
const TIMEOUT: u64 = 30;
const RETRIES: u64 = 3;

/// Probes of a container, each null where there is none.
#[derive(Default)]
pub(super) struct Probes {
    pub startup: Value,
    pub readiness: Value,
    pub liveness: Value,
}

/// The probes of a service.
pub(super) fn probes(unit: &Unit<'_>, out: &mut Findings) -> Probes {
    let Some(check) = unit.service.healthcheck.as_ref().filter(|h| !h.disabled) else {
        return Probes::default();
    };
    let command: Vec<String> = match check.test.first().map(String::as_str) {
        Some("CMD") => check.test[1..].to_vec(),
        Some("CMD-SHELL") => {
            ["/bin/sh", "-c"].map(str::to_owned).into_iter().chain(check.test[1..].to_vec()).collect()
        }
        _ => {
            out.push(
                Finding::error(
                    "TRN-002",
                    &check.span,
                    format!(
                        "`{}` has the health check of its image, which Kubernetes does not read",
                        unit.service.name
                    ),
                )
                .help("add `test:` to the healthcheck"),
            );
            return Probes::default();
        }
    };
    // Kubernetes expands `$(NAME)` in commands of containers, not of probes: nothing to escape.
    let exec = json!({"exec": {"command": command}});
    let time = |key: &str| unit.text(&format!("/healthcheck/{key}")).and_then(seconds);
    let interval = time("interval").unwrap_or(INTERVAL).max(1);
    let timeout = time("timeout").unwrap_or(TIMEOUT).max(1);
    let retries = unit.at("/healthcheck/retries").and_then(Value::as_u64).unwrap_or(RETRIES).max(1);
    let probe = |period: u64, failures: u64| {
        let mut probe = exec.clone();
        probe["periodSeconds"] = period.into();
        probe["timeoutSeconds"] = timeout.into();
        probe["failureThreshold"] = failures.into();
        probe
    };
    let startup = time("start_period").filter(|s| *s > 0).map(|start| {
        let period = time("start_interval").unwrap_or(interval).max(1);
        probe(period, start.div_ceil(period) + retries)
    });
    let wants_restart = unit.own("liveness") != Some(&Value::Bool(false));
    Probes {
        startup: startup.unwrap_or_default(),
        readiness: probe(interval, retries),
        // A container that only stopped answering for a while comes back by itself: three times the patience.
        liveness: if wants_restart { probe(interval, retries * 3) } else { Value::Null },
    }
}

/// `1m30s`, `2s`, `1.5s`, `500ms` in whole seconds, rounded up.
pub(super) fn seconds(text: &str) -> Option<u64> {
    let mut total = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        total += number
            * match &rest[..end] {
                "h" => 3600.0,
                "m" => 60.0,
                "s" => 1.0,
                "ms" => 0.001,
                _ => 0.000_001,
            };
        rest = &rest[end..];
    }
    Some(f64::ceil(total) as u64)
}
