//! Who waits for whom: one graph from `needs_api`, from which `dependsOn` and sync waves both follow.

use super::tree::Placement;
use serde_json::Value;
use std::collections::BTreeMap;

/// The unit that makes the namespaces; every other one waits for it.
pub(super) const NAMESPACES: &str = "namespaces";

/// Waves of a layer begin at a multiple of this, above those of the layer below.
const BAND: i64 = 10;

/// The name of a placement's Kustomization or Application.
pub(super) fn name(placement: &Placement<'_>) -> String {
    unit_name(&placement.domain.name.value, placement.app.map(|app| app.name.as_str()))
}

/// The name of the unit of a domain in an application environment.
pub(super) fn unit_name(domain: &str, app: Option<&str>) -> String {
    app.map_or_else(|| domain.to_owned(), |app| format!("{domain}-{app}"))
}

/// The units whose API a placement needs, in the same application environment where both have one.
pub(super) fn needed<'p, 'a>(
    placement: &Placement<'a>,
    all: &'p [Placement<'a>],
) -> impl Iterator<Item = &'p Placement<'a>> {
    let needed = placement.domain.record.get("needs_api").and_then(Value::as_array);
    let app = placement.app.map(|a| &a.name);
    let same = move |p: &&'p Placement<'a>, wanted: &str| {
        p.domain.name.value == wanted && (p.app.is_none() || app.is_none() || p.app.map(|a| &a.name) == app)
    };
    let names: Vec<&str> = needed.into_iter().flatten().filter_map(Value::as_str).collect();
    all.iter().filter(move |p| names.iter().any(|wanted| same(p, wanted)))
}

/// What a placement waits for, by name and in order.
pub(super) fn before(placement: &Placement<'_>, all: &[Placement<'_>]) -> Vec<String> {
    let mut before: Vec<String> = needed(placement, all).map(name).collect();
    before.push(NAMESPACES.to_owned());
    before.sort();
    before.dedup();
    before
}

/// The wave of every unit: behind what it waits for, and each layer behind the whole layer below, so that nothing of a
/// higher layer can hold a lower one up.
pub(super) fn waves(all: &[Placement<'_>]) -> BTreeMap<String, i64> {
    let mut waves = BTreeMap::from([(NAMESPACES.to_owned(), 0)]);
    for (at, layer) in (0..).zip(["infrastructure", "platform", "apps"]) {
        let highest = waves.values().max().copied().unwrap_or(0);
        let start = if at == 0 { 1 } else { BAND * at.max(highest / BAND + 1) };
        let of_layer = |p: &&Placement<'_>| p.domain.layer.as_deref().unwrap_or("apps") == layer;
        let here: Vec<&Placement<'_>> = all.iter().filter(of_layer).collect();
        waves.extend(here.iter().map(|p| (name(p), start)));
        // A cycle, which is found elsewhere, must not keep this from ending.
        for _ in 0..here.len() {
            let later: Vec<(String, i64)> = here
                .iter()
                .filter_map(|p| {
                    let wave = before(p, all).iter().filter_map(|n| waves.get(n)).max()? + 1;
                    (waves[&name(p)] < wave).then(|| (name(p), wave))
                })
                .collect();
            if later.is_empty() {
                break;
            }
            waves.extend(later);
        }
    }
    waves
}
