//! A domain out of the registry's files, with every mention of it.

use crate::command::port::{How, finish};
use crate::rewrite::{DOMAINS, NETWORKS, PORTS, Rewrite};
use crate::session::Session;
use crate::ui::Outcome;
use foundry_core::edit::Change;
use foundry_core::model::Domain;
use foundry_runtime::error::{Error, Kind, Result};
use serde_json::json;

/// Lists of names in a record.
pub(super) const RELATIONS: [&str; 4] = ["requires", "consumes", "exposes_to", "needs_api"];

pub(super) fn remove(session: &Session, name: &str, how: How) -> Result<Outcome> {
    let loaded = session.load_valid()?;
    let registry = &loaded.registry;
    let Some(position) = registry.position(name) else {
        session.ui.note(format!("{name} is not in the registry."));
        return Ok(Outcome::DONE);
    };
    let needs = |d: &&Domain| d.requires.iter().any(|r| r.value == name);
    let dependents: Vec<&str> =
        registry.domains.iter().filter(needs).map(|d| d.name.value.as_str()).collect();
    if !dependents.is_empty() {
        return Err(Error::new(Kind::Refused, format!("{name} is required by {}", dependents.join(", ")))
            .hint(format!("remove them first, or take {name} out of their `requires`")));
    }
    let mut rewrite = Rewrite::of(&loaded);
    let own = format!("{name}-network");
    for (at, domain) in registry.domains.iter().enumerate().filter(|(at, _)| *at != position) {
        let lists = RELATIONS.iter().map(|key| (*key, name)).chain([("networks", own.as_str())]);
        for (key, gone) in lists {
            let list = domain.record.get(key).and_then(|l| l.as_array());
            let Some(index) = list.and_then(|l| l.iter().position(|n| n == gone)) else { continue };
            // An empty list says nothing: the key goes with its last name.
            let mut path = Change::path(["domains", &at.to_string(), key]);
            if list.is_some_and(|l| l.len() > 1) {
                path.push(index.to_string());
            }
            rewrite.yaml(DOMAINS, &[Change::Remove(path)])?;
        }
    }
    rewrite.yaml(DOMAINS, &[Change::Remove(Change::path(["domains", &position.to_string()]))])?;
    if registry.ports_of(name).is_some() {
        rewrite.yaml(PORTS, &[Change::Remove(Change::path([name]))])?;
    }
    if registry.networks.iter().any(|n| n.name.value == own) {
        rewrite.yaml(NETWORKS, &[Change::Remove(Change::path(["networks", &own]))])?;
    }
    rewrite.follow_metadata();
    let outcome = finish(session, &loaded, &rewrite, how, json!({"removed": name}))?;
    session.ui.note(format!(
        "domains/{name}/ and its data stay. If it runs: foundry clean, or docker compose -p {name} down."
    ));
    Ok(outcome)
}
