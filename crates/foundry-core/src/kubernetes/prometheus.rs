//! How Prometheus finds a domain: what its `monitoring` says.

use super::object::{Object, labels, selector};
use super::services::{Declared, declared};
use super::unit::Unit;
use serde_json::{Value, json};

/// The port of the service that its domain's `monitoring` names.
pub(super) fn target(unit: &Unit<'_>) -> Option<Declared> {
    let wanted = unit.domain.record.get("monitoring")?.get("port")?;
    let fits = |d: &Declared| match wanted {
        Value::Number(n) => n.as_u64() == Some(u64::from(d.port)),
        Value::String(name) => d.name == *name || name.parse() == Ok(d.port),
        _ => false,
    };
    declared(unit).into_iter().find(fits)
}

fn text<'a>(unit: &Unit<'a>, key: &str) -> Option<&'a str> {
    unit.domain.record.get("monitoring")?.get(key)?.as_str()
}

/// The ServiceMonitor of the service, where the cluster has such.
pub(super) fn monitor(unit: &Unit<'_>) -> Option<Object> {
    let port = target(unit).filter(|_| unit.settings.monitoring_kind == "ServiceMonitor")?;
    let (domain, name) = (unit.domain_name(), &unit.service.name);
    let endpoint = json!({"port": port.name, "path": text(unit, "path"), "scheme": text(unit, "scheme")});
    let spec = json!({"selector": {"matchLabels": selector(domain, name)}, "endpoints": [endpoint]});
    let metadata = json!({"labels": labels(domain, name, None)});
    Some(Object::new("monitoring.coreos.com/v1", "ServiceMonitor", name, metadata, json!({"spec": spec})))
}

/// Annotations of the pods, where Prometheus looks at those.
pub(super) fn annotations(unit: &Unit<'_>) -> Vec<(&'static str, String)> {
    let Some(port) = target(unit).filter(|_| unit.settings.monitoring_kind == "annotations") else {
        return Vec::new();
    };
    let mut all =
        vec![("prometheus.io/scrape", "true".to_owned()), ("prometheus.io/port", port.port.to_string())];
    all.extend(text(unit, "path").map(|p| ("prometheus.io/path", p.to_owned())));
    all.extend(text(unit, "scheme").map(|s| ("prometheus.io/scheme", s.to_owned())));
    all
}
