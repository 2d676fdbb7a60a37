//! Finds the kubeconfig, chooses its context, and opens the way to the API server.

use super::{Cluster, Values, problem};
use crate::Redactor;
use crate::error::{Error, Kind, Result};
use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::OnceCell;

/// How long the API server may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(30);

/// Which cluster, and how it is spoken to.
#[derive(Debug, Default)]
pub struct Options {
    /// The kubeconfig that the environment names; otherwise what `KUBECONFIG` says, or `~/.kube/config`.
    pub kubeconfig: Option<PathBuf>,
    /// The context that the environment names; otherwise the kubeconfig's current one.
    pub context: Option<String>,
    /// Knows the secret values that no output may contain.
    pub redactor: Redactor,
    /// Values of secrets that go into Secrets.
    pub values: Values,
    /// How long an object may take to become healthy, or to go.
    pub timeout: Option<Duration>,
}

impl Cluster {
    /// Opens the connection that the options and this process' environment ask for, and asks who answers.
    ///
    /// # Errors
    /// `Usage` when there is no such kubeconfig or context, `Unreachable` when the API server does not answer,
    /// `Engine` when it does not let us in.
    pub async fn connect(options: Options) -> Result<Cluster> {
        let (kubeconfig, from) = read(options.kubeconfig.as_deref())?;
        let context = choose(&kubeconfig, &from, options.context.as_deref())?;
        let chosen = KubeConfigOptions { context: Some(context.clone()), ..KubeConfigOptions::default() };
        let unusable = |error: &dyn std::error::Error| {
            Error::new(Kind::Usage, format!("{from}, context {context}: {}", problem::root(error)))
                .hint("look at it with `kubectl config view`, and mend it")
        };
        let mut config =
            Config::from_custom_kubeconfig(kubeconfig, &chosen).await.map_err(|e| unusable(&e))?;
        config.connect_timeout = Some(CONNECT);
        let address = config.cluster_url.to_string().trim_end_matches('/').to_owned();
        let client = kube::Client::try_from(config)
            .map_err(|error| problem::of(&format!("connecting to {address}"), &context, &error))?;
        let cluster = Cluster {
            client,
            address,
            context,
            limit: ANSWER,
            kinds: OnceCell::new(),
            redactor: options.redactor,
            values: options.values,
            timeout: options.timeout,
        };
        // Whether somebody answers who lets us in shows in the first answer that is needed anyway.
        cluster.kinds().await?;
        Ok(cluster)
    }
}

/// The kubeconfig and where it was read, for messages.
fn read(path: Option<&Path>) -> Result<(Kubeconfig, String)> {
    let unreadable = |from: &str, error: &dyn std::error::Error| {
        Error::new(Kind::Usage, format!("reading {from}: {}", problem::root(error)))
    };
    if let Some(path) = path {
        let from = path.display().to_string();
        let hint = "correct `kubeconfig:` of the environment in config-registry/env/environments.yml";
        return Kubeconfig::read_from(path)
            .map_err(|e| unreadable(&from, &e).hint(hint))
            .map(|found| (found, from));
    }
    match Kubeconfig::from_env() {
        Ok(Some(found)) => Ok((found, "the kubeconfig that KUBECONFIG names".to_owned())),
        Err(error) => Err(unreadable("the kubeconfig that KUBECONFIG names", &error)
            .hint("set KUBECONFIG to a file that is there, or unset it")),
        Ok(None) => {
            let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
            let path = home.join(".kube/config");
            let from = path.display().to_string();
            Kubeconfig::read_from(&path)
                .map_err(|e| {
                    unreadable(&from, &e)
                        .hint("set KUBECONFIG, or write `kubeconfig: FILE` for the environment in config-registry/env/environments.yml")
                })
                .map(|found| (found, from))
        }
    }
}

fn choose(kubeconfig: &Kubeconfig, from: &str, wanted: Option<&str>) -> Result<String> {
    let names: Vec<&str> = kubeconfig.contexts.iter().map(|c| c.name.as_str()).collect();
    let said = wanted.map(str::to_owned).or_else(|| kubeconfig.current_context.clone());
    let Some(name) = said.filter(|name| !name.is_empty()) else {
        return Err(Error::new(Kind::Usage, format!("{from} has no current context"))
            .hint("write `context: NAME` for the environment in config-registry/env/environments.yml"));
    };
    if names.contains(&name.as_str()) {
        return Ok(name);
    }
    let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    Err(Error::new(Kind::Usage, format!("{from} has no context `{name}`; there are: {there}"))
        .hint("correct `context:` of the environment in config-registry/env/environments.yml"))
}
