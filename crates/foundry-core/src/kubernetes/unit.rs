//! One service on its way to Kubernetes: what is asked about it, and how findings about it are made.

use super::settings::Settings;
use crate::compose::{Project, Service};
use crate::diag::{Finding, Findings, Span};
use crate::load::env::ResolvedEnv;
use crate::model::{Domain, Environment, Registry};
use crate::render::Artifacts;
use secrecy::ExposeSecret;
use serde_json::Value;
use std::collections::BTreeMap;

/// What a translation looks at: one environment, rendered.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The registry it was rendered from.
    pub registry: &'a Registry,
    /// The environment.
    pub environment: &'a Environment,
    /// Its merged values, secrets marked (see [`super::marked`]).
    pub env: &'a ResolvedEnv,
    /// The rendered files.
    pub artifacts: &'a Artifacts,
    /// The Compose projects read from them, by domain.
    pub projects: &'a BTreeMap<String, Project>,
}

/// One service and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Unit<'a> {
    pub input: &'a Input<'a>,
    pub settings: &'a Settings,
    pub domain: &'a Domain,
    pub project: &'a Project,
    pub service: &'a Service,
}

impl<'a> Unit<'a> {
    /// The same domain's service `service`.
    pub fn with(self, service: &'a Service) -> Unit<'a> {
        Unit { service, ..self }
    }

    /// The domain's name.
    pub fn domain_name(&self) -> &'a str {
        &self.domain.name.value
    }

    /// The normalised value at a JSON pointer of the service.
    pub fn at(&self, pointer: &str) -> Option<&'a Value> {
        self.service.config.pointer(pointer)
    }

    /// A text at a JSON pointer of the service.
    pub fn text(&self, pointer: &str) -> Option<&'a str> {
        self.at(pointer).and_then(Value::as_str)
    }

    /// Whether `true` stands at a JSON pointer of the service.
    pub fn flag(&self, pointer: &str) -> bool {
        self.at(pointer) == Some(&Value::Bool(true))
    }

    /// The items of a list at a JSON pointer of the service.
    pub fn items(&self, pointer: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
        self.at(pointer).and_then(Value::as_array).into_iter().flatten()
    }

    /// The texts of a list at a JSON pointer of the service.
    pub fn texts(&self, pointer: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.items(pointer).filter_map(Value::as_str)
    }

    /// The entries of a mapping of texts at a JSON pointer of the service.
    pub fn pairs(&self, pointer: &str) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let map = self.at(pointer).and_then(Value::as_object).into_iter().flatten();
        map.filter_map(|(k, v)| Some((k.as_str(), v.as_str()?)))
    }

    /// What `x-foundry` of the service says under `key`.
    pub fn own(&self, key: &str) -> Option<&'a Value> {
        self.service.config.get("x-foundry")?.get(key)
    }

    /// Says that the value under `key` cannot be kept.
    pub fn cannot(&self, out: &mut Findings, key: &str, message: impl Into<String>, help: &str) {
        out.push(Finding::error("TRN-003", self.service.at(key), message).help(help));
    }

    /// Says that the value at `span` is kept with a loss that may not matter.
    pub fn differs(&self, out: &mut Findings, span: &Span, message: impl Into<String>, help: &str) {
        out.push(Finding::warning("TRN-003", span, message).help(help));
    }

    /// The entry of the domain's `state` for a named volume or a path.
    pub fn state(&self, volume: Option<&str>, path: Option<&str>) -> Option<&'a Value> {
        let all = self.domain.record.get("state").and_then(Value::as_array).into_iter().flatten();
        let is = |entry: &Value, key: &str, wanted: Option<&str>| {
            let said = entry.get(key).and_then(Value::as_str);
            wanted.is_some() && said.map(|text| self.expanded(text)).as_deref() == wanted
        };
        all.into_iter().find(|e| is(e, "volume", volume) || is(e, "path", path))
    }

    /// `text` with `${NAME}` replaced by the environment's values; unknown names by nothing.
    pub fn expanded(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                out.push_str("${");
                rest = after;
                continue;
            };
            out.push_str(self.input.env.get(name).map_or("", |v| v.value.expose_secret()));
            rest = tail;
        }
        out.push_str(rest);
        out
    }
}
