//! Text to project: parsing, variables, the closed check of keys, and what the parts say about each other.

use super::config::Config;
use super::interpolate::interpolate;
use super::links;
use super::normal::Reader;
use super::project::{Network, Project, Service, Source, Volume};
use super::service;
use super::tree::Tree;
use crate::diag::{Finding, Findings, Span, Spanned};
use crate::yaml::{self, Limits, Node};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Reads the rendered compose file `text`, which is called `file`. `variables` are those of a rendered `.env` beside
/// it; nothing else is looked up. `name` is the project's name where the file gives none.
/// Without findings of severity error the project is what `docker compose` would run.
pub fn read(
    file: &Arc<str>,
    text: impl Into<Arc<str>>,
    variables: &BTreeMap<String, String>,
    name: &str,
) -> (Option<Project>, Findings) {
    let text: Arc<str> = text.into();
    let (documents, mut findings) = yaml::parse(file, &text, &Limits::default());
    let node = match documents.as_slice() {
        _ if findings.has_errors() => return (None, findings),
        [node] if !node.is_null() => node.clone(),
        [_, second, ..] => {
            findings.push(Finding::error(
                "SVC-005",
                &second.span,
                "a second YAML document in a compose file",
            ));
            return (None, findings);
        }
        _ => {
            findings.push(Finding::error("SVC-005", &Span::file(file.clone()), "the compose file is empty"));
            return (None, findings);
        }
    };
    let mut variables = variables.clone();
    let name = project_name(&node, &variables, name, &mut findings);
    variables.insert("COMPOSE_PROJECT_NAME".to_owned(), name.clone());
    let node = interpolate(&node, &variables, &mut findings);
    let mut reader = Reader { findings, variables: &variables };
    let project =
        project(&mut reader, file, &node, name, || Tree::new(file.clone(), text, variables.clone()));
    let mut findings = reader.findings;
    if let Some(project) = &project {
        links::check(project, &mut findings);
    }
    (project, findings)
}

fn project_name(
    node: &Arc<Node>,
    variables: &BTreeMap<String, String>,
    default: &str,
    findings: &mut Findings,
) -> String {
    let Some(node) = node.get("name").filter(|n| !n.is_null()) else { return default.to_owned() };
    // What is wrong with its variables is reported when the whole file is read.
    let name = interpolate(node, variables, &mut Findings::new());
    let name = name.text().unwrap_or_default();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    if name.is_empty() || !name.chars().all(plain) || name.starts_with(['-', '_']) {
        findings.push(
            Finding::error("SVC-005", &node.span, "the project's name is not one that Compose takes")
                .help("use lower-case letters, digits, - and _, beginning with a letter or digit"),
        );
        return default.to_owned();
    }
    name.to_owned()
}

fn project(
    reader: &mut Reader<'_>,
    file: &Arc<str>,
    node: &Node,
    name: String,
    tree: impl FnOnce() -> Tree,
) -> Option<Project> {
    let config = reader.section("compose file", node)?;
    let mut services = Vec::new();
    match node.get("services").filter(|n| !n.is_null()) {
        Some(list) => {
            for entry in reader.entries("services", list) {
                services.extend(service::read(reader, &entry.key, &entry.value));
            }
        }
        None => reader.findings.push(
            Finding::error("SVC-005", &node.span, "a compose file without services")
                .help("add a service under `services`, or remove the file"),
        ),
    }
    let (services, inactive): (Vec<Service>, Vec<Service>) =
        services.into_iter().partition(|s| s.profiles.is_empty());
    let mut project = Project {
        networks: sections(&config, node, "networks", |key, c, span| network(&name, key, c, span)),
        volumes: sections(&config, node, "volumes", |key, c, span| volume(&name, key, c, span)),
        secrets: sections(&config, node, "secrets", |_, c, span| source(node, "secrets", c, span)),
        configs: sections(&config, node, "configs", |_, c, span| source(node, "configs", c, span)),
        name,
        file: file.clone(),
        services,
        inactive,
        node: tree(),
    };
    let implied = project.services.iter().flat_map(|s| &s.networks).find(|a| a.network == "default");
    if let Some(span) = implied.map(|a| a.span.clone()).filter(|_| !project.networks.contains_key("default"))
    {
        let network = network(&project.name, "default", &Map::new(), span);
        project.networks.insert("default".to_owned(), network);
    }
    Some(project)
}

fn sections<T>(
    config: &Map<String, Value>,
    node: &Node,
    key: &str,
    make: impl Fn(&str, &Map<String, Value>, Span) -> T,
) -> BTreeMap<String, T> {
    let Some(Value::Object(all)) = config.get(key) else { return BTreeMap::new() };
    let span = |name: &str| {
        let entry = node.get(key).and_then(|n| n.entry(name));
        entry.map_or_else(|| node.span.clone(), |e| e.key.span.clone())
    };
    all.iter()
        .filter_map(|(name, value)| Some((name.clone(), make(name, value.as_object()?, span(name)))))
        .collect()
}

/// `name` and `external` of a network or volume, the old `external: {name: x}` included.
fn identity(project: &str, key: &str, config: &Map<String, Value>) -> (String, bool, bool) {
    let given = config.get("name").and_then(Value::as_str);
    let (external, old) = match config.get("external") {
        Some(Value::Object(external)) => (true, external.get("name").and_then(Value::as_str)),
        Some(Value::Bool(external)) => (*external, None),
        _ => (false, None),
    };
    let name = match given.or(old) {
        Some(name) => name.to_owned(),
        None if external => key.to_owned(),
        None => format!("{project}_{key}"),
    };
    (name, external, given.or(old).is_some() || external)
}

fn normal(config: &Map<String, Value>, name: &str, external: bool) -> Config {
    let mut config = config.clone();
    config.insert("name".into(), name.into());
    config.remove("external");
    if external {
        config.insert("external".into(), true.into());
    }
    Config::new(Value::Object(config))
}

fn network(project: &str, key: &str, config: &Map<String, Value>, span: Span) -> Network {
    let (name, external, named) = identity(project, key, config);
    let pools = config.get("ipam").and_then(|i| i.get("config")).and_then(Value::as_array);
    let subnets = pools.into_iter().flatten().filter_map(|p| p.get("subnet")?.as_str());
    Network {
        internal: config.get("internal") == Some(&Value::Bool(true)),
        driver: config.get("driver").and_then(Value::as_str).map(str::to_owned),
        subnets: subnets.map(|s| Spanned::new(s.to_owned(), span.clone())).collect(),
        config: normal(config, &name, external),
        name,
        named,
        external,
        span,
    }
}

fn volume(project: &str, key: &str, config: &Map<String, Value>, span: Span) -> Volume {
    let (name, external, _) = identity(project, key, config);
    Volume {
        driver: config.get("driver").and_then(Value::as_str).map(str::to_owned),
        config: normal(config, &name, external),
        name,
        external,
        span,
    }
}

fn source(node: &Node, key: &str, config: &Map<String, Value>, span: Span) -> Source {
    let place = || {
        let sections = node.get(key)?;
        let entry = sections.entries().iter().find(|e| e.key.span == span)?;
        Some(entry.value.get("file")?.span.clone())
    };
    let file = config.get("file").and_then(Value::as_str);
    Source {
        file: file.map(|f| Spanned::new(f.to_owned(), place().unwrap_or_else(|| span.clone()))),
        config: Config::new(Value::Object(config.clone())),
        span,
    }
}
