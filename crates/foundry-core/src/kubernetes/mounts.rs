//! Volumes of a pod: claims, rendered files, memory, paths of the node.

use super::files::Files;
use super::object::unless_empty;
use super::unit::Unit;
use crate::compose::Mount;
use crate::diag::Findings;
use serde_json::{Value, json};

/// Sockets that only a node with that engine has.
const SOCKETS: [&str; 2] = ["/docker.sock", "/podman.sock"];

/// A pod's volumes and one container's mounts.
#[derive(Default)]
pub(super) struct Volumes {
    /// `spec.volumes`, by name.
    pub volumes: Vec<Value>,
    /// `volumeMounts` of the container.
    pub mounts: Vec<Value>,
    /// Claims that are used: key of the volume or path, and its claim.
    pub claims: Vec<String>,
    /// Whether a path of the node is mounted.
    pub host_path: bool,
}

impl Volumes {
    /// Everything that the service mounts, its rendered files put into `files`.
    pub fn read(unit: &Unit<'_>, files: &mut Files, out: &mut Findings) -> Volumes {
        let mut all = Volumes::default();
        let configs = unit.items("/volumes").collect::<Vec<_>>();
        for (i, mount) in unit.service.mounts.iter().enumerate() {
            let config =
                configs.iter().find(|c| c.get("target").and_then(Value::as_str) == Some(&mount.target));
            all.mount(unit, i, mount, config.copied().unwrap_or(&Value::Null), files, out);
        }
        for (i, line) in unit.texts("/tmpfs").enumerate() {
            all.tmpfs(&format!("tmpfs-{i}"), line);
        }
        if let Some(size) = unit.text("/shm_size") {
            all.memory("shm", "/dev/shm", Some(size.to_owned()));
        }
        files.grants(unit, out);
        all.volumes.extend(files.volumes(unit));
        all.mounts.extend(files.mounts.iter().cloned());
        all
    }

    fn mount(
        &mut self,
        unit: &Unit<'_>,
        index: usize,
        mount: &Mount,
        config: &Value,
        files: &mut Files,
        out: &mut Findings,
    ) {
        let (service, target) = (&unit.service.name, &mount.target);
        match (mount.kind.as_str(), mount.source.as_deref()) {
            ("volume", Some(key)) => self.claim(unit, key, mount, config),
            ("volume", None) => self.add(&format!("scratch-{index}"), json!({"emptyDir": {}}), mount, None),
            ("tmpfs", _) => {
                let size = config.pointer("/tmpfs/size").and_then(Value::as_str).map(str::to_owned);
                self.memory(&format!("memory-{index}"), target, size);
            }
            ("bind", Some(path)) if SOCKETS.iter().any(|s| path.ends_with(s)) => out.push(
                crate::diag::Finding::error(
                    "TRN-003",
                    &mount.span,
                    format!("`{service}` mounts {path}, and nodes have no Docker Engine"),
                )
                .help("use the cluster's API with a ServiceAccount, or leave the service out with `environments`"),
            ),
            ("bind", Some(path)) if path.starts_with('.') => files.bind(unit, mount, out),
            ("bind", Some(path)) => self.host_path(unit, index, path, mount, config, out),
            (kind, _) => out.push(
                crate::diag::Finding::error(
                    "TRN-003",
                    &mount.span,
                    format!("`{service}` mounts a `{kind}` at {target}, which Kubernetes does not have"),
                )
                .help("use a named volume, or a file that the domain renders"),
            ),
        }
    }

    fn claim(&mut self, unit: &Unit<'_>, key: &str, mount: &Mount, config: &Value) {
        let external = unit.project.volumes.get(key).filter(|v| v.external);
        let claim = external.map_or_else(|| claim_name(unit.domain_name(), key), |v| v.name.clone());
        if external.is_none() {
            self.claims.push(key.to_owned());
        }
        let sub_path = config.pointer("/volume/subpath").and_then(Value::as_str);
        self.add(&name_of(key), json!({"persistentVolumeClaim": {"claimName": claim}}), mount, sub_path);
    }

    fn host_path(
        &mut self,
        unit: &Unit<'_>,
        index: usize,
        path: &str,
        mount: &Mount,
        config: &Value,
        out: &mut Findings,
    ) {
        if unit.state(None, Some(path)).is_some() {
            let claim = claim_name(unit.domain_name(), path);
            self.claims.push(path.to_owned());
            self.add(&name_of(path), json!({"persistentVolumeClaim": {"claimName": claim}}), mount, None);
            return;
        }
        self.host_path = true;
        unit.differs(
            out,
            &mount.span,
            format!("`{}` keeps {path} on whichever node it runs on", unit.service.name),
            &format!("add `{{path: {path}, size: SIZE}}` to the domain's `state` for a claim"),
        );
        let create = config.pointer("/bind/create_host_path") == Some(&Value::Bool(true)) && !mount.read_only;
        let kind = create.then_some("DirectoryOrCreate");
        self.add(&format!("host-{index}"), json!({"hostPath": {"path": path, "type": kind}}), mount, None);
        let propagation = match config.pointer("/bind/propagation").and_then(Value::as_str) {
            Some("rslave" | "slave") => Some("HostToContainer"),
            Some("rshared" | "shared") => Some("Bidirectional"),
            _ => None,
        };
        if let (Some(word), Some(last)) = (propagation, self.mounts.last_mut()) {
            last["mountPropagation"] = word.into();
        }
    }

    fn tmpfs(&mut self, name: &str, line: &str) {
        let (path, options) = line.split_once(':').unwrap_or((line, ""));
        let size = options.split(',').find_map(|o| o.strip_prefix("size="));
        self.memory(name, path, size.and_then(bytes));
    }

    fn memory(&mut self, name: &str, path: &str, size: Option<String>) {
        let size = size.map(|s| super::resources::memory(s.parse().unwrap_or_default()));
        self.volumes.push(json!({"name": name, "emptyDir": {"medium": "Memory", "sizeLimit": size}}));
        self.mounts.push(json!({"name": name, "mountPath": path}));
    }

    fn add(&mut self, name: &str, source: Value, mount: &Mount, sub_path: Option<&str>) {
        if !self.volumes.iter().any(|v| v["name"] == name) {
            let mut volume = json!({"name": name});
            for (key, value) in source.as_object().into_iter().flatten() {
                volume[key] = value.clone();
            }
            self.volumes.push(volume);
        }
        let read_only = mount.read_only.then_some(true);
        self.mounts.push(json!({
            "name": name, "mountPath": mount.target, "readOnly": read_only, "subPath": sub_path,
        }));
    }
}

/// `64m` in bytes as text.
fn bytes(text: &str) -> Option<String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor: u64 = match text[digits.len()..].to_ascii_lowercase().trim_end_matches('b') {
        "" => 1,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        _ => return None,
    };
    Some((digits.parse::<u64>().ok()? * factor).to_string())
}

/// The claim of a named volume or path of a domain.
pub(super) fn claim_name(domain: &str, key: &str) -> String {
    format!("{}-{}", name_of(domain), name_of(key))
}

/// `text` as a part of a name: other characters become `-`.
pub(super) fn name_of(text: &str) -> String {
    let name: String = text
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' })
        .collect();
    let name = name.trim_matches('-');
    name[..name.len().min(50)].trim_end_matches('-').to_owned()
}

/// The claims of a domain: one for each named volume and each path in its `state`.
pub(super) fn claims(unit: &Unit<'_>, used: &[String], out: &mut Findings) -> Vec<super::Object> {
    let mut all = Vec::new();
    for key in used {
        let volume = unit.project.volumes.get(key);
        let state = unit.state(volume.map(|_| key.as_str()), volume.is_none().then_some(key.as_str()));
        let size = state.and_then(|s| s.get("size")).and_then(Value::as_str);
        let span = volume.map_or(&unit.domain.span, |v| &v.span);
        let Some(size) = size else {
            let message = format!("volume `{key}` has no size, and a claim needs one");
            out.push(
                crate::diag::Finding::error("TRN-002", span, message)
                    .help(format!("add `state: [{{volume: {key}, size: SIZE}}]` to the domain")),
            );
            continue;
        };
        let class = state.and_then(|s| s.get("class")).and_then(Value::as_str).filter(|c| *c != "default");
        let class = class.map(str::to_owned).or_else(|| unit.settings.storage_class.clone());
        let mut annotations =
            super::pod::annotations(volume.and_then(|v| v.config.get("labels")).into_iter());
        // Data outlives what mounts it: no reconciler may remove a claim because its file went away.
        annotations.insert("argocd.argoproj.io/sync-options".into(), "Prune=false,Delete=false".into());
        annotations.insert("kustomize.toolkit.fluxcd.io/prune".into(), "disabled".into());
        let domain = unit.domain_name();
        all.push(super::Object::new(
            "v1",
            "PersistentVolumeClaim",
            &claim_name(domain, key),
            json!({"labels": super::object::labels(domain, domain, Some("data")), "annotations": unless_empty(Value::Object(annotations))}),
            json!({"spec": {
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": class,
                "resources": {"requests": {"storage": quantity(size)}},
            }}),
        ));
    }
    all
}

/// A size of the registry (`20Gi`, `20G`, `20GiB`) as a quantity.
fn quantity(size: &str) -> String {
    size.trim().trim_end_matches('B').replace(' ', "")
}
