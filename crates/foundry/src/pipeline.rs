//! The flow that commands are prefixes of: load → check → render → (observe → plan → execute).

use crate::scope::EnvScope;
use crate::session::{Loaded, Session};
use crate::ui::Sources;
use foundry_core::check;
use foundry_core::compose::{self, Marks, OVERLAY_FILE, Project, overlay};
use foundry_core::diag::{Findings, Severity};
use foundry_core::graph::Graph;
use foundry_core::kubernetes;
use foundry_core::load::env::ResolvedEnv;
use foundry_core::model::{Engine, Registry};
use foundry_core::render::{Artifact, Artifacts, Content, name_origins, render};
use foundry_runtime::clock::today_utc;
use foundry_runtime::error::Result;
use rayon::prelude::*;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A registry rendered for one environment, in memory.
pub struct Rendered {
    /// The environment's merged values.
    pub env: ResolvedEnv,
    /// The files.
    pub artifacts: Artifacts,
    /// The Compose projects that were read from them, by domain.
    pub projects: BTreeMap<String, Project>,
    /// Everything that was found on the way, registry and graph included; waivers are not applied yet.
    pub findings: Findings,
}

impl Rendered {
    /// Texts for drawing findings: the registry's files and the rendered ones that hold no secret.
    pub fn sources(&self, loaded: &Loaded) -> Sources {
        let mut sources = loaded.sources();
        for file in self.artifacts.files.iter().filter(|f| !f.secret) {
            sources.insert(generated_path(&file.full_path()).into(), file.content.shared());
        }
        sources
    }
}

/// The path of a rendered file in messages.
pub fn generated_path(below: &str) -> String {
    format!("generated/{below}")
}

/// Renders every domain of `environment` and checks the result. Findings do not stop it.
pub fn prepare(session: &Session, loaded: &Loaded, scope: &EnvScope, environment: &str) -> Result<Rendered> {
    let (mut env, env_findings) = scope.resolve(session, loaded, environment)?;
    if loaded.registry.environment(environment).is_some_and(|e| e.engine == Engine::Kubernetes) {
        // What is rendered goes into Git: no secret value takes part.
        env = kubernetes::marked(&env);
    }
    let mut findings = registry_findings(loaded, Some(environment));
    findings.extend(env_findings);
    Ok(render_all(loaded, environment, env, findings))
}

/// What the registry and graph phases find, with what loading found.
pub fn registry_findings(loaded: &Loaded, environment: Option<&str>) -> Findings {
    let mut findings = loaded.findings.clone();
    findings.extend(check::registry(&loaded.registry, &Graph::new(&loaded.registry), environment));
    findings
}

/// Takes out what is waived, and adds waivers that are expired or hit nothing.
pub fn waived(loaded: &Loaded, findings: Findings) -> Findings {
    let mut findings = check::waive(&loaded.registry, findings, today_utc());
    findings.sort();
    findings
}

/// Committed metadata is for other tools: that it lags behind keeps nothing from being rendered or deployed.
pub fn set_stale_metadata_aside(session: &Session, findings: &mut Findings) {
    let before = findings.count(Severity::Error);
    findings.retain(|f| f.rule != "DRF-001");
    match before - findings.count(Severity::Error) {
        0 => {}
        n => session.ui.note(format!("Committed metadata lags behind ({n}): foundry metadata commit.")),
    }
}

/// The same with one stand-in for every secret value: what may be hashed into a file that others can read.
pub fn masked(loaded: &Loaded, environment: &str, env: &ResolvedEnv) -> Rendered {
    let mut env = env.clone();
    for value in env.values.values_mut().filter(|v| v.secret && !v.value.expose_secret().is_empty()) {
        value.value = SecretString::from("secret".to_owned());
    }
    render_all(loaded, environment, env, Findings::new())
}

/// Renders with values that are merged already; `findings` come first.
pub fn render_all(loaded: &Loaded, environment: &str, env: ResolvedEnv, mut findings: Findings) -> Rendered {
    let registry = &loaded.registry;
    let (mut artifacts, render_findings) = render(registry, environment, &env);
    let complete = !render_findings.has_errors();
    findings.extend(render_findings);
    let engine = registry.environment(environment).map(|e| e.engine).unwrap_or_default();
    let projects = match engine {
        Engine::Incus => BTreeMap::new(),
        Engine::Compose | Engine::Kubernetes => read_projects(&artifacts, &mut findings),
    };
    if engine == Engine::Compose {
        add_overlays(registry, &mut artifacts, &projects);
    }
    let input = check::Rendered {
        registry,
        environment,
        env: &env,
        artifacts: &artifacts,
        projects: &projects,
        complete,
    };
    findings.extend(check::rendered(&input));
    name_origins(registry, &env, &artifacts, &generated_path(""), &mut findings);
    Rendered { env, artifacts, projects, findings }
}

/// The rendered Compose files as projects, by domain.
fn read_projects(artifacts: &Artifacts, findings: &mut Findings) -> BTreeMap<String, Project> {
    let read = |file: &Artifact| {
        let variables = dotenv(artifacts, &file.domain);
        let path = Arc::from(generated_path(&file.full_path()));
        let (project, findings) = compose::read(&path, file.content.shared(), &variables, &file.domain);
        (file.domain.clone(), project, findings)
    };
    let files: Vec<&Artifact> = artifacts.files.iter().filter(|f| f.path == "compose.yml").collect();
    let all: Vec<_> = files.into_par_iter().map(read).collect();
    let mut projects = BTreeMap::new();
    for (domain, project, more) in all {
        findings.extend(more);
        projects.extend(project.map(|p| (domain, p)));
    }
    projects
}

/// Beside each Compose file the one that marks its containers as ours.
fn add_overlays(registry: &Registry, artifacts: &mut Artifacts, projects: &BTreeMap<String, Project>) {
    let of_one = |(domain, project): (&String, &Project)| {
        let file = artifacts.get(domain, "compose.yml")?;
        let files = artifacts.of(domain).map(|f| (f.path.clone(), f.content.digest())).collect();
        let marks = Marks {
            registry: registry.name.clone(),
            environment: artifacts.environment.clone(),
            domain: domain.clone(),
        };
        Some(Artifact {
            domain: domain.clone(),
            path: OVERLAY_FILE.to_owned(),
            template: file.template.clone(),
            content: Content::new(overlay(project, &marks, &files)),
            // Digests of what the file says: a weak secret could be guessed from them.
            secret: file.secret,
        })
    };
    let overlays: Vec<Artifact> = projects.par_iter().filter_map(of_one).collect();
    artifacts.files.extend(overlays);
    artifacts.files.sort_by(|a, b| (&a.domain, &a.path).cmp(&(&b.domain, &b.path)));
}

/// The variables that Compose would read from a rendered `.env` beside the file.
fn dotenv(artifacts: &Artifacts, domain: &str) -> BTreeMap<String, String> {
    let Some(file) = artifacts.get(domain, ".env") else { return BTreeMap::new() };
    let path = Arc::from(generated_path(&file.full_path()));
    let kind = foundry_core::model::LayerKind::Extra;
    let (env, _) = foundry_core::load::env::parse_env(&path, file.content.expose(), kind);
    env.lines.into_iter().map(|line| (line.key, line.value)).collect()
}
