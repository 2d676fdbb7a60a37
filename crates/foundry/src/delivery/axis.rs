//! The axes of a mode: the platform's issuer, and an app's in an application environment. One never changes the other.

use crate::scope::EnvScope;
use crate::session::{Loaded, Session};
use crate::ui::{Outcome, Table};
use foundry_core::edit::Change;
use foundry_core::kubernetes::{Settings, is_app};
use foundry_core::load::did_you_mean;
use foundry_core::model::{Engine, Environment};
use foundry_runtime::error::{Error, Kind, Result};
use serde_json::{Value, json};

/// Where every mode stands.
pub const ENVIRONMENTS: &str = "config-registry/env/environments.yml";

/// What is switched, as it was asked for.
pub enum Axis {
    /// The issuer of what the platform shows.
    Platform {
        /// Name of the ClusterIssuer.
        issuer: String,
    },
    /// The issuer of an app, or of every app, in an application environment.
    App {
        /// The app; `None` for all.
        name: Option<String>,
        /// The application environment.
        app_env: Option<String>,
        /// Name of the ClusterIssuer.
        issuer: String,
    },
}

/// What is switched, as an edit.
pub struct Edit {
    /// The environment.
    pub environment: String,
    /// The change in `environments.yml`.
    pub change: Change,
    /// The new issuer.
    pub issuer: String,
    /// A commit's message.
    pub message: String,
    /// The command as it could be typed again.
    pub command: String,
}

impl Axis {
    /// The edit that this is in the registry. `env` is what was said with `--env`.
    pub fn edit(self, loaded: &Loaded, env: Option<&str>) -> Result<Edit> {
        match self {
            Axis::Platform { issuer } => {
                let environment = on_cluster(loaded.environment(env)?)?.name.clone();
                Ok(Edit {
                    change: set(&["environments", &environment, "platform", "cert_issuer"], &issuer),
                    message: format!("{environment}: the platform's certificates by {issuer}"),
                    command: format!("foundry mode platform-certs {issuer} --env {environment}"),
                    issuer,
                    environment,
                })
            }
            Axis::App { name, app_env, issuer } => {
                let (environment, app_env) = place(loaded, env, app_env.as_deref())?;
                let name = name.map(|name| app(loaded, &environment, &name)).transpose()?;
                let at = |more: &[&str]| {
                    let path = ["environments", &environment, "apps", &app_env];
                    set(&path.iter().chain(more).copied().collect::<Vec<_>>(), &issuer)
                };
                let (change, who, named) = match &name {
                    Some(name) => (at(&["issuers", name]), name.clone(), format!(" {name}")),
                    None => (at(&["issuer"]), "all apps".to_owned(), String::new()),
                };
                Ok(Edit {
                    message: format!("{environment}: certificates of {who} in {app_env} by {issuer}"),
                    command: format!(
                        "foundry mode app{named} --env {environment} --app-env {app_env} --issuer {issuer}"
                    ),
                    change,
                    issuer,
                    environment,
                })
            }
        }
    }
}

fn set(path: &[&str], issuer: &str) -> Change {
    Change::Set(Change::path(path.iter().copied()), Value::from(issuer))
}

fn on_cluster(environment: &Environment) -> Result<&Environment> {
    if environment.engine == Engine::Kubernetes {
        return Ok(environment);
    }
    let message = format!("{} runs on {}, which has no issuers", environment.name, environment.engine.word());
    Err(Error::new(Kind::Usage, message).hint("choose an environment with `engine: kubernetes`"))
}

/// The environment and the application environment. `--env staging` may mean the latter, where it can mean nothing else.
fn place(loaded: &Loaded, env: Option<&str>, app_env: Option<&str>) -> Result<(String, String)> {
    let clusters = || loaded.registry.environments.iter().filter(|e| e.engine == Engine::Kubernetes);
    let apps = |e: &Environment| Settings::read(e).apps.into_iter().map(|a| a.name).collect::<Vec<_>>();
    if let (Some(env), None) = (env, app_env)
        && loaded.registry.environment(env).is_none()
    {
        let having: Vec<&Environment> = clusters().filter(|e| apps(e).iter().any(|a| a == env)).collect();
        match having.as_slice() {
            [only] => return Ok((only.name.clone(), env.to_owned())),
            [] => {}
            many => {
                let names: Vec<&str> = many.iter().map(|e| e.name.as_str()).collect();
                let message = format!("{} each have apps in {env}", names.join(" and "));
                let hint = format!("say which: --env {} --app-env {env}", names[0]);
                return Err(Error::new(Kind::Usage, message).hint(hint));
            }
        }
    }
    let environment = on_cluster(loaded.environment(env)?)?;
    let all = apps(environment);
    let name = &environment.name;
    match (app_env, all.as_slice()) {
        (_, []) => {
            let message = format!("{name} has no application environments");
            Err(Error::new(Kind::Usage, message)
                .hint(format!("declare one in {ENVIRONMENTS}, below environments.{name}.apps")))
        }
        (Some(wanted), all) if all.iter().any(|a| a == wanted) => Ok((name.clone(), wanted.to_owned())),
        (Some(wanted), all) => {
            let message =
                format!("{name} has no application environment `{wanted}`; it has {}", all.join(", "));
            let near = did_you_mean(wanted, all.iter().map(String::as_str)).unwrap_or(&all[0]);
            Err(Error::new(Kind::Usage, message)
                .hint(format!("say --app-env {near}, if that is what you mean")))
        }
        (None, [only]) => Ok((name.clone(), only.clone())),
        (None, many) => {
            let message = format!("which application environment of {name}? There are {}", many.join(", "));
            Err(Error::new(Kind::Usage, message).hint("name one with --app-env NAME"))
        }
    }
}

/// The name of a domain that is an app with a way in.
fn app(loaded: &Loaded, environment: &str, name: &str) -> Result<String> {
    loaded.check_domain(name)?;
    let Some(domain) = loaded.registry.deployed_in(environment).find(|d| d.name.value == name) else {
        let message = format!("{name} is not deployed in {environment}");
        return Err(Error::new(Kind::Refused, message).hint("see its `environments` in the list of domains"));
    };
    if !is_app(domain) {
        let message = format!("{name} belongs to the platform, and its issuer is the platform's");
        let hint = format!("switch that: foundry mode platform-certs ISSUER --env {environment}");
        return Err(Error::new(Kind::Refused, message).hint(hint));
    }
    match domain.record.get("ingress").and_then(Value::as_array).is_some_and(|all| !all.is_empty()) {
        true => Ok(name.to_owned()),
        false => Err(Error::new(Kind::Refused, format!("{name} has no way in, so no issuer signs for it"))
            .hint(format!("declare one first: `ingress` of {name} at {}", domain.span))),
    }
}

/// Shows every issuer of an environment.
pub fn show_modes(session: &Session, scope: &EnvScope, as_json: bool) -> Result<Outcome> {
    let loaded = session.load_valid()?;
    let environment = on_cluster(loaded.environment(scope.name())?)?;
    let settings = Settings::read(environment);
    let name = &environment.name;
    let mut rows: Vec<(&str, String, Option<String>, String)> = vec![(
        "platform",
        "-".to_owned(),
        settings.cert_issuer.clone(),
        format!("environments.{name}.platform.cert_issuer"),
    )];
    for app in &settings.apps {
        let at = format!("environments.{name}.apps.{}", app.name);
        rows.push(("apps", app.name.clone(), app.issuer.clone(), format!("{at}.issuer")));
        for (domain, issuer) in &app.issuers {
            let who = format!("{} / {domain}", app.name);
            rows.push(("app", who, Some(issuer.clone()), format!("{at}.issuers.{domain}")));
        }
    }
    if as_json {
        let row = |(axis, scope, issuer, at): &(&str, String, Option<String>, String)| json!({"axis": axis, "scope": scope, "issuer": issuer, "file": ENVIRONMENTS, "path": at});
        session.ui.json(&json!({"environment": name, "cluster": settings.cluster, "modes": rows.iter().map(row).collect::<Vec<_>>()}));
        return Ok(Outcome::DONE);
    }
    let mut table = Table::new(&["AXIS", "SCOPE", "ISSUER", "SAID BY"]);
    for (axis, scope, issuer, at) in rows {
        table.row([axis.to_owned(), scope, issuer.unwrap_or_else(|| "-".to_owned()), at]);
    }
    session.ui.print(table.text());
    Ok(Outcome::DONE)
}
