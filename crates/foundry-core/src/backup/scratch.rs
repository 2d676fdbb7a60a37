//! The Compose file of a scratch place: the same services, on restored data, where nobody else can reach them.

use crate::compose::{Project, Service};
use crate::yaml;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What ties a service to this very host, to names outside its project or to who may reach it.
const DROPPED: [&str; 15] = [
    "ports",
    "container_name",
    "labels",
    "build",
    "profiles",
    "devices",
    "external_links",
    "pid",
    "ipc",
    "cgroup_parent",
    "mac_address",
    "network_mode",
    "volumes_from",
    "links",
    "hostname",
];

/// The file. `restored` gives the folder that stands for a volume (by its name) or a host path; what has none begins
/// empty. `only`: the services to start; all where nothing is said.
pub fn scratch(
    project: &Project,
    name: &str,
    restored: &dyn Fn(&str) -> Option<String>,
    only: Option<&[String]>,
) -> String {
    let chosen = |service: &&Service| only.is_none_or(|only| only.contains(&service.name));
    let services: Vec<&Service> = project.services.iter().filter(chosen).collect();
    let names: BTreeSet<&str> = services.iter().map(|s| s.name.as_str()).collect();
    let mut out = Map::new();
    let mut networks = Map::new();
    for service in services {
        out.insert(service.name.clone(), one(project, service, &names, restored, &mut networks));
    }
    let mut file = json!({"name": name, "services": out, "networks": networks});
    let top = project.node.to_json();
    for key in ["secrets", "configs"] {
        if let Some(value) = top.get(key) {
            file[key] = value.clone();
        }
    }
    escape(&mut file);
    yaml::emit(&file)
}

fn one(
    project: &Project,
    service: &Service,
    names: &BTreeSet<&str>,
    restored: &dyn Fn(&str) -> Option<String>,
    networks: &mut Map<String, Value>,
) -> Value {
    let mut config = service.config.as_object().cloned().unwrap_or_default();
    let mode = config.get("network_mode").and_then(Value::as_str).unwrap_or_default().to_owned();
    let kept = mode == "none" || mode.strip_prefix("service:").is_some_and(|other| names.contains(other));
    DROPPED.iter().for_each(|key| drop(config.remove(*key)));
    config.insert("image".into(), service.image_name(&project.name).into());
    if kept {
        config.insert("network_mode".into(), mode.into());
        config.remove("networks");
    } else {
        let mut joined = Map::new();
        let declared = config.get("networks").and_then(Value::as_object).cloned();
        for (key, value) in declared.unwrap_or_else(|| Map::from_iter([("default".to_owned(), Value::Null)]))
        {
            let aliases = value.get("aliases").map(|a| json!({"aliases": a}));
            joined.insert(key.clone(), aliases.unwrap_or(Value::Null));
            networks.insert(key, json!({"internal": true}));
        }
        config.insert("networks".into(), joined.into());
    }
    if let Some(needs) = config.get_mut("depends_on").and_then(Value::as_object_mut) {
        needs.retain(|other, _| names.contains(other.as_str()));
    }
    if let Some(mounts) = config.get_mut("volumes").and_then(Value::as_array_mut) {
        let moved = mounts.iter().filter_map(|mount| moved(project, mount, restored));
        *mounts = moved.collect();
    }
    Value::Object(config)
}

/// A mount on restored data; `None` for a socket of the host, through which live services could be reached.
fn moved(project: &Project, mount: &Value, restored: &dyn Fn(&str) -> Option<String>) -> Option<Value> {
    let text = |key: &str| mount.get(key).and_then(Value::as_str);
    let (kind, source, target) = (text("type")?, text("source").unwrap_or_default(), text("target")?);
    let read_only = mount.get("read_only") == Some(&Value::Bool(true));
    let bind =
        |path: String| json!({"type": "bind", "source": path, "target": target, "read_only": read_only});
    let empty = json!({"type": "volume", "target": target});
    match kind {
        "bind" if source.ends_with(".sock") => None,
        "bind" if source.starts_with('.') => Some(match restored(source) {
            Some(path) => bind(path),
            None => mount.clone(),
        }),
        "bind" => Some(match restored(source) {
            Some(path) => bind(path),
            None if read_only => mount.clone(),
            None => empty,
        }),
        "volume" => {
            let name = project.volumes.get(source).map_or(source, |v| v.name.as_str());
            Some(restored(name).map_or(empty, bind))
        }
        _ => Some(mount.clone()),
    }
}

/// The file was interpolated already: what looks like a variable is meant as it stands.
fn escape(value: &mut Value) {
    match value {
        Value::String(text) => *text = text.replace('$', "$$"),
        Value::Array(items) => items.iter_mut().for_each(escape),
        Value::Object(fields) => fields.values_mut().for_each(escape),
        _ => {}
    }
}
