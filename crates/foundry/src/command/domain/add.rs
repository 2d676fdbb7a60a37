//! A domain of the catalogue, or of one image, into the registry: record, relations, networks, ports, values, secrets, templates.

use super::image::Image;
use crate::catalog;
use crate::command::port::How;
use crate::rewrite::{BASE, DOMAINS, NETWORKS, PORTS, Rewrite, refused};
use crate::session::{Loaded, Session};
use crate::ui::Outcome;
use crate::vault::VaultArgs;
use crate::vault_fill::VaultFill;
use foundry_core::edit::{Component, Need, addition, set_env};
use foundry_core::load::did_you_mean;
use foundry_core::load::env::parse_env;
use foundry_core::model::{LayerKind, Registry};
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::secret::random_text;
use serde_json::json;
use std::sync::Arc;

pub(super) fn add(
    session: &Session,
    name: &str,
    image: &Image,
    environments: &[String],
    how: How,
    vault: &VaultArgs,
) -> Result<Outcome> {
    let loaded = session.load_valid()?;
    for environment in environments {
        loaded.environment(Some(environment))?;
    }
    if let Some(domain) = loaded.registry.domain(name) {
        session.ui.note(format!("{name} is in the registry already ({}).", domain.span));
        return Ok(Outcome::DONE);
    }
    let mut order = Vec::new();
    let own = image.component(name)?;
    match &own {
        Some((component, _)) => {
            for required in component.names("requires") {
                collect(&loaded.registry, required, &mut order)?;
            }
            order.push((name.to_owned(), component.clone()));
        }
        None => collect(&loaded.registry, name, &mut order)?,
    }
    let mut rewrite = Rewrite::of(&loaded);
    let mut kept = Vec::new();
    for (name, component) in &order {
        add_one(&mut rewrite, name, component, environments)?;
        match &own {
            Some((own, template)) if own == component => {
                let template = [("templates/compose.yml.tmpl", template.as_str())];
                files(&mut rewrite, name, template.into_iter(), &mut kept);
            }
            _ => files(&mut rewrite, name, catalog::files(name), &mut kept),
        }
    }
    rewrite.follow_metadata();
    rewrite.check(session)?;
    let needs: Vec<&Need> = order.iter().flat_map(|(_, c)| &c.secrets).collect();
    let (fill, missing) =
        if how.dry_run { (None, Vec::new()) } else { secrets(session, &loaded, vault, &needs)? };
    let names: Vec<&str> = order.iter().map(|(name, _)| name.as_str()).collect();
    if how.json {
        session.ui.json(&json!({
            "added": names, "files": rewrite.json(), "written": !how.dry_run,
            "secrets_made": fill.as_ref().map_or(&[][..], |f| f.keys()), "secrets_missing": missing.iter().map(|n| &n.key).collect::<Vec<_>>(),
        }));
    } else {
        session.ui.print(rewrite.diff_where(|path| path.starts_with("config-registry/")));
        for name in &names {
            let folder = format!("domains/{name}/");
            let count = rewrite.changed().iter().filter(|path| path.starts_with(&folder)).count();
            session.ui.print(format!("{folder}  {count} files"));
        }
    }
    if how.dry_run {
        return Ok(Outcome::DONE);
    }
    rewrite.write()?;
    fill.iter().try_for_each(|fill| fill.write())?;
    for path in kept {
        session.ui.note(format!("{path} was there already and stays as it is."));
    }
    fill.iter().for_each(|fill| fill.say(session, "Random values"));
    for need in missing {
        let about = need.about.as_ref().map(|a| format!(" ({a})")).unwrap_or_default();
        session.ui.note(format!("Still empty: {}{about}. Set it: foundry secret set {}", need.key, need.key));
    }
    session.ui.note(format!(
        "Added {}. Next: foundry validate, foundry plan {}",
        names.join(", "),
        names.join(" ")
    ));
    Ok(Outcome::DONE)
}

/// The domain after those that it requires and that are not there yet.
fn collect(registry: &Registry, name: &str, order: &mut Vec<(String, Component)>) -> Result<()> {
    if registry.domain(name).is_some() || order.iter().any(|(n, _)| n == name) {
        return Ok(());
    }
    let Some(component) = catalog::component(name) else {
        let error = Error::new(Kind::Usage, format!("the catalogue has no `{name}`"));
        return Err(match did_you_mean(name, catalog::names()) {
            Some(near) => error.hint(format!("write {near}, if that is what you mean")),
            None => error.hint(format!("choose one of: {}", catalog::names().join(", "))).hint(format!(
                "or make one of your own: foundry domain add {name} --image IMAGE:TAG --port PORT"
            )),
        });
    };
    for required in component.names("requires") {
        collect(registry, required, order)?;
    }
    order.push((name.to_owned(), component.clone()));
    Ok(())
}

fn add_one(
    rewrite: &mut Rewrite<'_>,
    name: &str,
    component: &Component,
    environments: &[String],
) -> Result<()> {
    let now = rewrite.outcome().registry;
    let changes = addition(&now, name, component, environments, &catalog::component)
        .map_err(|why| Error::new(Kind::Refused, why))?;
    rewrite.yaml(DOMAINS, &changes.domains)?;
    rewrite.yaml(NETWORKS, &changes.networks)?;
    rewrite.yaml(PORTS, &changes.ports)?;
    let mut base = rewrite.text(BASE)?;
    let (there, _) = parse_env(&Arc::from(BASE), &base, LayerKind::Base);
    let fresh: Vec<_> =
        component.env.iter().filter(|s| !there.lines.iter().any(|l| l.key == s.key)).collect();
    if !fresh.is_empty() {
        base.push_str(&format!(
            "{}# {name}: {}\n",
            if base.is_empty() { "" } else { "\n" },
            component.summary
        ));
    }
    for setting in fresh {
        if let Some(about) = &setting.about {
            base.push_str(&format!("# {}: {about}\n", setting.key));
        }
        base = set_env(&base, &setting.key, &setting.value).map_err(refused)?;
    }
    rewrite.put(BASE, base);
    Ok(())
}

/// The files below `domains/<name>/`; those that are there stay.
fn files<'t>(
    rewrite: &mut Rewrite<'_>,
    name: &str,
    texts: impl Iterator<Item = (&'t str, &'t str)>,
    kept: &mut Vec<String>,
) {
    for (below, text) in texts {
        let path = format!("domains/{name}/{below}");
        if rewrite.exists(&path) {
            kept.push(path);
        } else {
            rewrite.put(&path, text.to_owned());
        }
    }
}

/// Random values for what is nowhere set; nothing is written yet. Also gives what only a person can get.
fn secrets<'a, 'n>(
    session: &'a Session,
    loaded: &Loaded,
    args: &'a VaultArgs,
    needs: &[&'n Need],
) -> Result<(Option<VaultFill<'a>>, Vec<&'n Need>)> {
    if needs.is_empty() {
        return Ok((None, Vec::new()));
    }
    let mut fill = VaultFill::begin(session, args)?;
    let mut missing = Vec::new();
    for need in needs {
        if fill.has(&need.key) {
            continue;
        }
        match need.random {
            true => fill.put(&need.key, &random_text(32)?)?,
            false => missing.push(*need),
        }
    }
    fill.seal(loaded)?;
    Ok((Some(fill), missing))
}
