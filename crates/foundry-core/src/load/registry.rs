//! The whole registry from its files, with every finding about their form.

use super::env::parse_env;
use super::schema::Schema;
use super::{
    FileContent, Files, MARKER, Role, SCHEMAS, domains, environments, layout, networks, ports, role,
};
use crate::diag::{Finding, Findings, Span};
use crate::model::{LayerKind, Registry, Template, TextFile};
use crate::yaml::{Limits, Node, lint, parse};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// Reads a registry. What is wrong in one file does not hide what is wrong in another.
pub fn load(files: &Files) -> (Registry, Findings) {
    let mut loader =
        Loader { registry: Registry::default(), findings: Findings::new(), yaml: BTreeMap::new() };
    loader.registry.tracked = files.tracked.clone();
    for (path, content) in &files.entries {
        let Some(role) = role(path) else { continue };
        match content {
            FileContent::Text(text) => loader.file(path, text, &role),
            FileContent::Problem(problem) => {
                let (message, help) = problem.explain();
                loader
                    .findings
                    .push(Finding::error("FIL-001", &Span::file(path.clone()), message).help(help));
                loader.unread(path, &role);
            }
        }
    }
    loader.finish(&files.folder)
}

struct Loader {
    registry: Registry,
    findings: Findings,
    yaml: BTreeMap<Arc<str>, Arc<Node>>,
}

impl Loader {
    fn file(&mut self, path: &Arc<str>, text: &Arc<str>, role: &Role<'_>) {
        let text_file = || TextFile { path: path.clone(), text: text.clone() };
        match *role {
            Role::Domains | Role::Ports | Role::Networks | Role::Environments | Role::UserSchema(_) => {
                self.yaml(path, text, role);
            }
            Role::BaseEnv => self.registry.base = Some(self.env(path, text, LayerKind::Base)),
            Role::HostEnv => self.registry.host_env = Some(self.env(path, text, LayerKind::Host)),
            Role::OverrideEnv(name) => {
                let file = self.env(path, text, LayerKind::Override);
                self.registry.overrides.insert(name.to_owned(), file);
            }
            Role::Vault => self.registry.vault = Some(text_file()),
            Role::MachineTemplate(name) => {
                if let Some(template) = template(path, name, text) {
                    self.registry.machine_templates.push(template);
                }
            }
            Role::DomainTemplate(domain, name) => self.domain_template(path, text, domain, name),
            Role::Metadata(domain) => {
                self.registry.metadata.insert(domain.to_owned(), text_file());
            }
            Role::Dashboard(domain) => {
                self.registry.dashboards.entry(domain.to_owned()).or_default().push(text_file());
            }
            Role::Manifest(domain) => {
                self.registry.manifests.entry(domain.to_owned()).or_default().push(text_file());
            }
            Role::Patch(domain) => {
                self.registry.patches.entry(domain.to_owned()).or_default().push(text_file());
            }
            Role::Terraform => self.registry.terraform.push(text_file()),
            Role::BackupPolicy => {
                self.registry.backup_policy = Some(text_file());
                self.yaml(path, text, role);
            }
            Role::GitIgnore => self.registry.gitignore = Some(text_file()),
        }
    }

    fn domain_template(&mut self, path: &Arc<str>, text: &Arc<str>, domain: &str, name: &str) {
        match template(path, name, text) {
            Some(template) => {
                self.registry.templates.entry(domain.to_owned()).or_default().push(template);
            }
            None => {
                let include = Template {
                    path: path.clone(),
                    name: name.to_owned(),
                    output: String::new(),
                    text: text.clone(),
                };
                self.registry.includes.entry(domain.to_owned()).or_default().push(include);
            }
        }
    }

    fn env(&mut self, path: &Arc<str>, text: &str, kind: LayerKind) -> crate::model::EnvFile {
        let (file, findings) = parse_env(path, text, kind);
        self.findings.extend(findings);
        file
    }

    fn yaml(&mut self, path: &Arc<str>, text: &str, role: &Role<'_>) {
        let (documents, findings) = parse(path, text, &Limits::default());
        let broken = findings.has_errors() && documents.is_empty();
        self.findings.extend(findings);
        if documents.len() > 1 {
            let span = &documents[1].span;
            self.findings.push(
                Finding::error("YML-001", span, "a second YAML document; only the first would count")
                    .help("remove the `---` line"),
            );
        }
        if broken {
            self.unread(path, role);
        }
        if let (false, Some(root)) = (broken, documents.into_iter().next()) {
            self.findings.extend(lint(&root));
            self.yaml.insert(path.clone(), root);
        }
    }

    /// Remembers a file whose absence would make others look wrong.
    fn unread(&mut self, path: &Arc<str>, role: &Role<'_>) {
        if matches!(role, Role::Domains | Role::Ports | Role::Networks | Role::Environments) {
            self.registry.unread.push(path.clone());
        }
    }

    fn finish(mut self, folder: &str) -> (Registry, Findings) {
        for (schema, (_, file, _)) in OWN.iter().zip(SCHEMAS) {
            if let Some(root) = self.yaml.get(file) {
                self.findings.extend(schema.check(root, ("REG-002", "REG-012")));
            }
        }
        self.user_schemas();
        if let Some(root) = self.yaml.get(MARKER) {
            self.registry.set_domains(domains::read(root));
        }
        if let Some(root) = self.yaml.get("config-registry/env/ports.yml") {
            let (ports, findings) = ports::read(root);
            self.registry.set_ports(ports);
            self.findings.extend(findings);
        }
        if let Some(root) = self.yaml.get("config-registry/env/networks.yml") {
            self.registry.networks = networks::read(root);
        }
        let root = self.yaml.get("config-registry/env/environments.yml");
        self.registry.environments = environments::read(root.map(AsRef::as_ref), &self.registry.overrides);
        let named = root.and_then(|r| r.get("registry")).and_then(|n| n.text()).map(str::to_owned);
        self.registry.name = named.unwrap_or_else(|| slug(folder));
        (self.registry, self.findings)
    }

    /// `schema/<name>.schema.yml` is applied to `env/<name>.yml`.
    fn user_schemas(&mut self) {
        let schemas: Vec<(Arc<str>, Arc<Node>)> = self
            .yaml
            .iter()
            .filter(|(path, _)| matches!(layout::role(path), Some(Role::UserSchema(_))))
            .map(|(path, root)| (path.clone(), root.clone()))
            .collect();
        for (path, source) in schemas {
            let Some(Role::UserSchema(name)) = layout::role(&path) else { continue };
            let target = format!("config-registry/env/{name}.yml");
            let Some(root) = self.yaml.get(target.as_str()) else { continue };
            match Schema::new(source.to_json()) {
                Ok(schema) => self.findings.extend(schema.check(root, ("REG-013", "REG-013"))),
                Err(reason) => {
                    let message = format!("not a usable JSON Schema: {reason}");
                    self.findings.push(Finding::error("REG-013", &Span::file(path), message));
                }
            }
        }
    }
}

static OWN: LazyLock<Vec<Schema>> = LazyLock::new(|| {
    let compile = |text: &str| serde_json::from_str(text).map_err(|e| e.to_string()).and_then(Schema::new);
    let each = |(name, _, text): (&str, &str, &str)| {
        compile(text).unwrap_or_else(|e| panic!("the built-in schema {name} is broken: {e}"))
    };
    SCHEMAS.map(each).into_iter().collect()
});

fn template(path: &Arc<str>, name: &str, text: &Arc<str>) -> Option<Template> {
    let output = layout::template_output(name)?.to_owned();
    Some(Template { path: path.clone(), name: name.to_owned(), output, text: text.clone() })
}

/// A folder's name as a registry's name: what is no lower case letter, digit, `-` or `_` becomes `-`.
fn slug(folder: &str) -> String {
    let mapped: String = folder
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' })
        .collect();
    let trimmed = mapped.trim_matches('-');
    if trimmed.is_empty() { "registry".to_owned() } else { trimmed.to_owned() }
}
