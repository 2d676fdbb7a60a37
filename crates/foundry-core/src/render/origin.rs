//! Names for every finding in a rendered file the place in a template, and the values, that a person would change.

use super::artifact::{Artifact, Artifacts};
use super::context::{of_domain, port_variable, shared};
use super::domains::{by_name, seen_by, sources, templates_of};
use super::template::{Context, Equal, Limits, Origin, Templates};
use crate::diag::{Finding, Findings, Span};
use crate::load::env::ResolvedEnv;
use crate::model::Registry;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Completes the findings whose place begins with `folder`, below which `artifacts` are shown.
///
/// What has findings is rendered once more, watched this time: a registry without any pays nothing.
pub fn name_origins(
    registry: &Registry,
    env: &ResolvedEnv,
    artifacts: &Artifacts,
    folder: &str,
    findings: &mut Findings,
) {
    let mut wanted: BTreeMap<(&str, &str), (&Artifact, Vec<&mut Finding>)> = BTreeMap::new();
    for finding in findings.iter_mut().filter(|f| f.origin.is_none()) {
        let Some(file) = rendered(artifacts, folder, finding) else { continue };
        wanted.entry((&file.domain, &file.path)).or_insert((file, Vec::new())).1.push(finding);
    }
    if wanted.is_empty() {
        return;
    }
    let known = Known {
        registry,
        env,
        context: shared(registry, &artifacts.environment, env),
        machine: Arc::new(Templates::new(sources(&registry.machine_templates))),
        equal: Equal::default(),
    };
    for (file, findings) in wanted.into_values() {
        known.complete(file, findings);
    }
}

/// The rendered file in which a finding stands, if it does.
fn rendered<'a>(artifacts: &'a Artifacts, folder: &str, finding: &Finding) -> Option<&'a Artifact> {
    let (domain, path) = finding.span.as_ref()?.file.strip_prefix(folder)?.split_once('/')?;
    artifacts.get(domain, path)
}

/// What all domains share.
struct Known<'r> {
    registry: &'r Registry,
    env: &'r ResolvedEnv,
    context: Arc<Context>,
    machine: Arc<Templates>,
    equal: Equal,
}

impl Known<'_> {
    fn complete(&self, file: &Artifact, findings: Vec<&mut Finding>) {
        let Some(domain) = self.registry.domain(&file.domain) else { return };
        let paths = by_name(self.registry, &file.domain);
        let Some(name) = paths.iter().find(|(_, t)| t.path == file.template).map(|(name, _)| *name) else {
            return;
        };
        let templates = templates_of(self.registry, &file.domain, &self.machine, &self.equal);
        let context = of_domain(self.registry, domain, &self.context, seen_by(self.registry, &file.domain));
        let ranges: Vec<Range<usize>> = findings.iter().map(|f| range(f)).collect();
        let found = templates.trace(name, &context, &Limits::default(), &ranges).unwrap_or_default();
        for (finding, origin) in findings.into_iter().zip(found) {
            let Some(origin) = origin.filter(|_| finding.span.as_ref().is_some_and(|s| s.line > 0)) else {
                finding.origin = Some(Span::file(file.template.clone()));
                continue;
            };
            let Some(template) = paths.get(origin.span.file.as_ref()) else { continue };
            finding.labels.extend(self.values(&origin));
            finding.origin = Some(Span { file: template.path.clone(), ..origin.span });
        }
    }

    /// Where the values are set that stand in a place.
    fn values(&self, origin: &Origin) -> Vec<(Span, String)> {
        let mut out: Vec<(Span, String)> = Vec::new();
        for name in &origin.names {
            let Some(span) = self.set_in(name) else { continue };
            let label = (span, format!("`{name}` is set here"));
            if !out.contains(&label) {
                out.push(label);
            }
        }
        out
    }

    /// Nothing for a secret: a place is drawn with its line.
    fn set_in(&self, name: &str) -> Option<Span> {
        if let Some(value) = self.env.get(name) {
            return value.layers.first().filter(|_| !value.secret).map(|layer| layer.span.clone());
        }
        let ports = self.registry.ports.iter().flat_map(|d| d.ports.iter().map(move |p| (d, p)));
        let mut named = ports.filter(|(d, p)| port_variable(&d.domain, &p.name) == name);
        named.next().map(|(_, port)| port.span.clone())
    }
}

fn range(finding: &Finding) -> Range<usize> {
    finding.span.as_ref().map_or(0..0, |s| s.start as usize..s.end as usize)
}
