//! One service: its normal form, and from it the values that checks and planning ask for.

use super::config::Config;
use super::normal::Reader;
use super::project::{Attachment, Build, Dependency, HealthCheck, Logging, Service};
use super::{mounts, ports};
use crate::diag::{Finding, Findings, Span, Spanned};
use crate::yaml::{Entry, Node};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Reads the service `key: node`; `None` when it is no mapping.
pub(super) fn read(reader: &mut Reader<'_>, key: &Node, node: &Arc<Node>) -> Option<Service> {
    let name = key.text()?.to_owned();
    let mut config = reader.section("service", node)?;
    if !config.contains_key("network_mode") && !config.contains_key("networks") {
        config.insert("networks".into(), serde_json::json!({"default": null}));
    }
    if config.get("pull_policy").and_then(Value::as_str) == Some("if_not_present") {
        config.insert("pull_policy".into(), "missing".into());
    }
    implied_dependencies(&mut config);
    let view = View { config: &config, node, name: &key.span };
    let mut service = view.service(name);
    // Both were read once already, with their findings.
    let mut again = Reader { findings: Findings::new(), variables: reader.variables };
    let list = |key: &str| node.get(key).filter(|n| !n.is_null());
    service.ports = list("ports")
        .map_or_else(Vec::new, |n| ports::read(&mut again, n))
        .into_iter()
        .map(|p| p.0)
        .collect();
    service.mounts = list("volumes")
        .map_or_else(Vec::new, |n| mounts::read(&mut again, n))
        .into_iter()
        .map(|m| m.0)
        .collect();
    if list("image").is_none() && list("build").is_none() && node.get("provider").is_none() {
        reader.findings.push(
            Finding::error(
                "SVC-005",
                &key.span,
                format!("service {} has neither `image` nor `build`", service.name),
            )
            .help("add `image: NAME:TAG`"),
        );
    }
    words(reader, &service);
    service.config = Config::new(Value::Object(config));
    Some(service)
}

/// Words that the engine refuses only when the container is made.
fn words(reader: &mut Reader<'_>, service: &Service) {
    let mut refuse = |word: &Option<Spanned<String>>, key: &str, known: &[&str], prefixes: &[&str]| {
        let Some(word) = word else { return };
        let fits = known.contains(&word.value.as_str()) || prefixes.iter().any(|p| word.value.starts_with(p));
        if !fits {
            let message = format!("`{key}` takes {}, found something else", known.join(", "));
            let finding = Finding::error("SVC-005", &word.span, message);
            reader.findings.push(match super::normal::nearest(&word.value, known.iter().copied()) {
                Some(close) => finding.help(format!("did you mean `{close}`?")),
                None => finding.help(format!("choose one of {}", known.join(", "))),
            });
        }
    };
    refuse(&service.restart, "restart", &["no", "always", "unless-stopped", "on-failure"], &["on-failure:"]);
    let policies = ["always", "never", "missing", "if_not_present", "build", "daily", "weekly"];
    refuse(&service.pull_policy, "pull_policy", &policies, &["every_"]);
}

/// `links`, `volumes_from` and namespaces of another service need it to run first, as Compose knows.
fn implied_dependencies(config: &mut Map<String, Value>) {
    let mut others: Vec<(String, bool)> = Vec::new();
    for (key, value) in config.iter() {
        match key.as_str() {
            "network_mode" | "pid" | "ipc" => {
                let other = value.as_str().and_then(|v| v.strip_prefix("service:"));
                others.extend(other.map(|o| (o.to_owned(), true)));
            }
            "links" | "volumes_from" => {
                let items = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                let services =
                    items.filter(|i| !i.starts_with("container:")).filter_map(|i| i.split(':').next());
                others.extend(services.map(|o| (o.to_owned(), key == "links")));
            }
            _ => {}
        }
    }
    if others.is_empty() {
        return;
    }
    let all = config.entry("depends_on").or_insert_with(|| Value::Object(Map::new()));
    let Some(all) = all.as_object_mut() else { return };
    for (other, restart) in others {
        let mut implied = serde_json::json!({"condition": "service_started", "required": true});
        if restart {
            implied["restart"] = true.into();
        }
        all.entry(other).or_insert(implied);
    }
}

struct View<'a> {
    config: &'a Map<String, Value>,
    node: &'a Arc<Node>,
    name: &'a Span,
}

impl View<'_> {
    fn service(&self, name: String) -> Service {
        let flag = |key: &str| (self.config.get(key)? == &Value::Bool(true)).then(|| self.at(key));
        Service {
            name,
            span: self.name.clone(),
            image: self.text("image"),
            build: self.build(),
            pull_policy: self.text("pull_policy"),
            container_name: self.text("container_name"),
            environment: self.environment(),
            env_files: self.paths("env_file", "path"),
            ports: Vec::new(),
            mounts: Vec::new(),
            networks: self.attachments(),
            network_mode: self.text("network_mode"),
            depends_on: self.dependencies(),
            healthcheck: self.healthcheck(),
            restart: self.restart(),
            replicas: self.replicas(),
            memory_limit: self.limit("mem_limit", "memory", |v| v.as_str()?.parse().ok()),
            cpu_limit: self.limit("cpus", "cpus", Value::as_f64),
            logging: self.logging(),
            labels: self.pairs(self.config.get("labels")),
            privileged: flag("privileged"),
            read_only: flag("read_only"),
            secrets: self.paths("secrets", "source"),
            configs: self.paths("configs", "source"),
            command: self.words("command"),
            entrypoint: self.words("entrypoint"),
            profiles: self.node.get("profiles").map_or_else(Vec::new, |n| n.texts()),
            config: Config::default(),
            places: self.places(),
        }
    }

    fn at(&self, key: &str) -> Span {
        self.node.get(key).map_or_else(|| self.name.clone(), |n| n.span.clone())
    }

    fn places(&self) -> Box<[(Box<str>, Span)]> {
        let place = |e: &Entry| Some((e.key.text()?.into(), e.value.span.clone()));
        self.node.entries().iter().filter_map(place).collect()
    }

    fn inside(&self, pointer: &[&str]) -> Span {
        self.node.at(pointer).map_or_else(|| self.name.clone(), |n| n.span.clone())
    }

    /// Where item `index` of the list `key`, or the entry called `name`, stands.
    fn item(&self, key: &str, index: usize, name: &str) -> Span {
        let Some(node) = self.node.get(key) else { return self.name.clone() };
        let entry = node.entry(name).map(|e| &e.key.span);
        entry.or_else(|| node.items().get(index).map(|n| &n.span)).unwrap_or(&node.span).clone()
    }

    fn text(&self, key: &str) -> Option<Spanned<String>> {
        Some(Spanned::new(self.config.get(key)?.as_str()?.to_owned(), self.at(key)))
    }

    fn words(&self, key: &str) -> Option<Spanned<Vec<String>>> {
        let words = self.config.get(key)?.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned);
        Some(Spanned::new(words.collect(), self.at(key)))
    }

    fn paths(&self, key: &str, field: &str) -> Vec<Spanned<String>> {
        let items = self.config.get(key).and_then(Value::as_array).into_iter().flatten().enumerate();
        items
            .filter_map(|(i, v)| {
                Some(Spanned::new(v.get(field)?.as_str()?.to_owned(), self.item(key, i, "")))
            })
            .collect()
    }

    fn pairs(&self, value: Option<&Value>) -> BTreeMap<String, String> {
        let entries = value.and_then(Value::as_object).into_iter().flatten();
        entries.filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect()
    }

    fn environment(&self) -> BTreeMap<String, Option<String>> {
        let entries = self.config.get("environment").and_then(Value::as_object).into_iter().flatten();
        entries.map(|(k, v)| (k.clone(), v.as_str().map(str::to_owned))).collect()
    }

    fn build(&self) -> Option<Build> {
        let context = self.config.get("build")?.get("context")?.as_str()?.to_owned();
        Some(Build { context, span: self.at("build") })
    }

    fn attachments(&self) -> Vec<Attachment> {
        let entries = self.config.get("networks").and_then(Value::as_object).into_iter().flatten();
        entries
            .enumerate()
            .map(|(i, (network, value))| {
                let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
                let aliases = value.get("aliases").and_then(Value::as_array).into_iter().flatten();
                Attachment {
                    network: network.clone(),
                    aliases: aliases.filter_map(Value::as_str).map(str::to_owned).collect(),
                    ipv4: text("ipv4_address"),
                    ipv6: text("ipv6_address"),
                    span: self.item("networks", i, network),
                }
            })
            .collect()
    }

    fn dependencies(&self) -> Vec<Dependency> {
        let entries = self.config.get("depends_on").and_then(Value::as_object).into_iter().flatten();
        entries
            .enumerate()
            .map(|(i, (service, value))| Dependency {
                service: service.clone(),
                condition: value.get("condition").and_then(Value::as_str).unwrap_or_default().to_owned(),
                required: value.get("required") != Some(&Value::Bool(false)),
                restart: value.get("restart") == Some(&Value::Bool(true)),
                span: self.item("depends_on", i, service),
            })
            .collect()
    }

    fn healthcheck(&self) -> Option<HealthCheck> {
        let config = self.config.get("healthcheck")?;
        let test =
            config.get("test").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let test: Vec<String> = test.map(str::to_owned).collect();
        let none = test.first().is_some_and(|t| t == "NONE");
        let disabled = none || config.get("disable") == Some(&Value::Bool(true));
        Some(HealthCheck { disabled, test, span: self.at("healthcheck") })
    }

    fn restart(&self) -> Option<Spanned<String>> {
        if let Some(restart) = self.text("restart") {
            return Some(restart);
        }
        let policy = self.config.get("deploy")?.get("restart_policy")?;
        let attempts = policy.get("max_attempts").and_then(Value::as_u64);
        let word = match policy.get("condition").and_then(Value::as_str) {
            Some("none") => "no".to_owned(),
            Some("on-failure") => attempts.map_or("on-failure".to_owned(), |n| format!("on-failure:{n}")),
            _ => "unless-stopped".to_owned(),
        };
        Some(Spanned::new(word, self.inside(&["deploy", "restart_policy"])))
    }

    fn replicas(&self) -> u32 {
        let deploy = self.config.get("deploy");
        if deploy.and_then(|d| d.get("mode")).and_then(Value::as_str) == Some("global") {
            return 1;
        }
        let count = deploy.and_then(|d| d.get("replicas")).or_else(|| self.config.get("scale"));
        count.and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()).unwrap_or(1)
    }

    fn limit<T>(&self, own: &str, deploy: &str, read: impl Fn(&Value) -> Option<T>) -> Option<Spanned<T>> {
        if let Some(value) = self.config.get(own).and_then(&read) {
            return Some(Spanned::new(value, self.at(own)));
        }
        let limits = self.config.get("deploy")?.get("resources")?.get("limits")?;
        Some(Spanned::new(
            read(limits.get(deploy)?)?,
            self.inside(&["deploy", "resources", "limits", deploy]),
        ))
    }

    fn logging(&self) -> Option<Logging> {
        let config = self.config.get("logging")?;
        let driver = config.get("driver").and_then(Value::as_str).map(str::to_owned);
        Some(Logging { driver, options: self.pairs(config.get("options")), span: self.at("logging") })
    }
}
