//! The engine of an environment: connect, observe, plan; what the live commands share.

use crate::pipeline::{Rendered, prepare, set_stale_metadata_aside, waived};
use crate::scope::EnvScope;
use crate::session::{Loaded, Session};
use foundry_core::check::Answer;
use foundry_core::diag::{Finding, Findings, Severity};
use foundry_core::load::env::ResolvedEnv;
use foundry_core::model::{Engine, Environment};
use foundry_core::plan::{self, Desired, Observed, Plan};
use foundry_runtime::engine::compose::{Compose, Contents, Layout, Options, Scope};
use foundry_runtime::engine::kubernetes::{self as cluster, Cluster};
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::{Cancel, Redactor};
use futures_util::StreamExt;
use secrecy::ExposeSecret;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::time::Duration;

/// Runs `work` on an async runtime of its own; Ctrl-C and SIGTERM raise the flag it is given.
pub fn run<T>(work: impl AsyncFnOnce(Cancel) -> Result<T>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| Error::new(Kind::Host, format!("starting the async runtime: {e}")))?;
    runtime.block_on(async {
        let cancel = Cancel::new();
        let flag = cancel.clone();
        tokio::spawn(async move {
            ended_from_outside().await;
            flag.cancel();
        });
        work(cancel).await
    })
}

async fn ended_from_outside() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// Runs `work`, but gives up when the flag is raised first.
pub async fn or_cancelled<T>(cancel: &Cancel, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        done = work => done,
        () = cancel.cancelled() => Err(Error::new(Kind::Cancelled, "interrupted; nothing was changed")),
    }
}

/// Opens the way to an environment's engine.
pub async fn connect(
    loaded: &Loaded,
    environment: &Environment,
    rendered: &Rendered,
    timeout: Option<Duration>,
) -> Result<Compose> {
    let mut options = Options::new(Layout::new(loaded.root.join("generated")));
    let elsewhere = format!(".foundry/{}/{}", loaded.registry.name, environment.name);
    options.remote_generated = Some(elsewhere.into());
    options.host = environment.host.clone();
    options.redactor = redactor(&rendered.env);
    options.timeout = timeout;
    Compose::connect(options).await
}

/// Opens the way to an environment's cluster; the kubeconfig stands where its settings say, seen from the registry.
pub async fn connect_cluster(
    loaded: &Loaded,
    environment: &Environment,
    env: &ResolvedEnv,
    timeout: Option<Duration>,
) -> Result<Cluster> {
    let text = |key: &str| environment.settings.get(key).and_then(serde_json::Value::as_str);
    let home = || std::env::var_os("HOME").map(std::path::PathBuf::from).unwrap_or_default();
    let kubeconfig = text("kubeconfig").map(|path| match path.strip_prefix("~/") {
        Some(below) => home().join(below),
        None => loaded.root.join(path),
    });
    let context = text("context").map(str::to_owned);
    let secrets = env.values.iter().filter(|(_, v)| v.secret);
    let values = secrets.map(|(key, v)| (key.clone(), v.value.clone())).collect();
    let (redactor, values) = (redactor(env), cluster::Values::new(values));
    Cluster::connect(cluster::Options { kubeconfig, context, redactor, values, timeout }).await
}

/// A registry rendered for an environment.
pub struct Live {
    /// The registry.
    pub loaded: Loaded,
    /// The environment.
    pub environment: Environment,
    /// What was rendered for it.
    pub rendered: Rendered,
}

impl Live {
    /// Says that what is shown may be incomplete, if the registry has errors; old metadata hides nothing.
    pub fn note_errors(&self, session: &Session) {
        let error = |f: &Finding| f.severity == Severity::Error && f.rule != "DRF-001";
        if self.rendered.findings.iter().any(error) {
            session.ui.note("The registry has errors, so this may be incomplete: see `foundry validate`.");
        }
    }

    /// Loads and renders for a command that knows Compose alone. With `checked` it stops at errors that concern the
    /// `chosen` domains.
    pub fn new(
        session: &Session,
        scope: &EnvScope,
        choose: impl FnOnce(&Loaded, &str) -> Result<Vec<String>>,
        checked: bool,
    ) -> Result<(Live, Vec<String>)> {
        Live::on(&[Engine::Compose], session, scope, choose, checked)
    }

    /// The same for a command that knows clusters too.
    pub fn anywhere(
        session: &Session,
        scope: &EnvScope,
        choose: impl FnOnce(&Loaded, &str) -> Result<Vec<String>>,
        checked: bool,
    ) -> Result<(Live, Vec<String>)> {
        Live::on(&[Engine::Compose, Engine::Kubernetes], session, scope, choose, checked)
    }

    fn on(
        engines: &[Engine],
        session: &Session,
        scope: &EnvScope,
        choose: impl FnOnce(&Loaded, &str) -> Result<Vec<String>>,
        checked: bool,
    ) -> Result<(Live, Vec<String>)> {
        let loaded = session.load_valid()?;
        let environment = loaded.environment(scope.name())?.clone();
        if !engines.contains(&environment.engine) {
            let engine = environment.engine.word();
            let message =
                format!("{} runs on {engine}, which this command cannot operate yet", environment.name);
            let words: Vec<String> = engines.iter().map(|e| format!("`engine: {}`", e.word())).collect();
            let hint = format!("choose an environment with {}", words.join(" or "));
            return Err(Error::new(Kind::Usage, message).hint(hint));
        }
        let chosen = choose(&loaded, &environment.name)?;
        let mut rendered = prepare(session, &loaded, scope, &environment.name)?;
        rendered.findings = waived(&loaded, std::mem::take(&mut rendered.findings));
        if checked {
            rendered.findings.retain(|f| concerns(f, &chosen));
            set_stale_metadata_aside(session, &mut rendered.findings);
            if rendered.findings.has_errors() {
                let sources = rendered.sources(&loaded);
                return Err(session.refuse(&sources, &mut rendered.findings));
            }
        }
        Ok((Live { loaded, environment, rendered }, chosen))
    }

    /// Opens the way to the environment's engine.
    pub async fn connect(&self, timeout: Option<Duration>) -> Result<Compose> {
        connect(&self.loaded, &self.environment, &self.rendered, timeout).await
    }

    /// What is wanted, for a plan about `chosen`.
    pub fn desired(&self, place: &str, chosen: &[String], prune: bool) -> Desired {
        let registry = &self.loaded.registry;
        let name = &self.environment.name;
        let domain = |d: &foundry_core::model::Domain| plan::Domain {
            name: d.name.value.clone(),
            external: !d.is_deployed_here(),
            requires: d.requires.iter().map(|r| r.value.clone()).collect(),
            project: self.rendered.projects.get(&d.name.value).cloned(),
            files: self
                .rendered
                .artifacts
                .of(&d.name.value)
                .map(|f| (f.full_path(), f.content.digest()))
                .collect(),
            origins: self.origins(d),
            private: self
                .rendered
                .artifacts
                .of(&d.name.value)
                .filter(|f| f.secret)
                .map(foundry_core::render::Artifact::full_path)
                .collect(),
        };
        Desired {
            registry: registry.name.clone(),
            environment: name.clone(),
            engine: self.environment.engine.word().to_owned(),
            place: place.to_owned(),
            domains: registry.domains.iter().filter(|d| d.is_in(name)).map(domain).collect(),
            networks: declared_networks(&self.loaded, name),
            selected: chosen.iter().cloned().collect::<BTreeSet<_>>(),
            prune,
        }
    }

    fn origins(&self, domain: &foundry_core::model::Domain) -> plan::Origins {
        let project = self.rendered.projects.get(&domain.name.value);
        let new = |project| plan::Origins::new(&self.loaded.registry, &self.rendered.env, domain, project);
        project.map(new).unwrap_or_default()
    }

    /// Contents of every rendered file, for the steps that write them.
    pub fn contents(&self) -> Contents {
        let mut contents = Contents::new();
        for file in &self.rendered.artifacts.files {
            let mode = if file.secret { 0o600 } else { 0o644 };
            contents.insert(file.full_path(), file.content.expose().as_bytes().to_vec(), mode);
        }
        contents
    }

    /// Observes the place and compares.
    pub async fn plan(&self, engine: &Compose, chosen: &[String], prune: bool) -> Result<Planned> {
        let observed = engine.observe(Scope::All).await?;
        Ok(self.compare(&engine.place(), &observed, chosen, prune))
    }

    /// What has to be done at `place`, where `observed` was seen.
    pub fn compare(&self, place: &str, observed: &Observed, chosen: &[String], prune: bool) -> Planned {
        let desired = self.desired(place, chosen, prune);
        let (plan, findings) = plan::compare(&desired, observed);
        let rolled_back_to = plan::rolled_back_to(&desired, &plan, observed);
        Planned { plan, findings, rolled_back_to }
    }
}

/// What image registries have under each rendered image, and the architecture of the environment's engine.
pub async fn ask_for_images(
    loaded: &Loaded,
    environment: &str,
    rendered: &Rendered,
) -> Result<(BTreeMap<String, Answer>, String)> {
    let environment = loaded.environment(Some(environment))?;
    let engine = connect(loaded, environment, rendered, None).await?;
    let architecture = engine.architecture().await?;
    let images: BTreeSet<&String> = rendered
        .projects
        .values()
        .flat_map(|p| &p.services)
        .filter(|s| s.build.is_none())
        .filter_map(|s| s.image.as_ref().map(|i| &i.value))
        .collect();
    let asked = images.into_iter().map(|image| async {
        let answer = match engine.remote_image(image).await {
            Ok(Some(found)) => Answer::Found { architectures: found.architectures },
            Ok(None) => Answer::Absent,
            Err(error) => Answer::Unknown { reason: error.message },
        };
        (image.clone(), answer)
    });
    let answers: Vec<_> = futures_util::stream::iter(asked).buffer_unordered(8).collect().await;
    Ok((answers.into_iter().collect(), architecture))
}

/// A plan and what stands in its way.
pub struct Planned {
    /// The steps.
    pub plan: Plan,
    /// Conflicts that planning found.
    pub findings: Findings,
    /// The older revision that the place was rolled back to, which the plan leaves.
    pub rolled_back_to: Option<String>,
}

/// Networks that `networks.yml` or a domain of the environment names.
fn declared_networks(loaded: &Loaded, environment: &str) -> BTreeMap<String, plan::SharedNetwork> {
    let mut networks = BTreeMap::new();
    for domain in loaded.registry.domains.iter().filter(|d| d.is_in(environment)) {
        for name in &domain.networks {
            networks.entry(name.value.clone()).or_insert_with(plan::SharedNetwork::default);
        }
    }
    for network in &loaded.registry.networks {
        let shared = plan::SharedNetwork {
            owner: network.owner.as_ref().map(|o| o.value.clone()),
            subnet: network.subnet.as_ref().map(|s| s.value.clone()),
            internal: network.internal,
        };
        networks.insert(network.name.value.clone(), shared);
    }
    networks
}

/// Knows every secret value of an environment.
pub fn redactor(env: &ResolvedEnv) -> Redactor {
    let secrets = env.values.values().filter(|v| v.secret);
    Redactor::new(secrets.map(|v| v.value.expose_secret().to_owned().into()))
}

/// Whether a finding is about these domains: it is in no other domain's files.
fn concerns(finding: &Finding, chosen: &[String]) -> bool {
    let Some(file) = finding.span.as_ref().map(|s| s.file.as_ref()) else { return true };
    let rest = file.strip_prefix("domains/").or_else(|| file.strip_prefix("generated/"));
    let Some((domain, _)) = rest.and_then(|r| r.split_once('/')) else { return true };
    chosen.iter().any(|c| c == domain)
}
