//! What every service of a cluster has to say about itself, and whether what it says leads anywhere.

use super::flows::{has_policies, units};
use super::services::published;
use super::settings::Settings;
use super::unit::{Input, Unit};
use super::{ingress, prometheus};
use crate::diag::{Finding, Findings};
use crate::model::{Domain, Placement};
use serde_json::Value;

/// EVG-001 to EVG-007 for every domain of the environment that was rendered.
pub fn statements(input: &Input<'_>) -> Findings {
    let settings = Settings::read(input.environment);
    let mut out = Findings::new();
    for domain in input.registry.deployed_in(&input.environment.name) {
        let units = units(input, &settings, domain);
        if units.is_empty() {
            continue;
        }
        monitoring(domain, &units, &mut out);
        persistence(domain, &units, &mut out);
        ways_in(domain, &settings, &units, &mut out);
        backup(domain, &units, &mut out);
        for unit in &units {
            resources(unit, &mut out);
            policy(unit, &mut out);
            probes(unit, &mut out);
        }
    }
    out.sort();
    out
}

/// A finding about the entry of the domain.
fn warn(rule: &'static str, domain: &Domain, message: String, help: &str, out: &mut Findings) {
    out.push(Finding::warning(rule, &domain.name.span, message).help(help));
}

fn monitoring(domain: &Domain, units: &[Unit<'_>], out: &mut Findings) {
    let name = &domain.name.value;
    let Some(said) = domain.record.get("monitoring").filter(|m| m.get("port").or(m.get("none")).is_some())
    else {
        let help = "add `monitoring: {port: PORT, path: /metrics}`, or `monitoring: {none: REASON}`";
        return warn("EVG-001", domain, format!("`{name}` does not say how it is watched"), help, out);
    };
    if said.get("port").is_some() && !units.iter().any(|u| prometheus::target(u).is_some()) {
        let message =
            format!("`{name}` is watched on port {}, which no service of it declares", word(&said["port"]));
        let help = "add the port to `ports` or `expose` of the service that answers, or correct `monitoring`";
        warn("EVG-001", domain, message, help, out);
    }
}

fn persistence(domain: &Domain, units: &[Unit<'_>], out: &mut Findings) {
    let name = &domain.name.value;
    let stateless = domain.record.get("stateless") == Some(&Value::Bool(true));
    let state = list(domain, "state").next().is_some();
    let mounts = || units.iter().flat_map(|u| &u.service.mounts);
    let volume = mounts().find(|m| m.volume().is_some() && !m.read_only);
    match (stateless, state, volume) {
        (true, _, Some(mount)) => {
            let message = format!(
                "`{name}` is said to be stateless, and keeps `{}`",
                mount.volume().unwrap_or_default()
            );
            let help = "replace `stateless: true` by `state: [{volume: NAME, size: SIZE, backup: PROFILE}]`";
            out.push(Finding::error("EVG-002", &mount.span, message).help(help));
        }
        // TRN-002 asks for the size of each volume.
        (false, false, None) => {
            let help = "add `stateless: true`, or `state: [{volume: NAME, size: SIZE, backup: PROFILE}]`";
            warn("EVG-002", domain, format!("`{name}` does not say what it keeps"), help, out);
        }
        _ => {}
    }
}

fn ways_in(domain: &Domain, settings: &Settings, units: &[Unit<'_>], out: &mut Findings) {
    let name = &domain.name.value;
    let internal = domain.record.get("internal") == Some(&Value::Bool(true));
    let tunnel = domain.placement == Placement::Tunnel;
    let entries: Vec<&Value> = ingress::entries(domain).collect();
    if entries.is_empty() && !internal && !tunnel && units.iter().all(|u| published(u).is_empty()) {
        let help = "add `ingress: [{host: NAME, port: PORT, auth: none}]`, or `internal: true`";
        return warn("EVG-003", domain, format!("`{name}` does not say who comes in"), help, out);
    }
    for entry in entries {
        let text = |key: &str| entry.get(key).and_then(Value::as_str);
        let Some(host) = text("host") else {
            warn("EVG-003", domain, format!("an ingress of `{name}` has no host"), "add `host: NAME`", out);
            continue;
        };
        if !units.iter().any(|u| ingress::leads_to(u, entry)) {
            let port = entry.get("port").map_or("no port".to_owned(), |p| format!("port {}", word(p)));
            let message = format!("{host} leads to {port}, which no service of `{name}` declares");
            let help =
                "add the port to `ports` or `expose` of the service that answers, or correct `ingress`";
            warn("EVG-003", domain, message, help, out);
        }
        if !ingress::has_issuer(domain, settings, entry) {
            let help = "add `issuer: NAME`, to the entry or to the environment, or `issuer: none`";
            warn("EVG-003", domain, format!("{host} is served without a certificate"), help, out);
        }
        match text("auth") {
            None => {
                let help = "add `auth: NAME`, or `auth: none` when the service asks for itself";
                warn("EVG-003", domain, format!("{host} does not say who asks for a password"), help, out);
            }
            Some(auth) if !ingress::can_ask(settings, auth) => {
                let class = settings.ingress_class.as_deref().unwrap_or_default();
                let message =
                    format!("{host} wants `auth: {auth}`, which the ingress class {class} would not do");
                let help = "choose `ingress: {kind: HTTPRoute}` or `HTTPProxy`, or write the object in domains/NAME/manifests";
                out.push(Finding::error("EVG-003", &domain.name.span, message).help(help));
            }
            Some(_) => {}
        }
        if let Some(access) = text("access").filter(|a| ingress::door(settings, Some(a)).is_none()) {
            let message = format!("{host} wants `access: {access}`, which the environment does not have");
            let help =
                format!("add `ingress: {{access: {{{access}: {{class: CLASS}}}}}}` to the environment");
            out.push(Finding::error("EVG-003", &domain.name.span, message).help(help));
        }
    }
}

fn backup(domain: &Domain, units: &[Unit<'_>], out: &mut Findings) {
    let name = &domain.name.value;
    let scripts = |key: &str| {
        domain
            .record
            .pointer(&format!("/backup/{key}"))
            .and_then(Value::as_array)
            .is_some_and(|l| !l.is_empty())
    };
    if (scripts("before") || scripts("after")) && units.iter().all(|u| u.own("backup").is_none()) {
        let message = format!("`{name}` has scripts around its backup, which a cluster does not run");
        let help = "say what to run in the pod: `x-foundry: {backup: {before: COMMAND}}` in the service";
        warn("EVG-004", domain, message, help, out);
    }
    for entry in list(domain, "state") {
        let text = |key: &str| entry.get(key).and_then(Value::as_str);
        let what = text("volume").or(text("path")).unwrap_or("its state");
        if entry.get("ephemeral") == Some(&Value::Bool(true)) {
            continue;
        }
        match text("backup") {
            None if domain.record.get("backup").is_none() => {
                let help = "add `backup: PROFILE`, `backup: none` with a `reason`, or `ephemeral: true`";
                warn("EVG-004", domain, format!("`{name}` does not say how {what} is saved"), help, out);
            }
            Some("none") if text("reason").is_none() => {
                let help = "add `reason: TEXT`, or `ephemeral: true`";
                warn("EVG-004", domain, format!("`{name}` does not say why {what} is not saved"), help, out);
            }
            _ => {}
        }
    }
}

fn resources(unit: &Unit<'_>, out: &mut Findings) {
    let domain = unit.domain;
    let by_default = unit
        .settings
        .namespace_limits(&super::namespace(domain))
        .is_some_and(|limits| limits.pointer("/default/memory").is_some());
    if unit.service.memory_limit.is_none() && !by_default {
        let message = format!("`{}` may use all memory of its node", unit.service.name);
        let help = "add `mem_limit`, or a default for its namespace to the environment's `namespaces`";
        out.push(Finding::warning("EVG-005", &unit.service.span, message).help(help));
    }
}

fn policy(unit: &Unit<'_>, out: &mut Findings) {
    if !has_policies(unit) && unit.text("/network_mode") == Some("host") {
        let message = format!("`{}` is on its node's network, where no policy holds", unit.service.name);
        let help = "remove `network_mode: host` and publish the ports, or accept it with a waiver";
        out.push(Finding::warning("EVG-006", unit.service.at("network_mode"), message).help(help));
    }
}

fn probes(unit: &Unit<'_>, out: &mut Findings) {
    let job = unit.service.ends_by_itself()
        || matches!(unit.own("kind").and_then(Value::as_str), Some("Job" | "CronJob" | "job" | "cronjob"))
        || unit.text("/deploy/mode").is_some_and(|m| m.ends_with("-job"));
    if !job && !unit.service.has_healthcheck() {
        let message = format!("`{}` has no probes: nobody notices when it hangs", unit.service.name);
        let help = "add a `healthcheck`; it becomes the readiness and the liveness probe";
        out.push(Finding::warning("EVG-007", &unit.service.span, message).help(help));
    }
}

fn list<'d>(domain: &'d Domain, key: &str) -> impl Iterator<Item = &'d Value> {
    domain.record.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
