//! A domain of the catalogue into the registry: record, relations, networks, ports, values, secrets, templates.

use crate::catalog;
use crate::command::port::How;
use crate::command::vault::VaultFile;
use crate::rewrite::{BASE, DOMAINS, NETWORKS, PORTS, Rewrite, refused};
use crate::session::{Loaded, Session};
use crate::ui::Outcome;
use crate::vault::VaultArgs;
use foundry_core::edit::{Component, Need, addition, set_env};
use foundry_core::load::did_you_mean;
use foundry_core::load::env::parse_env;
use foundry_core::model::{LayerKind, Registry};
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::files::{Mode, write_atomic};
use foundry_runtime::secret::random_text;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use std::sync::Arc;

pub(super) fn add(
    session: &Session,
    name: &str,
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
    collect(&loaded.registry, name, &mut order)?;
    let mut rewrite = Rewrite::of(&loaded);
    let mut kept = Vec::new();
    for (name, component) in &order {
        add_one(&mut rewrite, name, component, environments, &mut kept)?;
    }
    rewrite.follow_metadata();
    rewrite.check(session)?;
    let needs: Vec<&Need> = order.iter().flat_map(|(_, c)| &c.secrets).collect();
    let secrets =
        if how.dry_run { Secrets::default() } else { Secrets::prepare(session, &loaded, vault, &needs)? };
    let names: Vec<&str> = order.iter().map(|(name, _)| name.as_str()).collect();
    if how.json {
        session.ui.json(&json!({
            "added": names, "files": rewrite.json(), "written": !how.dry_run,
            "secrets_made": secrets.made, "secrets_missing": secrets.missing.iter().map(|n| &n.key).collect::<Vec<_>>(),
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
    secrets.write()?;
    for path in kept {
        session.ui.note(format!("{path} was there already and stays as it is."));
    }
    secrets.say(session);
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
            None => error.hint(format!("choose one of: {}", catalog::names().join(", "))),
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
    kept: &mut Vec<String>,
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
    for (below, text) in catalog::files(name) {
        let path = format!("domains/{name}/{below}");
        if rewrite.exists(&path) {
            kept.push(path);
        } else {
            rewrite.put(&path, text.to_owned());
        }
    }
    Ok(())
}

/// The vault as it will be.
#[derive(Default)]
struct Secrets<'a> {
    made: Vec<String>,
    missing: Vec<&'a Need>,
    new: Option<NewVault<'a>>,
}

struct NewVault<'a> {
    file: VaultFile<'a>,
    /// The vault's text on disk and the new one, sealed; the first is missing where there is no vault yet.
    before: Option<String>,
    sealed: String,
    /// A password file that has to be made with it.
    password: Option<(std::path::PathBuf, SecretString)>,
}

impl<'a> Secrets<'a> {
    /// Makes random values for what is nowhere set. Nothing is written yet.
    fn prepare(
        session: &'a Session,
        loaded: &Loaded,
        args: &'a VaultArgs,
        needs: &[&'a Need],
    ) -> Result<Secrets<'a>> {
        let mut secrets = Secrets::default();
        if needs.is_empty() {
            return Ok(secrets);
        }
        let file = VaultFile::find(session, None, args)?;
        let opened = if file.exists() { Some(file.open()?) } else { None };
        let old = match &opened {
            Some((opened, _)) => opened.text(file.name())?,
            None => SecretString::from(""),
        };
        let mut text = old.clone();
        let (there, _) = parse_env(&Arc::from(""), old.expose_secret(), LayerKind::Vault);
        for need in needs {
            if there.lines.iter().any(|l| l.key == need.key) {
                continue;
            }
            if need.random {
                let value = random_text(32)?;
                text = SecretString::from(
                    set_env(text.expose_secret(), &need.key, value.expose_secret()).map_err(refused)?,
                );
                secrets.made.push(need.key.clone());
            } else {
                secrets.missing.push(need);
            }
        }
        if secrets.made.is_empty() {
            return Ok(secrets);
        }
        secrets.new = Some(match opened {
            Some((opened, before)) => {
                let sealed = opened.seal(text.expose_secret().as_bytes())?;
                NewVault { file, before: Some(before), sealed, password: None }
            }
            None => first(loaded, file, &text)?,
        });
        Ok(secrets)
    }

    fn write(&self) -> Result<()> {
        let Some(new) = &self.new else { return Ok(()) };
        if let Some((path, password)) = &new.password {
            write_atomic(path, format!("{}\n", password.expose_secret()).as_bytes(), Mode::Private)?;
        }
        match &new.before {
            Some(before) => new.file.replace(before, &new.sealed),
            None => new.file.put(&new.sealed),
        }
    }

    fn say(&self, session: &Session) {
        if let Some(new) = &self.new {
            if let Some((path, _)) = &new.password {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                session.ui.note(format!("Made {name}, the vault's password: keep a copy in a safe place, without it the secrets are lost."));
            }
            session.ui.note(format!("Random values in {}: {}.", new.file.name(), self.made.join(", ")));
        }
        for need in &self.missing {
            let about = need.about.as_ref().map(|a| format!(" ({a})")).unwrap_or_default();
            session
                .ui
                .note(format!("Still empty: {}{about}. Set it: foundry secret set {}", need.key, need.key));
        }
    }
}

/// A first vault; where nobody gave a password, with a random one in `.vault_pass`, which Git has to ignore.
fn first<'a>(loaded: &Loaded, file: VaultFile<'a>, text: &SecretString) -> Result<NewVault<'a>> {
    let found = file.found_password()?;
    let ignored = loaded
        .registry
        .gitignore
        .as_ref()
        .is_some_and(|f| f.text.lines().any(|l| l.trim().trim_start_matches('/') == ".vault_pass"));
    let (password, label, made) = match found {
        Some((password, label)) => (password, label, None),
        None if ignored => {
            let password = random_text(40)?;
            (password.clone(), None, Some((loaded.root.join(".vault_pass"), password)))
        }
        None => {
            return Err(Error::new(
                Kind::Refused,
                "secrets are needed, and there is no vault and no password for one",
            )
            .hint("put .vault_pass into .gitignore, so that one can be made")
            .hint("name a password file with --vault-password-file FILE"));
        }
    };
    let sealed =
        foundry_runtime::secret::seal_vault(text.expose_secret().as_bytes(), &password, label.as_deref())?;
    Ok(NewVault { file, before: None, sealed, password: made })
}
