//! What depends on where a domain lives: its policies, its ways in, and names of services in other namespaces.

use super::flows::{pairs, partners, units};
use super::object::{Object, labels};
use super::settings::{AppEnvironment, Settings};
use super::unit::Input;
use super::{ingress, namespaces_of, policy, services};
use crate::diag::Findings;
use crate::model::Domain;
use serde_json::json;
use std::collections::BTreeMap;

/// The objects of `domain` in the application environment `app`, in order, without namespaces.
pub fn placed(input: &Input<'_>, domain: &Domain, app: Option<&AppEnvironment>) -> Vec<Object> {
    let settings = Settings::read(input.environment);
    let name = app.map(|a| a.name.as_str());
    let mut all = policy::policies(input, &settings, domain, name);
    for unit in units(input, &settings, domain) {
        all.extend(ingress::objects(&unit, app));
    }
    all.extend(names(input, &settings, domain, name));
    all.sort_by(|a, b| a.rank().cmp(&b.rank()));
    all
}

/// Services of other namespaces under the names that Compose knows them by: one object for each name, owned by the
/// first domain of this namespace that needs it.
fn names(input: &Input<'_>, settings: &Settings, domain: &Domain, app: Option<&str>) -> Vec<Object> {
    let here = namespaces_of(domain, settings, app);
    let mut all: BTreeMap<String, Object> = BTreeMap::new();
    let (_, targets) = partners(input, domain);
    let mine = units(input, settings, domain);
    for other in targets {
        let there = namespaces_of(other, settings, app);
        let [namespace] = there.as_slice() else { continue };
        let neighbours = input.registry.deployed_in(&input.environment.name);
        let first = neighbours
            .filter(|d| super::flows::is_declared(d, other) && namespaces_of(d, settings, app) == here)
            .map(|d| &d.name.value)
            .min();
        if here.contains(namespace) || first != Some(&domain.name.value) {
            continue;
        }
        let theirs = units(input, settings, other);
        for (_, to) in pairs(&mine, &theirs) {
            for service in services::services(to, &mut Findings::new()) {
                if service.name.ends_with("-published") {
                    continue;
                }
                let target = format!("{}.{namespace}.svc.cluster.local", service.name);
                let metadata = json!({"labels": labels(&domain.name.value, &service.name, Some("name"))});
                let spec = json!({"spec": {"type": "ExternalName", "externalName": target}});
                all.insert(service.name.clone(), Object::new("v1", "Service", &service.name, metadata, spec));
            }
        }
    }
    all.into_values().collect()
}
