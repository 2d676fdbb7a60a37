//! What the services of a domain write, and which line of the policy stands for it.

use super::policy::Paths;
use crate::compose::{Mount, Project};
use crate::model::Domain;
use crate::render::Artifacts;
use serde_json::Value;

/// Below these a host has no state of a service.
const OF_THE_HOST: [&str; 11] =
    ["/dev", "/proc", "/sys", "/run", "/var/run", "/etc", "/lib", "/usr", "/tmp", "/boot", "/mnt/cgroup"];

/// Something that a service writes.
pub struct State<'a> {
    /// Whose it is.
    pub domain: &'a Domain,
    /// The service that mounts it.
    pub service: &'a str,
    /// The mount.
    pub mount: &'a Mount,
    /// Host path (`generated/<domain>/…` beside the compose file), or name of the volume on the host.
    pub name: String,
    /// Key of the volume in the file.
    pub volume: Option<&'a str>,
}

/// Every writable volume and host path of a domain's services, one entry a mount.
pub fn states<'a>(domain: &'a Domain, project: &'a Project, artifacts: &Artifacts) -> Vec<State<'a>> {
    let mounts = project.services.iter().flat_map(|s| s.mounts.iter().map(move |m| (s, m)));
    mounts
        .filter(|(_, mount)| !mount.read_only)
        .filter_map(|(service, mount)| {
            let service = service.name.as_str();
            if let Some(key) = mount.volume() {
                let name = project.volumes.get(key).map_or_else(|| key.to_owned(), |v| v.name.clone());
                return Some(State { domain, service, mount, name, volume: Some(key) });
            }
            let path = mount.bind()?.trim_end_matches('/');
            let name = match path.strip_prefix("./") {
                Some(inner) => format!("generated/{}/{inner}", domain.name.value),
                None => path.to_owned(),
            };
            let of_the_host =
                path.is_empty() || path.ends_with(".sock") || OF_THE_HOST.iter().any(|p| within(path, p));
            let rendered = path == "."
                || path.strip_prefix("./").is_some_and(|inner| is_rendered(domain, inner, artifacts));
            (!of_the_host && !rendered).then_some(State { domain, service, mount, name, volume: None })
        })
        .collect()
}

/// Whether a path beside the compose file is a rendered file, or a folder of such.
fn is_rendered(domain: &Domain, inner: &str, artifacts: &Artifacts) -> bool {
    artifacts.of(&domain.name.value).any(|f| within(&f.path, inner))
}

/// Whether `path` is `folder` or below it.
pub(crate) fn within(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What the domain's own `state` says, ephemeral or not and the profile: `None` when it does not speak of it.
pub fn said<'a>(state: &State<'a>) -> Option<(bool, Option<&'a str>)> {
    let list = state.domain.record.get("state").and_then(Value::as_array)?;
    let text = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
    let entry = list.iter().find(|entry| match state.volume {
        Some(key) => text(entry, "volume").is_some_and(|v| v == key || v == state.name),
        None => text(entry, "path").is_some_and(|path| within(&state.name, &path)),
    })?;
    let ephemeral = entry.get("ephemeral").and_then(Value::as_bool) == Some(true);
    Some((ephemeral, entry.get("backup").and_then(Value::as_str)))
}

/// Number of the line of `paths` that stands for this state.
pub fn covering(state: &State<'_>, paths: &Paths) -> Option<usize> {
    state.volume.and_then(|key| paths.covering(key)).or_else(|| paths.covering(&state.name))
}

/// Where the usual images of database servers keep their files.
const DATABASES: [&str; 11] = [
    "/var/lib/postgresql",
    "/var/lib/mysql",
    "/var/lib/mariadb",
    "/data/db",
    "/var/lib/mongodb",
    "/var/lib/clickhouse",
    "/var/lib/influxdb",
    "/var/lib/cassandra",
    "/bitnami/postgresql",
    "/bitnami/mariadb",
    "/opt/couchdb/data",
];

impl State<'_> {
    /// Whether it is where images of database servers keep their files.
    pub fn is_database(&self) -> bool {
        DATABASES.iter().any(|folder| within(&self.mount.target, folder))
    }
}
