//! `foundry secret list|set|rotate|remove`: values in the registry's vault, by name.

use crate::carry_out::{CarryOut, Consent, carry_out};
use crate::command::plan::refuse_conflicts;
use crate::command::vault::VaultFile;
use crate::live::Live;
use crate::rewrite::refused;
use crate::scope::EnvScope;
use crate::session::{Loaded, Session};
use crate::ui::{Outcome, Table};
use crate::vault::VaultArgs;
use clap::{Args, Subcommand, ValueHint};
use foundry_core::edit::{remove_env, set_env};
use foundry_core::load::did_you_mean;
use foundry_core::load::env::parse_env;
use foundry_core::model::{EnvLine, LayerKind};
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::secret::random_text;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::io::{IsTerminal, Read};
use std::path::PathBuf;
use std::sync::Arc;

/// List, set and rotate the values of the registry's vault
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry secret list                         names and who uses them, no values
  foundry secret set SMTP_PASSWORD            asks for the value
  pass show smtp | foundry secret set SMTP_PASSWORD
  foundry secret rotate GRAFANA_ADMIN_PASSWORD   a new random value
  foundry secret rotate SMTP_PASSWORD --from new.txt --restart --env prod
                                              then deploy exactly the domains that use it, after asking

A value is never an argument: other people on the machine could read it there.")]
pub struct Secret {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Names of the vault's values and the domains that use them
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        vault: VaultArgs,
    },
    /// Set a value: typed, or read from standard input or a file
    Set {
        /// Its name.
        name: String,
        /// Read the value from this file.
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "random")]
        from: Option<PathBuf>,
        /// Make a random value.
        #[arg(long)]
        random: bool,
        /// Letters and digits of a random value.
        #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(8..=1024))]
        length: u16,
        #[command(flatten)]
        vault: VaultArgs,
    },
    /// Replace a value and name the domains that use it
    Rotate {
        /// Its name.
        name: String,
        /// Read the new value from this file (default: a random one).
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        from: Option<PathBuf>,
        /// Letters and digits of a random value.
        #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(8..=1024))]
        length: u16,
        /// Only name the domains that use it.
        #[arg(long, conflicts_with = "restart")]
        dry_run: bool,
        /// Then deploy the domains that use it, in the order of their relations: plan, ask, carry out.
        #[arg(long)]
        restart: bool,
        /// Do not ask.
        #[arg(short, long, requires = "restart")]
        yes: bool,
        /// Print JSON.
        #[arg(long, conflicts_with = "restart")]
        json: bool,
        #[command(flatten)]
        scope: EnvScope,
    },
    /// Take a value out of the vault
    Remove {
        /// Its name.
        name: String,
        #[command(flatten)]
        vault: VaultArgs,
    },
}

impl Secret {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        match self.action {
            Action::List { json, vault } => list(session, &vault, json).into(),
            Action::Set { name, from, random, length, vault } => {
                let value = match (random, from) {
                    (true, _) => random_text(length.into()),
                    (false, Some(file)) => from_file(&file),
                    (false, None) => ask(session, &name),
                };
                value.and_then(|value| set(session, &vault, &name, &value)).into()
            }
            Action::Rotate { name, from, length, dry_run, restart, yes, json, scope } => {
                let value = || from.as_deref().map_or_else(|| random_text(length.into()), from_file);
                let manner = Manner { dry_run, json };
                match restart {
                    true => rotate_and_deploy(session, &scope, &name, &value, yes).into(),
                    false => rotate(session, scope.vault_args(), &name, &value, manner).into(),
                }
            }
            Action::Remove { name, vault } => remove(session, &vault, &name).into(),
        }
    }
}

struct Manner {
    dry_run: bool,
    json: bool,
}

fn list(session: &Session, vault: &VaultArgs, as_json: bool) -> Result<Outcome> {
    let loaded = session.load_valid()?;
    let file = VaultFile::find(session, None, vault)?;
    let (opened, _) = file.open()?;
    let lines = read(opened.text(file.name())?.expose_secret());
    let lines: Vec<(&EnvLine, Vec<String>)> = lines.iter().map(|l| (l, consumers(&loaded, &l.key))).collect();
    if as_json {
        let one = |(line, users): &(&EnvLine, Vec<String>)| json!({"name": line.key, "line": line.key_span.line, "empty": line.value.is_empty(), "used_by": users});
        session
            .ui
            .json(&json!({"file": file.name(), "secrets": lines.iter().map(one).collect::<Vec<Value>>()}));
        return Ok(Outcome::DONE);
    }
    let mut table = Table::new(&["SECRET", "VALUE", "USED BY"]);
    for (line, users) in lines {
        let value = if line.value.is_empty() { "(empty)" } else { "set" };
        table.row([line.key.clone(), value.to_owned(), users.join(", ")]);
    }
    session.ui.print(table.text());
    Ok(Outcome::DONE)
}

/// Puts a value into the vault, which is made if there is none.
pub fn set(session: &Session, vault: &VaultArgs, name: &str, value: &SecretString) -> Result<Outcome> {
    let file = VaultFile::find(session, None, vault)?;
    if !file.exists() {
        let (password, label) = file.new_password()?;
        let text = set_env("", name, value.expose_secret()).map_err(refused)?;
        file.make(text.as_bytes(), &password, label.as_deref())?;
        session.ui.note(format!("Made {} with {name} in it.", file.name()));
        return Ok(Outcome::DONE);
    }
    let (opened, before) = file.open()?;
    let old = opened.text(file.name())?;
    let new = SecretString::from(set_env(old.expose_secret(), name, value.expose_secret()).map_err(refused)?);
    if new.expose_secret() == old.expose_secret() {
        session.ui.note(format!("{name} has this value already."));
        return Ok(Outcome::DONE);
    }
    file.replace(&before, &opened.seal(new.expose_secret().as_bytes())?)?;
    session.ui.note(format!("Set {name} in {}.", file.name()));
    Ok(Outcome::DONE)
}

fn rotate(
    session: &Session,
    vault: &VaultArgs,
    name: &str,
    value: &dyn Fn() -> Result<SecretString>,
    manner: Manner,
) -> Result<Outcome> {
    let loaded = session.load_valid()?;
    let file = VaultFile::find(session, None, vault)?;
    let (opened, before) = file.open()?;
    let old = opened.text(file.name())?;
    known(&read(old.expose_secret()), name, file.name())?;
    let users = consumers(&loaded, name);
    if !manner.dry_run {
        file.replace(&before, &opened.seal(changed(&old, name, value)?.expose_secret().as_bytes())?)?;
    }
    if manner.json {
        session.ui.json(&json!({"name": name, "rotated": !manner.dry_run, "used_by": users}));
        return Ok(Outcome::DONE);
    }
    if !manner.dry_run {
        session.ui.note(format!("{name} has a new value in {}.", file.name()));
    }
    session.ui.print(match users.as_slice() {
        [] => format!("{name} is used by no domain."),
        users => format!("{name} is used by {}. Next: foundry deploy {}", users.join(", "), users.join(" ")),
    });
    Ok(Outcome::DONE)
}

/// The vault's text with another value of `name`.
fn changed(old: &SecretString, name: &str, value: &dyn Fn() -> Result<SecretString>) -> Result<SecretString> {
    set_env(old.expose_secret(), name, value()?.expose_secret()).map(SecretString::from).map_err(refused)
}

/// Rotates, and deploys the domains whose files are other ones with the new value. What would keep them from being
/// deployed is found before the value is changed.
fn rotate_and_deploy(
    session: &Session,
    scope: &EnvScope,
    name: &str,
    value: &dyn Fn() -> Result<SecretString>,
    yes: bool,
) -> Result<Outcome> {
    let file = VaultFile::find(session, None, scope.vault_args())?;
    let (opened, sealed) = file.open()?;
    let old = opened.text(file.name())?;
    known(&read(old.expose_secret()), name, file.name())?;
    let new = changed(&old, name, value)?;
    let users = |loaded: &Loaded, environment: &str| {
        let mut users = consumers(loaded, name);
        users.retain(|user| loaded.registry.deployed_in(environment).any(|d| d.name.value == *user));
        Ok(users)
    };
    let (before, _) = Live::new(session, &scope.with_vault(file.name(), &old), users, true)?;
    let (live, _) = Live::new(session, &scope.with_vault(file.name(), &new), users, true)?;
    file.replace(&sealed, &opened.seal(new.expose_secret().as_bytes())?)?;
    session.ui.note(format!("{name} has a new value in {}.", file.name()));
    let users = changed_domains(&before, &live);
    let environment = &live.environment.name;
    if users.is_empty() {
        session.ui.print(format!("{name} is used by no domain of {environment}."));
        return Ok(Outcome::DONE);
    }
    session.ui.print(format!("{name} is used by {}.", users.join(", ")));
    let next =
        format!("the value is changed; go on with: foundry deploy {} --env {environment}", users.join(" "));
    let options = CarryOut {
        session,
        live: &live,
        command: "foundry secret rotate --restart",
        consent: &Consent::new(yes),
        question: None,
    };
    let done = carry_out(&options, async |engine| {
        let planned = live.plan(engine, &users, false).await?;
        refuse_conflicts(session, &live, &planned)?;
        Ok(planned.plan)
    });
    let done = done.map_err(|error| error.hint(&next))?;
    if !matches!(done, Outcome::Code(0)) {
        session.ui.complain(format!("  = help: {next}"));
    }
    Ok(done)
}

/// The domains whose rendered files differ, in file order.
fn changed_domains(before: &Live, after: &Live) -> Vec<String> {
    let digests = |live: &Live, domain: &str| -> Vec<(String, String)> {
        live.rendered.artifacts.of(domain).map(|f| (f.path.clone(), f.content.digest())).collect()
    };
    let all = after.loaded.registry.deployed_in(&after.environment.name).map(|d| d.name.value.clone());
    all.filter(|domain| digests(before, domain) != digests(after, domain)).collect()
}

fn remove(session: &Session, vault: &VaultArgs, name: &str) -> Result<Outcome> {
    let loaded = session.load_valid()?;
    let file = VaultFile::find(session, None, vault)?;
    let (opened, before) = file.open()?;
    let old = opened.text(file.name())?;
    if !read(old.expose_secret()).iter().any(|l| l.key == name) {
        session.ui.note(format!("{name} is not in {}.", file.name()));
        return Ok(Outcome::DONE);
    }
    let users = consumers(&loaded, name);
    if !users.is_empty() {
        return Err(Error::new(Kind::Refused, format!("{name} is used by {}", users.join(", ")))
            .hint("take it out of their templates first"));
    }
    let new = SecretString::from(remove_env(old.expose_secret(), name));
    file.replace(&before, &opened.seal(new.expose_secret().as_bytes())?)?;
    session.ui.note(format!("Removed {name} from {}.", file.name()));
    Ok(Outcome::DONE)
}

fn read(text: &str) -> Vec<EnvLine> {
    parse_env(&Arc::from(""), text, LayerKind::Vault).0.lines
}

fn known(lines: &[EnvLine], name: &str, file: &str) -> Result<()> {
    if lines.iter().any(|l| l.key == name) {
        return Ok(());
    }
    let error = Error::new(Kind::Usage, format!("{name} is not in {file}"));
    Err(match did_you_mean(name, lines.iter().map(|l| l.key.as_str())) {
        Some(near) => error.hint(format!("write {near}, if that is what you mean")),
        None => error.hint(format!("put it there: foundry secret set {name}")),
    })
}

/// The domains whose templates name `secret`, or a key whose value refers to it.
fn consumers(loaded: &Loaded, secret: &str) -> Vec<String> {
    let registry = &loaded.registry;
    let mut names = vec![secret.to_owned()];
    let files = || registry.base.iter().chain(registry.overrides.values()).chain(&registry.host_env);
    let mut at = 0;
    while at < names.len() {
        let reference = format!("${{{}}}", names[at]);
        let lines = files().flat_map(|f| &f.lines).filter(|l| l.value.contains(&reference));
        let more: Vec<String> = lines.map(|l| l.key.clone()).filter(|key| !names.contains(key)).collect();
        names.extend(more);
        at += 1;
    }
    let uses = |text: &str| {
        let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        words.any(|word| names.iter().any(|name| name == word))
    };
    let everywhere = registry.machine_templates.iter().any(|t| uses(&t.text));
    let all = registry.domains.iter().map(|d| &d.name.value).filter(|name| {
        let own = registry.templates.get(*name).into_iter().chain(registry.includes.get(*name)).flatten();
        everywhere || own.into_iter().any(|t| uses(&t.text))
    });
    all.cloned().collect()
}

fn ask(session: &Session, name: &str) -> Result<SecretString> {
    let mut input = std::io::stdin();
    if input.is_terminal() {
        let asked = session.ui.password(&format!("Value of {name}:"))?;
        return asked
            .map(SecretString::from)
            .ok_or_else(|| Error::new(Kind::Usage, format!("there is no value for {name}")));
    }
    let mut text = String::new();
    input.read_to_string(&mut text).map_err(|e| Error::io("reading", "standard input", &e))?;
    one_line(text, "standard input")
}

fn from_file(file: &std::path::Path) -> Result<SecretString> {
    let text = std::fs::read_to_string(file).map_err(|e| Error::io("reading", file.display(), &e))?;
    one_line(text, &file.display().to_string())
}

fn one_line(text: String, from: &str) -> Result<SecretString> {
    let value = text.trim_end_matches(['\n', '\r']);
    if value.is_empty() {
        return Err(Error::new(Kind::Usage, format!("{from} holds no value")));
    }
    Ok(SecretString::from(value.to_owned()))
}
