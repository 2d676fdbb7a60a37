//! A service as a pod: its container, its init containers, and how both fit on a node.

use super::env::{Env, Wanted};
use super::files::Files;
use super::mounts::Volumes;
use super::object::{Object, is_annotation, labels, unless_empty, without_nulls};
use super::unit::Unit;
use super::{place, probes, resources, security};
use crate::diag::{Finding, Findings};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A pod template and what comes with it.
pub(super) struct Pod {
    /// `template`.
    pub template: Value,
    /// ConfigMaps.
    pub objects: Vec<Object>,
    /// Files with secrets in them, for the Secret `<service>-files`.
    pub private: Vec<(String, BTreeMap<String, String>)>,
    /// Claims that are used.
    pub claims: Vec<String>,
    /// Whether it mounts a path of its node, its network or its processes.
    pub needs_node: bool,
}

/// The pod of a service.
pub(super) fn pod(unit: &Unit<'_>, is_job: bool, wanted: &mut Wanted, out: &mut Findings) -> Pod {
    let main = part(unit, false, wanted, out);
    let mut pod = Pod {
        template: Value::Null,
        objects: Vec::new(),
        private: Vec::new(),
        claims: Vec::new(),
        needs_node: false,
    };
    let mut volumes = Vec::new();
    let mut init = Vec::new();
    for dependency in
        unit.service.depends_on.iter().filter(|d| d.condition == "service_completed_successfully")
    {
        let Some(other) = unit.project.service(&dependency.service) else { continue };
        let mut other = part(&unit.with(other), true, wanted, out);
        for key in ["livenessProbe", "readinessProbe", "startupProbe", "lifecycle"] {
            other.container.as_object_mut().map(|c| c.shift_remove(key));
        }
        init.push(other.container.clone());
        pod.take(other, &mut volumes);
    }
    let container = main.container.clone();
    pod.take(main, &mut volumes);
    let annotations = annotations([unit.at("/annotations"), unit.at("/labels")].into_iter().flatten());
    check_annotations(unit, &annotations, out);
    let mut annotations = Value::Object(annotations);
    for (key, value) in super::prometheus::annotations(unit) {
        annotations[key] = value.into();
    }
    if let Some(hash) = pod.content_hash() {
        annotations["foundry/content-hash"] = hash.into();
    }
    let backed_up: Vec<String> =
        pod.claims.iter().filter(|c| is_backed_up(unit, c)).map(|c| super::mounts::name_of(c)).collect();
    if !backed_up.is_empty() {
        annotations["backup.velero.io/backup-volumes"] = backed_up.join(",").into();
    }
    for (key, value) in hooks(unit) {
        annotations[key] = value.into();
    }
    let mut spec = json!({
        "automountServiceAccountToken": false,
        "enableServiceLinks": false,
        "securityContext": security::of_pod(unit, !pod.claims.is_empty(), out),
        "initContainers": unless_empty(json!(init)),
        "containers": [container],
        "volumes": unless_empty(json!(volumes)),
    });
    place::fill(unit, &mut spec, is_job, out);
    pod.needs_node |= ["hostNetwork", "hostPID", "hostIPC"].iter().any(|k| spec[*k] == json!(true));
    pod.needs_node |= unit.flag("/privileged");
    pod.template = without_nulls(json!({
        "metadata": {"labels": labels(unit.domain_name(), &unit.service.name, None), "annotations": unless_empty(annotations)},
        "spec": spec,
    }));
    pod
}

/// What the cluster's backup runs in the pod before and after it saves its volumes (`x-foundry: {backup: …}`).
fn hooks(unit: &Unit<'_>) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (key, when) in [("before", "pre"), ("after", "post")] {
        let Some(said) = unit.own("backup").and_then(|b| b.get(key)) else { continue };
        let words = match said {
            Value::String(line) => json!(["/bin/sh", "-c", line]),
            list => list.clone(),
        };
        all.push((format!("{when}.hook.backup.velero.io/command"), words.to_string()));
        all.push((format!("{when}.hook.backup.velero.io/container"), unit.service.name.clone()));
    }
    all
}

/// One container and what it brings along.
struct Part {
    container: Value,
    volumes: Volumes,
    objects: Vec<Object>,
    private: (String, BTreeMap<String, String>),
}

impl Pod {
    fn take(&mut self, part: Part, volumes: &mut Vec<Value>) {
        for volume in part.volumes.volumes {
            if !volumes.contains(&volume) {
                volumes.push(volume);
            }
        }
        for claim in part.volumes.claims {
            if !self.claims.contains(&claim) {
                self.claims.push(claim);
            }
        }
        self.needs_node |= part.volumes.host_path;
        self.objects.extend(part.objects);
        if !part.private.1.is_empty() {
            self.private.push(part.private);
        }
    }

    /// What ConfigMaps and files hold, so that a change starts new pods.
    fn content_hash(&self) -> Option<String> {
        if self.objects.is_empty() && self.private.is_empty() {
            return None;
        }
        let mut hash = Sha256::new();
        for object in &self.objects {
            hash.update(object.value["data"].to_string());
        }
        for (name, files) in &self.private {
            hash.update(format!("{name}{files:?}"));
        }
        Some(hash.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect())
    }
}

fn part(unit: &Unit<'_>, is_init: bool, wanted: &mut Wanted, out: &mut Findings) -> Part {
    let mut files = Files::default();
    let mut env = Env::read(unit, out);
    let mut volumes = Volumes::read(unit, &mut files, out);
    let service = unit.service;
    if is_init {
        // Volumes of several containers in one pod must not share a name by chance.
        prefix(&mut volumes, &service.name);
    }
    let mut words = |words: Option<&crate::diag::Spanned<Vec<String>>>| match words {
        Some(words) if !words.value.is_empty() => {
            json!(words.value.iter().map(|w| env.expanded(w)).collect::<Vec<_>>())
        }
        _ => Value::Null,
    };
    let (command, args) = (words(service.entrypoint.as_ref()), words(service.command.as_ref()));
    let config_map = env.config_map(unit);
    let env_from = config_map.as_ref().map(|c| json!([{"configMapRef": {"name": c.name}}]));
    let probes = probes::probes(unit, out);
    let container = without_nulls(json!({
        "name": service.name,
        "image": image(unit, out),
        "imagePullPolicy": pull_policy(unit, out),
        "command": command,
        "args": args,
        "workingDir": unit.text("/working_dir"),
        "envFrom": env_from,
        "env": unless_empty(json!(env.list(unit, wanted))),
        "ports": unless_empty(super::services::container_ports(unit)),
        "startupProbe": probes.startup,
        "readinessProbe": probes.readiness,
        "livenessProbe": probes.liveness,
        "lifecycle": lifecycle(unit, &mut env, out),
        "resources": resources::resources(unit),
        "securityContext": security::of_container(unit, out),
        "stdin": unit.flag("/stdin_open").then_some(true),
        "tty": unit.flag("/tty").then_some(true),
        "volumeMounts": unless_empty(json!(volumes.mounts)),
    }));
    let mut objects: Vec<Object> = config_map.into_iter().collect();
    objects.extend(files.config_map(unit, out));
    Part { container, volumes, objects, private: (service.name.clone(), files.private().clone()) }
}

/// Names that depend on the service are told apart by it; claims are the same for all.
fn prefix(volumes: &mut Volumes, service: &str) {
    let own = |volume: &Value| volume.get("persistentVolumeClaim").is_none();
    let names: Vec<String> = volumes
        .volumes
        .iter()
        .filter(|v| own(v))
        .filter_map(|v| Some(v["name"].as_str()?.to_owned()))
        .collect();
    let new = |name: &str| super::mounts::name_of(&format!("{service}-{name}"));
    for entry in volumes.volumes.iter_mut().chain(&mut volumes.mounts) {
        if let Some(name) = entry["name"].as_str().filter(|n| names.iter().any(|m| m == n)) {
            entry["name"] = new(name).into();
        }
    }
}

fn image(unit: &Unit<'_>, out: &mut Findings) -> Value {
    let image = unit.service.image_name(&unit.project.name);
    if !super::secret::keys(&image).is_empty() {
        let message = format!("the image of `{}` has a secret in its name", unit.service.name);
        out.push(
            Finding::error("TRN-005", unit.service.at("image"), message)
                .help("use an imagePullSecret for what is private"),
        );
    }
    image.into()
}

fn pull_policy(unit: &Unit<'_>, out: &mut Findings) -> Value {
    match unit.text("/pull_policy") {
        None => Value::Null,
        Some("always") => "Always".into(),
        Some("never") => "Never".into(),
        Some("missing") => "IfNotPresent".into(),
        Some(other) => {
            let message = format!("`{}` is pulled by `{other}`, which nodes do not know", unit.service.name);
            unit.cannot(out, "pull_policy", message, "choose always, missing or never");
            Value::Null
        }
    }
}

fn lifecycle(unit: &Unit<'_>, env: &mut Env, out: &mut Findings) -> Value {
    let mut hook = |key: &str| {
        let hooks: Vec<&Value> = unit.items(&format!("/{key}")).collect();
        if hooks.len() > 1 {
            let message = format!(
                "`{}` has {} commands in `{key}`, and Kubernetes takes one",
                unit.service.name,
                hooks.len()
            );
            unit.cannot(out, key, message, "join them: [sh, -c, \"first && second\"]");
        }
        let words: Vec<String> = match hooks.first()?.get("command")? {
            Value::String(line) => vec!["/bin/sh".to_owned(), "-c".to_owned(), line.clone()],
            list => list.as_array()?.iter().filter_map(|w| Some(env.expanded(w.as_str()?))).collect(),
        };
        Some(json!({"exec": {"command": words}}))
    };
    let (start, stop) = (hook("post_start"), hook("pre_stop"));
    unless_empty(json!({"postStart": start, "preStop": stop}))
}

/// Mappings of free text as annotations; keys that cannot be one are left out (and found, see below).
pub(super) fn annotations<'v>(maps: impl Iterator<Item = &'v Value>) -> Map<String, Value> {
    let entries = maps.filter_map(Value::as_object).flatten();
    entries.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().into())).collect()
}

fn check_annotations(unit: &Unit<'_>, annotations: &Map<String, Value>, out: &mut Findings) {
    for (key, value) in annotations {
        if !is_annotation(key) {
            let message = format!("the label `{key}` of `{}` cannot be an annotation", unit.service.name);
            unit.cannot(out, "labels", message, "use letters, digits, `-`, `_`, `.` and at most 63 of them");
        }
        if !super::secret::keys(value.as_str().unwrap_or_default()).is_empty() {
            let message = format!("the label `{key}` of `{}` holds a secret", unit.service.name);
            out.push(
                Finding::error("TRN-005", unit.service.at("labels"), message)
                    .help("move it to `environment`"),
            );
        }
    }
}

fn is_backed_up(unit: &Unit<'_>, claim: &str) -> bool {
    let state = unit.state(Some(claim), Some(claim));
    state.and_then(|s| s.get("backup")).and_then(Value::as_str).is_some_and(|b| b != "none")
}
