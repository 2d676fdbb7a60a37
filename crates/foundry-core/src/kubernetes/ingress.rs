//! Ways in from outside: what the domain's `ingress` says.

use super::unit::Unit;
use serde_json::Value;
use std::collections::BTreeSet;

/// Container ports of the service that an ingress of its domain leads to.
pub(super) fn targets(unit: &Unit<'_>) -> BTreeSet<u16> {
    entries(unit.domain).filter_map(|entry| target(unit, entry)).collect()
}

/// The entries of a domain's `ingress`.
pub(super) fn entries(domain: &crate::model::Domain) -> impl Iterator<Item = &Value> {
    domain.record.get("ingress").and_then(Value::as_array).into_iter().flatten()
}

/// The container port of the service that an entry leads to: by number, or by its name in `ports.yml`.
pub(super) fn target(unit: &Unit<'_>, entry: &Value) -> Option<u16> {
    let declared = super::services::declared(unit);
    match entry.get("port")? {
        Value::Number(n) => {
            let port = u16::try_from(n.as_u64()?).ok()?;
            declared.iter().find(|d| d.port == port).map(|d| d.port)
        }
        Value::String(name) => {
            declared.iter().find(|d| d.name == *name || name.parse() == Ok(d.port)).map(|d| d.port)
        }
        _ => None,
    }
}
