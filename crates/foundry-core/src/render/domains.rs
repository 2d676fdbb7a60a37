//! Every template of every domain of an environment, in parallel; nothing is written here.

use super::artifact::{Artifact, Artifacts, Content};
use super::context::{of_domain, shared};
use super::template::{Context, Equal, Limits, TemplateError, Templates};
use crate::diag::{Finding, Findings, Span};
use crate::load::env::{ResolvedEnv, looks_secret};
use crate::model::{Domain, Registry, Template};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Renders what is deployed in `environment`. With an error among the findings nothing may be written.
pub fn render(registry: &Registry, environment: &str, env: &ResolvedEnv) -> (Artifacts, Findings) {
    let context = shared(registry, environment, env);
    let machine = Arc::new(Templates::new(sources(&registry.machine_templates)));
    let domains: Vec<&Domain> = registry.deployed_in(environment).collect();
    let equal = Equal::default();
    let results: Vec<DomainResult> = domains
        .par_iter()
        .map(|domain| render_domain(registry, domain, &context, &machine, &equal))
        .collect();
    let mut artifacts = Artifacts { environment: environment.to_owned(), ..Artifacts::default() };
    let mut findings = Findings::new();
    for result in results {
        artifacts.files.extend(result.files);
        artifacts.used.extend(result.used);
        findings.extend(result.findings);
    }
    artifacts.files.sort_by(|a, b| (&a.domain, &a.path).cmp(&(&b.domain, &b.path)));
    (artifacts, findings)
}

#[derive(Default)]
struct DomainResult {
    files: Vec<Artifact>,
    used: BTreeSet<String>,
    findings: Findings,
}

pub(super) fn sources(templates: &[Template]) -> impl Iterator<Item = (String, Arc<str>)> {
    templates.iter().map(|t| (t.name.clone(), t.text.clone()))
}

fn render_domain(
    registry: &Registry,
    domain: &Domain,
    shared: &Arc<Context>,
    machine: &Arc<Templates>,
    equal: &Equal,
) -> DomainResult {
    let name = &domain.name.value;
    let own = registry.templates.get(name).map(Vec::as_slice).unwrap_or_default();
    let templates = templates_of(registry, name, machine, equal);
    let context = of_domain(registry, domain, shared, seen_by(registry, name));
    let mut result = DomainResult::default();
    for template in outputs(&registry.machine_templates, own, &mut result.findings) {
        match templates.render(&template.name, &context, &Limits::default()) {
            Ok(rendered) => {
                result.used.extend(rendered.used);
                result.files.push(Artifact {
                    domain: name.clone(),
                    path: template.output.clone(),
                    template: template.path.clone(),
                    content: Content::new(rendered.text),
                    secret: rendered.secret,
                });
            }
            Err(error) => {
                result.findings.push(finding(&error, name, template, &by_name(registry, name)));
            }
        }
    }
    result
}

/// The templates that those of a domain see.
pub(super) fn templates_of(
    registry: &Registry,
    domain: &str,
    machine: &Arc<Templates>,
    equal: &Equal,
) -> Templates {
    let own = registry.templates.get(domain).map(Vec::as_slice).unwrap_or_default();
    let includes = registry.includes.get(domain).map(Vec::as_slice).unwrap_or_default();
    Templates::over_known(machine.clone(), sources(own).chain(sources(includes)), equal)
}

/// Every template that those of a domain see: the machine's, its own, and what they include.
pub(super) fn seen_by<'r>(registry: &'r Registry, domain: &str) -> impl Iterator<Item = &'r Template> {
    let own = registry.templates.get(domain).into_iter().flatten();
    let includes = registry.includes.get(domain).into_iter().flatten();
    registry.machine_templates.iter().chain(own).chain(includes)
}

/// The same, by the name under which a template is found.
pub(super) fn by_name<'r>(registry: &'r Registry, domain: &str) -> HashMap<&'r str, &'r Template> {
    seen_by(registry, domain).map(|t| (t.name.as_str(), t)).collect()
}

/// One template for each output path: a domain's own wins over the machine's; two of one kind are ENV-006's cousin.
fn outputs<'a>(machine: &'a [Template], own: &'a [Template], findings: &mut Findings) -> Vec<&'a Template> {
    let mut chosen: BTreeMap<&str, &Template> = machine.iter().map(|t| (t.output.as_str(), t)).collect();
    let mut first: HashMap<&str, &Template> = HashMap::new();
    for template in own {
        if let Some(other) = first.insert(&template.output, template) {
            let message = format!("renders to {}, and so does {}", template.output, other.path);
            findings.push(
                Finding::error("REG-014", &Span::file(template.path.clone()), message)
                    .help("rename or remove one of the two"),
            );
        }
        chosen.insert(&template.output, template);
    }
    chosen.into_values().collect()
}

fn finding(
    error: &TemplateError,
    domain: &str,
    rendered: &Template,
    paths: &HashMap<&str, &Template>,
) -> Finding {
    let template = paths.get(error.template.as_str()).copied().unwrap_or(rendered);
    let span = Span {
        file: template.path.clone(),
        line: error.line,
        column: error.column,
        start: error.start as u32,
        end: error.end as u32,
    };
    let rule = if error.undefined.is_some() { "ENV-001" } else { "ENV-006" };
    let mut finding = Finding::error(rule, &span, format!("{} (rendering {domain})", error.message));
    finding.help = error.help.clone().or_else(|| error.undefined.as_deref().map(way_out));
    for (name, line) in &error.via {
        let file = paths.get(name.as_str()).map_or_else(|| Arc::from(name.as_str()), |t| t.path.clone());
        let place = Span { line: *line, column: 1, ..Span::file(file) };
        finding = finding.label(&place, "included from here");
    }
    finding
}

/// How to set a name that no layer sets.
fn way_out(name: &str) -> String {
    match looks_secret(name) {
        true => format!("set it in the vault: foundry secret set {name}"),
        false => format!("set it: foundry env set {name}=…, or guard it with `| default(…)`"),
    }
}
