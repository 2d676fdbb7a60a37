//! Another name for a domain, wherever the registry's files say it; templates are left to their author.

use super::remove::RELATIONS;
use crate::command::port::{How, finish};
use crate::rewrite::{DOMAINS, NETWORKS, PORTS, Rewrite, is_current};
use crate::session::{Loaded, Session};
use crate::ui::Outcome;
use foundry_core::edit::Change;
use foundry_core::render::port_variable;
use foundry_runtime::error::{Error, Kind, Result};
use serde_json::json;

pub(super) fn rename(session: &Session, old: &str, new: &str, how: How) -> Result<Outcome> {
    let loaded = session.load_valid()?;
    let registry = &loaded.registry;
    if registry.domain(old).is_none() && registry.domain(new).is_some() {
        session.ui.note(format!("{new} has this name already."));
        return Ok(Outcome::DONE);
    }
    loaded.check_domain(old)?;
    let (from, to) = (loaded.root.join("domains").join(old), loaded.root.join("domains").join(new));
    if registry.domain(new).is_some() || to.exists() {
        return Err(
            Error::new(Kind::Refused, format!("there is a {new} already")).hint("choose another name")
        );
    }
    let mut rewrite = Rewrite::of(&loaded);
    let (own, renamed) = (format!("{old}-network"), format!("{new}-network"));
    for (at, domain) in registry.domains.iter().enumerate() {
        let at = at.to_string();
        let mut changes = Vec::new();
        if domain.name.value == old {
            changes.push(Change::Set(Change::path(["domains", &at, "name"]), new.into()));
        }
        let lists = RELATIONS.iter().map(|key| (*key, old, new)).chain([(
            "networks",
            own.as_str(),
            renamed.as_str(),
        )]);
        for (key, before, after) in lists {
            let list = domain.record.get(key).and_then(|l| l.as_array());
            if let Some(index) = list.and_then(|l| l.iter().position(|n| n == before)) {
                changes
                    .push(Change::Set(Change::path(["domains", &at, key, &index.to_string()]), after.into()));
            }
        }
        rewrite.yaml(DOMAINS, &changes)?;
    }
    if registry.ports_of(old).is_some() {
        rewrite.yaml(PORTS, &[Change::Rename(Change::path([old]), new.to_owned())])?;
    }
    for network in &registry.networks {
        let name = &network.name.value;
        if network.owner.as_ref().is_some_and(|o| o.value == old) {
            rewrite.yaml(NETWORKS, &[Change::Set(Change::path(["networks", name, "owner"]), new.into())])?;
        }
        if *name == own {
            rewrite.yaml(NETWORKS, &[Change::Rename(Change::path(["networks", &own]), renamed.clone())])?;
        }
    }
    rewrite.check(session)?;
    let moves = !how.dry_run && from.exists();
    if moves {
        std::fs::rename(&from, &to).map_err(|e| Error::io("renaming", from.display(), &e))?;
    }
    let outcome = finish(session, &loaded, &rewrite, how, json!({"renamed": old, "to": new}))?;
    if !how.dry_run {
        let moved = session.load_valid()?;
        let mut metadata = Rewrite::of(&moved);
        metadata.renew_metadata(|name| is_current(&loaded, if name == new { old } else { name }));
        metadata.write()?;
    }
    if moves {
        session.ui.note(format!("domains/{old}/ is domains/{new}/ now."));
    }
    for place in mentions(&loaded, old) {
        session.ui.note(format!("{place} still says {old}."));
    }
    Ok(outcome)
}

/// Lines of templates that name the domain or its port variables.
fn mentions(loaded: &Loaded, old: &str) -> Vec<String> {
    let variable = port_variable(old, "");
    let templates = loaded.registry.templates.values().flatten().chain(&loaded.registry.machine_templates);
    let mut places = Vec::new();
    for template in templates {
        let says = |line: &str| {
            let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
            line.contains(&variable)
                || words.into_iter().any(|word| word == old || word == format!("{old}-network"))
        };
        let lines = template.text.lines().enumerate().filter(|(_, line)| says(line));
        places.extend(lines.map(|(number, _)| format!("{}:{}", template.path, number + 1)));
    }
    places
}
