//! REG-015: what is deployed has something to deploy.

use super::external::WORKLOADS;
use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity, Span};
use crate::model::{Domain, Engine, Registry, Template};

pub(super) const RULES: &[Rule] = &[Rule {
    id: "REG-015",
    severity: Severity::Warning,
    phase: Phase::Registry,
    title: "a domain that is deployed here has a workload",
    why: "A domain without a rendered compose.yml is in every list and in no plan: nothing of it ever runs, and what \
          requires it starts as if it did. Other names that Compose knows (docker-compose.yml) are not read.",
    fix: "add domains/<name>/templates/compose.yml.tmpl, or say `placement: external`",
    bad: "\
-- config-registry/env/domains.yml --
domains:
  - name: web
#         ^^^ warning REG-015: `web` has no workload: nothing of it is deployed
-- domains/web/templates/docker-compose.yml.tmpl --
services: {}
",
    good: "\
-- config-registry/env/domains.yml --
domains:
  - name: web
  - name: router
    placement: external
-- domains/web/templates/compose.yml.tmpl --
services: {}
",
}];

pub(super) fn check(registry: &Registry, out: &mut Findings) {
    let on_compose = |domain: &&Domain| {
        registry.environments.iter().any(|e| e.engine == Engine::Compose && domain.is_in(&e.name))
            || registry.environments.is_empty()
    };
    let machine = registry.machine_templates.iter().any(|t| t.output == "compose.yml");
    for domain in registry.domains.iter().filter(|d| d.is_deployed_here() && !machine).filter(on_compose) {
        let own = registry.templates.get(&domain.name.value).map(Vec::as_slice).unwrap_or_default();
        if !own.iter().any(|t| t.output == "compose.yml") {
            out.push(finding(domain, own));
        }
    }
}

fn finding(domain: &Domain, own: &[Template]) -> Finding {
    let name = &domain.name.value;
    let message = format!("`{name}` has no workload: nothing of it is deployed");
    let finding = Finding::warning("REG-015", &domain.name.span, message);
    match own.iter().find(|t| WORKLOADS.contains(&t.output.as_str())) {
        Some(other) => finding
            .label(&Span::file(other.path.clone()), "not read under this name")
            .help(format!("rename {} to compose.yml.tmpl", other.path)),
        None => finding.help(format!(
            "write domains/{name}/templates/compose.yml.tmpl, or say `placement: external` if it runs elsewhere"
        )),
    }
}
