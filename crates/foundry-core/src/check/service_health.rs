//! SVC-001 to SVC-004: a service says when it works, what it may use, what happens when it ends, and who waits for it.

use super::{Phase, Rendered, Rule};
use crate::compose::{Project, Service};
use crate::diag::{Finding, Findings, Severity};
use crate::model::Engine;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "SVC-001",
        severity: Severity::Warning,
        phase: Phase::Rendered,
        title: "every service has a health check",
        why: "Without one, a running process counts as a working service: dependents start too early, and a deployment \
              that broke it reports success. An image may bring a health check that the file does not show: write \
              `healthcheck: {interval: 30s}` then. Jobs (`restart: \"no\"` or `on-failure`) need none. In a cluster EVG-007 \
              takes the place of this rule.",
        fix: "add a `healthcheck` that asks what users ask",
        bad: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: web}]
-- config-registry/env/overrides/dev.env --
-- generated/web/compose.yml --
services:
  web:
# ^^^ warning SVC-001: `web` has no health check
    image: web:1.2.3
",
        good: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: web}]
-- config-registry/env/overrides/dev.env --
-- generated/web/compose.yml --
services:
  web:
    image: web:1.2.3
    healthcheck: {test: [CMD, /web, health]}
  migrate:
    image: web:1.2.3
    restart: \"no\"
",
    },
    Rule {
        id: "SVC-002",
        severity: Severity::Warning,
        phase: Phase::Rendered,
        title: "every service has a memory limit",
        why: "A leak in one service otherwise ends others, or the host. A limit on CPU is good to have, too; its lack \
              is no finding, since processors are shared fairly and memory is not. In a cluster EVG-005 takes the \
              place of this rule.",
        fix: "add `mem_limit`, or `deploy.resources.limits.memory`",
        bad: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: web}]
-- config-registry/env/overrides/dev.env --
-- generated/web/compose.yml --
services:
  web:
# ^^^ warning SVC-002: `web` has no memory limit
    image: web:1.2.3
    cpus: 0.5
",
        good: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: web}]
-- config-registry/env/overrides/dev.env --
-- generated/web/compose.yml --
services:
  web:
    image: web:1.2.3
    mem_limit: 64m
",
    },
    Rule {
        id: "SVC-003",
        severity: Severity::Warning,
        phase: Phase::Rendered,
        title: "every service is restarted when it fails, and its log does not fill the disk",
        why: "Without `restart` a crash is the end until somebody looks, also after a reboot. Docker's json-file log \
              grows without end unless `max-size` is set.",
        fix: "add `restart: unless-stopped`, and `logging` with `max-size`, or the driver `local`",
        bad: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: web}]
-- config-registry/env/overrides/dev.env --
-- generated/web/compose.yml --
services:
  web:
# ^^^ warning SVC-003: `web` has no restart policy
# ^^^ warning SVC-003: the log of `web` grows without end
    image: web:1.2.3
",
        good: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: web}]
-- config-registry/env/overrides/dev.env --
-- generated/web/compose.yml --
services:
  web:
    image: web:1.2.3
    restart: unless-stopped
    logging: {driver: json-file, options: {max-size: 10m}}
",
    },
    Rule {
        id: "SVC-004",
        severity: Severity::Warning,
        phase: Phase::Rendered,
        title: "what is required says when it is ready",
        why: "`requires` means: start when the other one works. A required domain without any health check counts as \
              working as soon as its processes run, so its dependents start too early. Planning warns, too, when a \
              required domain that is not part of the plan does not run.",
        fix: "add a health check to the required domain's main service",
        bad: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains:
  - name: forgejo
    requires: [postgres]
#              ^^^^^^^^ warning SVC-004: `forgejo` requires `postgres`, which has no health check to wait for
  - name: postgres
-- config-registry/env/overrides/dev.env --
-- generated/postgres/compose.yml --
services:
  postgres:
    image: postgres:16.4.0
",
        good: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains:
  - name: forgejo
    requires: [postgres]
  - name: postgres
-- config-registry/env/overrides/dev.env --
-- generated/postgres/compose.yml --
services:
  postgres:
    image: postgres:16.4.0
    healthcheck: {test: [CMD, pg_isready]}
",
    },
];

pub(super) fn check(input: &Rendered<'_>, out: &mut Findings) {
    let engine = input.registry.environment(input.environment).map(|e| e.engine).unwrap_or_default();
    // In a cluster EVG-005 and EVG-007 ask for the same, and the node keeps logs short.
    let cluster = engine == Engine::Kubernetes;
    for project in input.projects.values() {
        for service in &project.services {
            let job = is_job(project, service);
            if !cluster && !job && !service.has_healthcheck() {
                warn("SVC-001", service, "`{}` has no health check", "add a `healthcheck`", out);
            }
            if !cluster && service.memory_limit.is_none() {
                warn("SVC-002", service, "`{}` has no memory limit", "add `mem_limit`", out);
            }
            if !job && !is_restarted(service) {
                let help = "add `restart: unless-stopped`, or `restart: \"no\"` for a job";
                warn("SVC-003", service, "`{}` has no restart policy", help, out);
            }
            if !cluster && log_grows(service) {
                let help = "add `logging: {driver: json-file, options: {max-size: 10m, max-file: \"3\"}}`";
                warn("SVC-003", service, "the log of `{}` grows without end", help, out);
            }
        }
    }
    gates(input, out);
}

fn warn(rule: &'static str, service: &Service, message: &str, help: &str, out: &mut Findings) {
    let message = message.replace("{}", &service.name);
    out.push(Finding::warning(rule, &service.span, message).help(help));
}

/// A service that is to end: said by its restart policy, or by another one that waits for its end.
fn is_job(project: &Project, service: &Service) -> bool {
    let policy = service.restart.as_ref().map(|r| r.value.as_str());
    let said = policy.is_some_and(|p| p == "no" || p.starts_with("on-failure")) && service.ports.is_empty();
    let waits = |other: &Service| {
        other
            .depends_on
            .iter()
            .any(|d| d.service == service.name && d.condition == "service_completed_successfully")
    };
    said || project.services.iter().any(waits)
}

fn is_restarted(service: &Service) -> bool {
    service.restart.as_ref().is_some_and(|r| !matches!(r.value.as_str(), "no" | ""))
}

/// The default driver keeps everything unless it is told how much.
fn log_grows(service: &Service) -> bool {
    let Some(logging) = &service.logging else { return true };
    let by_default = matches!(logging.driver.as_deref(), None | Some("json-file"));
    by_default && !logging.options.contains_key("max-size")
}

/// SVC-004 for each required domain without a health check.
fn gates(input: &Rendered<'_>, out: &mut Findings) {
    for domain in input.registry.deployed_in(input.environment) {
        for required in &domain.requires {
            let Some(project) = input.projects.get(&required.value) else { continue };
            if required.value != domain.name.value && !project.services.iter().any(Service::has_healthcheck) {
                let (name, other) = (&domain.name.value, &required.value);
                let message = format!("`{name}` requires `{other}`, which has no health check to wait for");
                let help = format!("add a `healthcheck` to the main service of `{other}`");
                out.push(Finding::warning("SVC-004", &required.span, message).help(help));
            }
        }
    }
}
