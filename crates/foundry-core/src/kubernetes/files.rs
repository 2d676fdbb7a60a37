//! Rendered files that a service mounts: a ConfigMap, or a Secret where a secret value is in one.

use super::object::{Object, labels};
use super::secret;
use super::unit::Unit;
use crate::compose::{Mount, Source};
use crate::diag::{Finding, Findings, Span};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Most bytes of one ConfigMap or Secret: etcd's limit with room for the rest of the object.
const MOST: usize = 1_000_000;

/// Files of one service.
#[derive(Default)]
pub(super) struct Files {
    public: BTreeMap<String, String>,
    private: BTreeMap<String, String>,
    /// Other volumes: whole folders, and objects that are there already.
    others: Vec<Value>,
    /// `volumeMounts` for all of them.
    pub mounts: Vec<Value>,
}

impl Files {
    /// A bind mount of a rendered file or folder.
    pub fn bind(&mut self, unit: &Unit<'_>, mount: &Mount, out: &mut Findings) {
        let source = mount.source.as_deref().unwrap_or_default();
        let below = source.trim_start_matches("./");
        let domain = unit.domain_name();
        if let Some(file) = unit.input.artifacts.get(domain, below) {
            let name = self.put(below, file.content.expose());
            let key = key_of(below);
            self.mounts
                .push(json!({"name": name, "mountPath": mount.target, "subPath": key, "readOnly": true}));
        } else {
            let prefix = format!("{below}/");
            let inside: Vec<_> = unit
                .input
                .artifacts
                .of(domain)
                .filter(|f| f.path.starts_with(&prefix) || below == ".")
                .collect();
            if inside.is_empty() {
                out.push(
                    Finding::error(
                        "TRN-003",
                        &mount.span,
                        format!("`{}` mounts {source}, which is not rendered here", unit.service.name),
                    )
                    .help("use a named volume for data, or add a template that renders it"),
                );
                return;
            }
            let private = inside.iter().any(|f| !secret::keys(f.content.expose()).is_empty());
            let mut items = Vec::new();
            for file in inside {
                let map = if private { &mut self.private } else { &mut self.public };
                map.insert(key_of(&file.path), file.content.expose().to_owned());
                let path = file.path.strip_prefix(&prefix).unwrap_or(&file.path);
                items.push(json!({"key": key_of(&file.path), "path": path}));
            }
            let name = format!("folder-{}", super::mounts::name_of(below));
            self.others.push(volume(&name, unit, private, Some(items)));
            self.mounts.push(json!({"name": name, "mountPath": mount.target, "readOnly": true}));
        }
        if !mount.read_only {
            let message =
                format!("`{}` can write to {source} in Compose, and not in Kubernetes", unit.service.name);
            unit.differs(
                out,
                &mount.span,
                message,
                "add `:ro`, or copy the file to a volume when the service starts",
            );
        }
    }

    /// `configs` and `secrets` that the service uses.
    pub fn grants(&mut self, unit: &Unit<'_>, out: &mut Findings) {
        for (list, sources, folder) in
            [("/configs", &unit.project.configs, ""), ("/secrets", &unit.project.secrets, "/run/secrets")]
        {
            for grant in unit.items(list) {
                let key = grant.get("source").and_then(Value::as_str).unwrap_or_default();
                let target = grant.get("target").and_then(Value::as_str).unwrap_or(key);
                let target =
                    if target.starts_with('/') { target.to_owned() } else { format!("{folder}/{target}") };
                let Some(source) = sources.get(key) else { continue };
                self.grant(unit, key, source, &target, grant, list == "/secrets", out);
            }
        }
    }

    #[allow(clippy::too_many_arguments)] // one grant has that many parts
    fn grant(
        &mut self,
        unit: &Unit<'_>,
        key: &str,
        source: &Source,
        target: &str,
        grant: &Value,
        is_secret: bool,
        out: &mut Findings,
    ) {
        let text = |field: &str| source.config.get(field).and_then(Value::as_str);
        let mode = grant.get("mode").and_then(Value::as_u64);
        let external = source.config.get("external").is_some_and(|e| e != &Value::Bool(false));
        if external {
            let name = text("name").unwrap_or(key);
            let volume_name = format!("external-{}", super::mounts::name_of(key));
            let items = json!([{"key": key, "path": key, "mode": mode}]);
            self.others.push(match is_secret {
                true => json!({"name": volume_name, "secret": {"secretName": name, "items": items}}),
                false => json!({"name": volume_name, "configMap": {"name": name, "items": items}}),
            });
            self.mounts
                .push(json!({"name": volume_name, "mountPath": target, "subPath": key, "readOnly": true}));
            return;
        }
        let Some(content) = self.content(unit, key, source, is_secret, out) else { return };
        let name = self.put_as(key, &content, is_secret);
        self.mounts
            .push(json!({"name": name, "mountPath": target, "subPath": key_of(key), "readOnly": true}));
        if mode.is_some_and(|m| m & 0o222 != 0) {
            let message = format!(
                "`{}` asks for a writable {key}, and such files cannot be written",
                unit.service.name
            );
            unit.differs(out, &source.span, message, "choose a mode without write bits, such as 0444");
        }
    }

    fn content(
        &self,
        unit: &Unit<'_>,
        key: &str,
        source: &Source,
        is_secret: bool,
        out: &mut Findings,
    ) -> Option<String> {
        let text = |field: &str| source.config.get(field).and_then(Value::as_str);
        let word = if is_secret { "secret" } else { "config" };
        let problem = if let Some(file) = text("file") {
            let below = file.trim_start_matches("./");
            match unit.input.artifacts.get(unit.domain_name(), below) {
                Some(found) => return Some(found.content.expose().to_owned()),
                None => format!("{word} `{key}` is the file {file}, which is not rendered here"),
            }
        } else if let Some(variable) = text("environment") {
            use secrecy::ExposeSecret;
            match unit.input.env.get(variable) {
                Some(found) => return Some(found.value.expose_secret().to_owned()),
                None => format!("{word} `{key}` is the variable {variable}, which no layer sets"),
            }
        } else if let Some(content) = text("content") {
            return Some(content.to_owned());
        } else {
            format!("{word} `{key}` has no content")
        };
        out.push(Finding::error("TRN-003", &source.span, problem).help("add a template that renders it"));
        None
    }

    fn put(&mut self, path: &str, content: &str) -> &'static str {
        self.put_as(path, content, false)
    }

    /// Keeps a file; the answer is the volume that it is in.
    fn put_as(&mut self, path: &str, content: &str, private: bool) -> &'static str {
        let private = private || !secret::keys(content).is_empty();
        let (map, name) =
            if private { (&mut self.private, "secret-files") } else { (&mut self.public, "files") };
        map.insert(key_of(path), content.to_owned());
        name
    }

    /// The volumes of the pod.
    pub fn volumes(&self, unit: &Unit<'_>) -> Vec<Value> {
        let uses = |name: &str| self.mounts.iter().any(|m| m["name"] == name);
        let mut all = Vec::new();
        if uses("files") {
            all.push(volume("files", unit, false, None));
        }
        if uses("secret-files") {
            all.push(volume("secret-files", unit, true, None));
        }
        all.extend(self.others.iter().cloned());
        all
    }

    /// The ConfigMap, if there is one.
    pub fn config_map(&self, unit: &Unit<'_>, out: &mut Findings) -> Option<Object> {
        self.fits(unit, &self.public, out);
        let data: Map<String, Value> =
            self.public.iter().map(|(k, v)| (k.clone(), v.as_str().into())).collect();
        let name = &unit.service.name;
        let metadata = json!({"labels": labels(unit.domain_name(), name, None)});
        (!data.is_empty()).then(|| {
            Object::new("v1", "ConfigMap", &format!("{name}-files"), metadata, json!({"data": data}))
        })
    }

    /// Files with marks of secrets, for the Secret `<service>-files`.
    pub fn private(&self) -> &BTreeMap<String, String> {
        &self.private
    }

    fn fits(&self, unit: &Unit<'_>, files: &BTreeMap<String, String>, out: &mut Findings) {
        let size: usize = files.values().map(String::len).sum();
        if size > MOST {
            let span: &Span = &unit.service.span;
            let message =
                format!("`{}` mounts {size} bytes of files, more than a ConfigMap holds", unit.service.name);
            out.push(
                Finding::error("TRN-003", span, message).help("put them into the image, or on a volume"),
            );
        }
    }
}

fn volume(name: &str, unit: &Unit<'_>, private: bool, items: Option<Vec<Value>>) -> Value {
    let object = format!("{}-files", unit.service.name);
    match private {
        true => json!({"name": name, "secret": {"secretName": object, "items": items}}),
        false => json!({"name": name, "configMap": {"name": object, "items": items}}),
    }
}

/// A path as a key of a ConfigMap.
fn key_of(path: &str) -> String {
    path.replace('/', "__")
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' })
        .collect()
}
