//! What a service's containers were made from, as digests: of the whole, and of each field for the cause of a change.

use super::overlay::LABEL_PREFIX;
use super::project::{Project, Service};
use crate::digest::sha256;
use serde_json::Value;
use std::collections::BTreeMap;

/// Digest of each part of a service: `image`, `ports`, `environment.NAME`, `labels.NAME`, `file.PATH` (mounted or
/// used), `build.PATH` (in its build context).
pub type Fingerprints = BTreeMap<String, String>;

/// The 12 hex digits that stand for a value in comparisons, so that the value need not be kept.
pub fn fingerprint(value: &str) -> String {
    sha256(value.as_bytes())[..12].to_owned()
}

/// The digests of `service`'s parts. `files`: digest (hex) of each rendered file by its path below the project's
/// folder. Labels that begin with `foundry.` take no part.
pub fn fields(project: &Project, service: &Service, files: &BTreeMap<String, String>) -> Fingerprints {
    digests(project, service, files).1
}

/// SHA-256 (hex) over the same parts in full: the normalised service, and the digests of the files it uses.
pub fn config_hash(project: &Project, service: &Service, files: &BTreeMap<String, String>) -> String {
    digests(project, service, files).0
}

/// [`config_hash`] and [`fields`] at once.
pub fn digests(
    project: &Project,
    service: &Service,
    files: &BTreeMap<String, String>,
) -> (String, Fingerprints) {
    let whole = parts(project, service, files);
    let text: String = whole.iter().map(|(key, digest)| format!("{key}\0{digest}\n")).collect();
    let short = |digest: String| digest.get(..8).map_or(digest.clone(), str::to_owned);
    (sha256(text.as_bytes()), whole.into_iter().map(|(key, digest)| (key, short(digest))).collect())
}

/// The digests in full length.
fn parts(project: &Project, service: &Service, files: &BTreeMap<String, String>) -> Fingerprints {
    let mut out = BTreeMap::new();
    let entries = |json: &str| serde_json::from_str::<BTreeMap<String, Value>>(json).unwrap_or_default();
    for (key, json) in service.config.entries() {
        match key {
            "environment" | "labels" => {
                let ours = |name: &str| key == "labels" && name.starts_with(LABEL_PREFIX);
                for (name, value) in entries(json).iter().filter(|(name, _)| !ours(name)) {
                    out.insert(format!("{key}.{name}"), whole(&value.to_string()));
                }
            }
            // What starts first or when is no property of a container.
            "depends_on" | "profiles" | "pull_policy" | "scale" | "attach" | "develop" => {}
            "deploy" => {
                let mut shown = entries(json);
                shown.remove("replicas");
                if !shown.is_empty() {
                    out.insert(key.to_owned(), whole(&serde_json::json!(shown).to_string()));
                }
            }
            _ => _ = out.insert(key.to_owned(), whole(json)),
        }
    }
    for path in used_paths(project, service) {
        for (file, digest) in below(files, &path) {
            out.insert(format!("file.{file}"), digest.clone());
        }
    }
    if let Some(build) = &service.build {
        for (file, digest) in below(files, &build.context) {
            out.insert(format!("build.{file}"), digest.clone());
        }
    }
    used_definitions(project, service, &mut out);
    out
}

/// The digests as one line, for a label: `image:1a2b3c4d ports:…`.
pub fn print_fields(fields: &Fingerprints) -> String {
    let mut out = String::new();
    for (key, digest) in fields {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&key.replace('%', "%25").replace(' ', "%20"));
        out.push(':');
        out.push_str(digest);
    }
    out
}

/// Paths below the project's folder that the service mounts, reads variables from, or uses as config or secret.
fn used_paths(project: &Project, service: &Service) -> Vec<String> {
    let mounts = service.mounts.iter().filter_map(|m| m.bind().map(str::to_owned));
    let env_files = service.env_files.iter().map(|f| f.value.clone());
    let secrets = service.secrets.iter().filter_map(|s| project.secrets.get(&s.value)?.file.as_ref());
    let configs = service.configs.iter().filter_map(|c| project.configs.get(&c.value)?.file.as_ref());
    mounts.chain(env_files).chain(secrets.chain(configs).map(|f| f.value.clone())).collect()
}

/// The files at `path` or, where it is a folder, below it. The compose files themselves are none of a folder's: no
/// service reads them, and they change with everything else.
fn below<'f>(
    files: &'f BTreeMap<String, String>,
    path: &str,
) -> impl Iterator<Item = (&'f String, &'f String)> + use<'f> {
    let inside = path == "." || path.starts_with("./");
    let path = path.trim_start_matches('.').trim_start_matches('/').to_owned();
    files.iter().filter(move |(file, _)| {
        let under = || file.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/'));
        let own = matches!(file.as_str(), "compose.yml" | "compose.yaml" | super::overlay::FILE);
        inside && (**file == path || !own && (path.is_empty() || under()))
    })
}

/// Content that stands in the compose file itself: configs with `content`, the names of networks and volumes.
fn used_definitions(project: &Project, service: &Service, out: &mut Fingerprints) {
    for key in &service.configs {
        if let Some(config) = project.configs.get(&key.value) {
            out.insert(format!("config.{}", key.value), whole(&config.config.to_string()));
        }
    }
    for key in &service.secrets {
        if let Some(secret) = project.secrets.get(&key.value) {
            out.insert(format!("secret.{}", key.value), whole(&secret.config.to_string()));
        }
    }
    for attachment in &service.networks {
        if let Some(network) = project.networks.get(&attachment.network) {
            out.insert(format!("network.{}", attachment.network), whole(&network.name));
        }
    }
    for key in service.mounts.iter().filter_map(|m| m.volume()) {
        if let Some(volume) = project.volumes.get(key) {
            out.insert(format!("volume.{key}"), whole(&volume.name));
        }
    }
}

fn whole(text: &str) -> String {
    sha256(text.as_bytes())
}
