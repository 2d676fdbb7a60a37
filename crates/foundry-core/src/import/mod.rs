//! A Compose project of somebody's own to a domain: its file as a template, its ports, values and secrets in their places.
//!
//! The text stays what it is, comments included: only host ports, relative paths, literal secrets, files of variables,
//! profiles that are on and the project's name are written anew. `${VAR}` stays; a rendered `.env` beside the file says
//! what it is. Whoever calls compares what Compose reads before and after ([`differences`]): nothing is lost unseen.

mod compare;
mod env_file;
mod paths;
mod port;
mod secret;
mod text;
mod variable;

pub use compare::differences;
pub use variable::names_used;

use crate::compose::{self, Project};
use crate::diag::{Findings, Span};
use crate::model::Binding;
use crate::yaml::{self, Limits, Node};
use std::collections::BTreeMap;
use std::sync::Arc;
use text::Splices;

/// A Compose project as it is.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The file, for messages.
    pub file: &'a Arc<str>,
    /// Its text; of several files what Compose merged.
    pub text: &'a str,
    /// The absolute path that relative ones start from.
    pub folder: &'a str,
    /// The project's name.
    pub project: &'a str,
    /// The domain that it becomes.
    pub domain: &'a str,
    /// Values of the variables that are set, as Compose reads them.
    pub variables: &'a BTreeMap<String, String>,
    /// Absolute path of each file of variables → its text and what Compose reads there.
    pub env_files: &'a BTreeMap<String, (String, BTreeMap<String, String>)>,
    /// Profiles that are on.
    pub profiles: &'a [String],
    /// Keys that env files of the registry have already, and their values.
    pub taken: &'a BTreeMap<String, String>,
}

/// A value for an env file of the registry, or for its vault. Printing it does not show the value.
#[derive(Clone, PartialEq, Eq)]
pub struct Value {
    /// The key in the registry.
    pub key: String,
    /// What it was called.
    pub was: String,
    /// Its value.
    pub value: String,
    /// Whether it belongs into the vault.
    pub secret: bool,
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Value({}, secret: {})", self.key, self.secret)
    }
}

/// What the project becomes.
#[derive(Debug, Clone, Default)]
pub struct Imported {
    /// Templates: path below `templates/` → text.
    pub templates: BTreeMap<String, String>,
    /// For `ports.yml`: names and bindings.
    pub ports: Vec<(String, Binding)>,
    /// For `base.env` and the vault.
    pub values: Vec<Value>,
    /// External networks that its services join.
    pub networks: Vec<String>,
    /// What is said to whoever imports.
    pub notes: Vec<Remark>,
    /// What cannot be carried; with one of these nothing is to be written.
    pub refused: Vec<Remark>,
    /// What is wrong with the file as a Compose file.
    pub findings: Findings,
}

/// Something about a place of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The place.
    pub span: Span,
    /// What it is.
    pub message: String,
    /// The way out, where one is needed.
    pub help: Option<String>,
}

/// The domain that `source` becomes. With an error among the findings, or something refused, it is not to be written.
pub fn compose(source: &Source<'_>) -> Imported {
    let mut out = Imported::default();
    let (documents, findings) = yaml::parse(source.file, source.text, &Limits::default());
    out.findings.extend(findings);
    let Some(root) = documents.first().filter(|_| !out.findings.has_errors()) else { return out };
    let (project, findings) = compose::read(source.file, source.text, source.variables, source.project);
    out.findings.extend(findings);
    let Some(project) = project.filter(|_| !out.findings.has_errors()) else { return out };
    let mut work = Work { source, root, project: &project, splices: Splices::default(), out };
    work.name();
    work.profiles();
    work.ports();
    work.paths();
    let env_files = work.env_files();
    let literal = work.secrets();
    work.networks();
    work.finish(&literal, env_files);
    work.out
}

/// An import under way.
struct Work<'a> {
    source: &'a Source<'a>,
    root: &'a Arc<Node>,
    project: &'a Project,
    splices: Splices,
    out: Imported,
}

impl Work<'_> {
    fn note(&mut self, span: &Span, message: impl Into<String>) {
        self.out.notes.push(Remark { span: span.clone(), message: message.into(), help: None });
    }

    fn refuse(&mut self, span: &Span, message: impl Into<String>, help: impl Into<String>) {
        let (message, help) = (message.into(), Some(help.into()));
        self.out.refused.push(Remark { span: span.clone(), message, help });
    }

    /// The nodes of all services as written, by name.
    fn services(&self) -> Vec<(String, Arc<Node>)> {
        let services = self.root.get("services").map(|n| n.entries()).unwrap_or_default();
        services.iter().filter_map(|e| Some((e.key.text()?.to_owned(), e.value.clone()))).collect()
    }

    /// The project keeps its name, wherever it came from: its networks, volumes and images are named after it.
    fn name(&mut self) {
        let name = self.source.project;
        match self.root.get("name").filter(|n| !n.is_null()) {
            Some(_) if self.project.name == name => {}
            Some(node) => self.splices.put(&node.span, format!("\"{name}\"")),
            None => {
                let first = self.root.entries().first().map_or(0, |e| e.key.span.start as usize);
                let column = self.source.text[..first].rfind('\n').map_or(0, |at| at + 1);
                if self.source.text[column..first].trim().is_empty() {
                    let indent = &self.source.text[column..first];
                    self.splices.insert(first, format!("name: \"{name}\"\n{indent}"));
                } else {
                    // The whole file is one flow mapping.
                    self.splices.insert(first, format!("name: \"{name}\", "));
                }
            }
        }
    }

    /// Services of the profiles that are on are ordinary ones from now on.
    fn profiles(&mut self) {
        for (name, node) in self.services() {
            let Some(list) = node.get("profiles").filter(|n| !n.is_null()) else { continue };
            let own: Vec<String> = list.texts().into_iter().map(|t| t.value).collect();
            let on = |profile: &String| profile == "*" || own.contains(profile);
            if self.source.profiles.iter().any(on) {
                let own = &self.source.text[list.span.start as usize..list.span.end as usize];
                // A block's span goes on to what comes next.
                let end = list.span.start + own.trim_end().len() as u32;
                self.splices.put(&Span { end, ..list.span.clone() }, "[]".to_owned());
                self.note(&list.span, format!("{name} is started always: its profile is on"));
            } else {
                self.note(
                    &list.span,
                    format!("{name} waits for a profile, and is not started; take it along with --profile"),
                );
            }
        }
    }

    fn networks(&mut self) {
        let external = self.project.networks.values().filter(|n| n.external);
        let built_in = |name: &&String| !["bridge", "host", "none"].contains(&name.as_str());
        self.out.networks = external.map(|n| &n.name).filter(built_in).cloned().collect();
        self.out.networks.dedup();
    }

    /// The templates, once everything that changes is known.
    fn finish(&mut self, literal: &secret::Literal, env_files: Vec<env_file::Carried>) {
        let plain = self.splices.apply(self.source.text, false);
        let (documents, _) = yaml::parse(self.source.file, &plain, &Limits::default());
        let mut names = documents.first().map(|root| names_used(root)).unwrap_or_default();
        names.extend(env_files.iter().flat_map(|file| file.names.iter().cloned()));
        let dotenv = self.dotenv(&names, literal);
        if !dotenv.is_empty() {
            self.out.templates.insert(".env.j2".to_owned(), dotenv);
        }
        self.out.templates.insert("compose.yml.j2".to_owned(), self.splices.apply(self.source.text, true));
        for file in env_files {
            self.out.templates.insert(format!("{}.j2", file.name), file.template);
        }
    }
}
