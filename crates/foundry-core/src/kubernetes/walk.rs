//! Every key of a domain's Compose file against the table: what is refused and what needs something beside it.

use super::keys::{Verdict, has_below, verdict};
use super::unit::Unit;
use crate::compose::Project;
use crate::diag::{Finding, Findings, Span};
use crate::model::Domain;
use crate::yaml::Node;
use serde_json::Value;

/// Findings about the keys of one service.
pub(super) fn service(unit: &Unit<'_>, out: &mut Findings) {
    let walk = Walk { who: format!("`{}`", unit.service.name), unit: Some(unit), class: false };
    let node = unit.project.node.get("services").and_then(|n| n.get(&unit.service.name));
    walk.mapping("service", &unit.service.config, node.map(|n| &**n), &unit.service.span, out);
}

/// Findings about the keys outside of services.
pub(super) fn project(project: &Project, domain: &Domain, out: &mut Findings) {
    for (name, network) in &project.networks {
        if let Some(driver) = network.driver.as_deref().filter(|d| *d != "bridge") {
            let message = format!("network `{name}` has the driver {driver}, and pods have one network");
            out.push(
                Finding::error("TRN-003", &network.span, message).help(
                    "remove it, or write `network_mode: host` for what needs the machine's own network",
                ),
            );
        }
    }
    let section = |kind: &str, key: &str, all: Vec<(&String, &Value, &Span)>, out: &mut Findings| {
        for (name, config, span) in all {
            let node = project.node.get(key).and_then(|n| n.get(name));
            let class = kind == "volume" && class_of(domain, name);
            let walk = Walk { who: format!("{kind} `{name}`"), unit: None, class };
            walk.mapping(kind, config, node.map(|n| &**n), span, out);
        }
    };
    let networks = project.networks.iter().map(|(n, v)| (n, &*v.config, &v.span)).collect();
    section("network", "networks", networks, out);
    section(
        "volume",
        "volumes",
        project.volumes.iter().map(|(n, v)| (n, &*v.config, &v.span)).collect(),
        out,
    );
    section(
        "secret",
        "secrets",
        project.secrets.iter().map(|(n, v)| (n, &*v.config, &v.span)).collect(),
        out,
    );
    section(
        "config",
        "configs",
        project.configs.iter().map(|(n, v)| (n, &*v.config, &v.span)).collect(),
        out,
    );
    for entry in project.node.entries() {
        let Some(key) = entry.key.text().filter(|k| !k.starts_with("x-")) else { continue };
        if let Some(Verdict::Refused(why, way)) = verdict(key) {
            out.push(refused("the file", key, &entry.key.span, why, way));
        }
    }
}

struct Walk<'a> {
    who: String,
    unit: Option<&'a Unit<'a>>,
    /// Whether the registry says the class of the volume.
    class: bool,
}

impl Walk<'_> {
    fn mapping(&self, path: &str, value: &Value, node: Option<&Node>, span: &Span, out: &mut Findings) {
        for (key, value) in value.as_object().into_iter().flatten() {
            if key.starts_with("x-") || value.is_null() {
                continue;
            }
            let entry = node.and_then(|n| n.entry(key));
            let span = entry.map_or(span, |e| &e.key.span);
            let node = entry.map(|e| &*e.value);
            let path = format!("{path}.{key}");
            // Normalising adds it for what shares a namespace; only what is written is found.
            if entry.is_none() && path == "service.depends_on.*.restart" {
                continue;
            }
            match verdict(&path) {
                None => out.push(refused(&self.who, key, span, "the table does not know it", "remove it")),
                Some(Verdict::Refused(why, way)) => out.push(refused(&self.who, key, span, why, way)),
                Some(Verdict::Explicit(needs)) if !self.is_said(key, value) => out.push(
                    Finding::error(
                        "TRN-002",
                        span,
                        format!("{} has `{key}`, which is not enough for Kubernetes", self.who),
                    )
                    .help(format!("add {needs}")),
                ),
                Some(Verdict::Explicit(_) | Verdict::Ignored(_)) => {}
                Some(Verdict::Kept(_)) => self.below(&path, value, node, span, out),
            }
        }
    }

    fn below(&self, path: &str, value: &Value, node: Option<&Node>, span: &Span, out: &mut Findings) {
        if has_below(&format!("{path}.*.")) {
            for (name, value) in value.as_object().into_iter().flatten() {
                let entry = node.and_then(|n| n.entry(name));
                let span = entry.map_or(span, |e| &e.key.span);
                self.mapping(&format!("{path}.*"), value, entry.map(|e| &*e.value), span, out);
            }
        } else if has_below(&format!("{path}[]")) {
            for (i, value) in value.as_array().into_iter().flatten().enumerate() {
                let node = node.and_then(|n| n.items().get(i));
                let span = node.map_or(span, |n| &n.span);
                self.mapping(&format!("{path}[]"), value, node.map(|n| &**n), span, out);
            }
        } else if has_below(&format!("{path}.")) {
            self.mapping(path, value, node, span, out);
        }
    }

    /// Whether what the key needs beside it is there.
    fn is_said(&self, key: &str, value: &Value) -> bool {
        let Some(unit) = self.unit else { return self.class || value.as_str() == Some("local") };
        match key {
            "build" => unit.service.image.is_some(),
            _ => unit.own("resources").is_some_and(Value::is_object),
        }
    }
}

fn refused(who: &str, key: &str, span: &Span, why: &str, way: &str) -> Finding {
    let message = format!("{who} has `{key}`, which has no meaning in Kubernetes: {why}");
    Finding::error("TRN-001", span, message).help(way)
}

/// Whether the domain's `state` names a class for the volume.
fn class_of(domain: &Domain, volume: &str) -> bool {
    let state = domain.record.get("state").and_then(Value::as_array).into_iter().flatten();
    let is = |e: &&Value| e.get("volume").and_then(Value::as_str) == Some(volume);
    state.into_iter().find(is).is_some_and(|e| e.get("class").is_some())
}
