//! What there is: domains of the registry and of the catalogue.

use crate::catalog;
use crate::session::Session;
use crate::ui::{Outcome, Table};
use foundry_core::model::Domain;
use foundry_core::render::metadata;
use foundry_core::yaml::emit;
use foundry_runtime::error::Result;
use serde_json::{Value, json};

pub(super) fn list(session: &Session, as_json: bool) -> Result<Outcome> {
    let loaded = session.load_valid()?;
    let registry = &loaded.registry;
    let ports = |d: &Domain| -> Vec<String> {
        let all = registry.ports_of(&d.name.value).map(|p| p.ports.as_slice()).unwrap_or_default();
        all.iter().map(|p| p.text.clone()).collect()
    };
    let names = |list: &[foundry_core::diag::Spanned<String>]| -> Vec<String> {
        list.iter().map(|n| n.value.clone()).collect()
    };
    if as_json {
        let one = |d: &Domain| {
            json!({
                "name": d.name.value, "description": d.record.get("description"), "placement": d.placement.word(),
                "requires": names(&d.requires), "ports": ports(d),
                "environments": d.environments.as_ref().map(|e| names(e)), "file": d.span.file.as_ref(), "line": d.span.line,
            })
        };
        session.ui.json(&json!({"domains": registry.domains.iter().map(one).collect::<Vec<Value>>()}));
        return Ok(Outcome::DONE);
    }
    let mut table = Table::new(&["DOMAIN", "PLACEMENT", "REQUIRES", "PORTS", "DESCRIPTION"]);
    for domain in &registry.domains {
        let description = domain.record.get("description").and_then(Value::as_str).unwrap_or_default();
        let cells = [
            &domain.name.value,
            domain.placement.word(),
            &names(&domain.requires).join(", "),
            &ports(domain).join(", "),
            description,
        ];
        table.row(cells.map(ToOwned::to_owned));
    }
    session.ui.print(table.text());
    Ok(Outcome::DONE)
}

pub(super) fn catalog(session: &Session, as_json: bool) -> Result<Outcome> {
    let all: Vec<_> =
        catalog::names().into_iter().filter_map(|name| Some((name, catalog::component(name)?))).collect();
    if as_json {
        let one = |(name, c): &(&str, foundry_core::edit::Component)| {
            json!({
                "name": name, "summary": c.summary, "requires": c.names("requires"),
                "secrets": c.secrets.iter().map(|s| &s.key).collect::<Vec<_>>(),
            })
        };
        session.ui.json(&json!({"catalog": all.iter().map(one).collect::<Vec<Value>>()}));
        return Ok(Outcome::DONE);
    }
    let mut table = Table::new(&["NAME", "REQUIRES", "WHAT IT IS"]);
    for (name, component) in all {
        table.row([name.to_owned(), component.names("requires").join(", "), component.summary.clone()]);
    }
    session.ui.print(table.text());
    Ok(Outcome::DONE)
}

pub(super) fn one(session: &Session, name: &str, as_json: bool) -> Result<Outcome> {
    let loaded = session.load_valid()?;
    loaded.check_domain(name)?;
    let registry = &loaded.registry;
    let Some(domain) = registry.domain(name) else { return Ok(Outcome::DONE) };
    let mut value = metadata::generate(registry, domain).value;
    if let Some(record) = value.as_object_mut() {
        record.shift_remove("_meta");
        let templates = registry.templates.get(name).into_iter().flatten();
        record.insert("templates".to_owned(), templates.map(|t| t.path.to_string()).collect());
        record.insert("declared_at".to_owned(), domain.span.to_string().into());
    }
    match as_json {
        true => session.ui.json(&value),
        false => session.ui.print(emit(&value)),
    }
    Ok(Outcome::DONE)
}
