//! `foundry env show|explain|set`: which layer sets what.

use crate::command::port::{How, finish};
use crate::rewrite::{BASE, Rewrite, refused};
use crate::session::{Loaded, Session};
use crate::ui::{Outcome, Table};
use clap::{Args, Subcommand};
use foundry_core::edit::set_env;
use foundry_core::load::did_you_mean;
use foundry_core::load::env::{Layered, ResolvedEnv, ResolvedValue, looks_secret};
use foundry_runtime::error::{Error, Kind, Result};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

/// What stands where a secret would be shown.
const MASK: &str = "••••••••";

/// Show the merged environment and where each value comes from; set values
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry env show --env prod             every key with the file that wins
  foundry env explain DOMAIN --env prod   every layer that sets DOMAIN, the winner first
  foundry env set DOMAIN=example.org      in base.env, for every environment
  foundry env set LOG_LEVEL=debug --env dev   in overrides/dev.env")]
pub struct Env {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Every key, its value (secrets masked) and the file that sets it
    Show {
        #[command(flatten)]
        common: Common,
    },
    /// Set keys in base.env, or with --env in that environment's override file; comments and order stay
    Set {
        /// What to set.
        #[arg(value_name = "KEY=VALUE", required = true)]
        pairs: Vec<String>,
        /// The environment that it is for (default: all, in base.env).
        #[arg(short, long = "env", value_name = "NAME", add = crate::complete::environments())]
        env: Option<String>,
        #[command(flatten)]
        how: How,
    },
    /// Every layer that sets one key, the winner first
    Explain {
        /// The key.
        key: String,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, Args)]
struct Common {
    #[command(flatten)]
    scope: crate::scope::EnvScope,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Env {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        match self.action {
            Action::Show { common } => show(session, &common).into(),
            Action::Set { pairs, env, how } => set(session, &pairs, env.as_deref(), how).into(),
            Action::Explain { key, common } => explain(session, &key, &common).into(),
        }
    }
}

fn resolve(session: &Session, common: &Common) -> Result<(Loaded, String, ResolvedEnv)> {
    let mut loaded = session.load_valid()?;
    let name = loaded.environment(common.scope.name())?.name.clone();
    let (resolved, mut findings) = common.scope.resolve(session, &loaded, &name)?;
    if findings.has_errors() {
        findings.sort();
        session.ui.complain_findings(&findings, &loaded.sources());
    }
    loaded.findings.extend(findings);
    Ok((loaded, name, resolved))
}

fn show(session: &Session, common: &Common) -> Result<Outcome> {
    let (_, name, resolved) = resolve(session, common)?;
    if common.json {
        let values: serde_json::Map<String, Value> =
            resolved.values.iter().map(|(key, value)| (key.clone(), as_json(value))).collect();
        session.ui.json(&json!({"environment": name, "values": values}));
        return Ok(Outcome::DONE);
    }
    let mut table = Table::new(&["KEY", "VALUE", "SET IN"]);
    for (key, value) in &resolved.values {
        table.row([
            key.clone(),
            shown(value.value.expose_secret(), value.secret),
            value.layers[0].span.to_string(),
        ]);
    }
    session.ui.print(table.text());
    Ok(Outcome::DONE)
}

fn explain(session: &Session, key: &str, common: &Common) -> Result<Outcome> {
    let (_, name, resolved) = resolve(session, common)?;
    let Some(value) = resolved.get(key) else {
        let error = Error::new(Kind::Findings, format!("no layer of {name} sets {key}"));
        return Err(match did_you_mean(key, resolved.values.keys().map(String::as_str)) {
            Some(near) => error.hint(format!("try `foundry env explain {near}`")),
            None => error.hint("list all keys with `foundry env show`"),
        });
    };
    if common.json {
        session.ui.json(&json!({"environment": name, "key": key, "value": as_json(value)}));
        return Ok(Outcome::DONE);
    }
    session.ui.print(format!("{key} = {}", shown(value.value.expose_secret(), value.secret)));
    let mut table = Table::new(&["LAYER", "VALUE", "SET IN"]);
    for (i, layer) in value.layers.iter().enumerate() {
        let word = format!("{} {}", if i == 0 { "→" } else { " " }, layer.kind.word());
        table.row([word, shown(layer.raw.expose_secret(), value.secret), layer.span.to_string()]);
    }
    session.ui.print(table.text());
    Ok(Outcome::DONE)
}

fn set(session: &Session, pairs: &[String], environment: Option<&str>, how: How) -> Result<Outcome> {
    let loaded = session.load_valid()?;
    let path = match environment {
        Some(name) => format!("config-registry/env/overrides/{}.env", loaded.environment(Some(name))?.name),
        None => BASE.to_owned(),
    };
    let mut rewrite = Rewrite::of(&loaded);
    for pair in pairs {
        let Some((key, value)) = pair.split_once('=') else {
            return Err(
                Error::new(Kind::Usage, format!("`{pair}` sets nothing")).hint(format!("write {pair}=VALUE"))
            );
        };
        if looks_secret(key) && !value.is_empty() && !value.starts_with("${") {
            return Err(Error::new(
                Kind::Refused,
                format!("{key} looks like a secret, and {path} is readable in Git"),
            )
            .hint(format!("put it into the vault: foundry secret set {key}")));
        }
        let text = set_env(&rewrite.text(&path)?, key, value).map_err(refused)?;
        rewrite.put(&path, text);
    }
    finish(session, &loaded, &rewrite, how, json!({}))
}

fn shown(value: &str, secret: bool) -> String {
    match (value.is_empty(), secret) {
        (true, _) => "(empty)".to_owned(),
        (false, true) => MASK.to_owned(),
        (false, false) => value.to_owned(),
    }
}

fn as_json(value: &ResolvedValue) -> Value {
    let text = |raw: &secrecy::SecretString| {
        if value.secret && !raw.expose_secret().is_empty() { Value::Null } else { raw.expose_secret().into() }
    };
    let layer = |l: &Layered| json!({"layer": l.kind.word(), "file": l.file.as_ref(), "line": l.span.line, "value": text(&l.raw)});
    json!({
        "value": text(&value.value),
        "secret": value.secret,
        "layers": value.layers.iter().map(layer).collect::<Vec<_>>(),
    })
}
