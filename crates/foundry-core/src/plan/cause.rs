//! Why a container no longer fits its service, in words: by the digests on its labels, or by sight.

use super::{Container, ports};
use crate::compose::{Fingerprints, Project, Service, shorten};
use std::collections::{BTreeMap, BTreeSet};

/// One service as it should be.
pub(super) struct Wish<'a> {
    pub project: &'a Project,
    pub service: &'a Service,
    pub hash: String,
    pub fields: Fingerprints,
}

impl Wish<'_> {
    /// Why `container` has to be made anew; nothing when it fits.
    pub fn differences(&self, container: &Container) -> Vec<String> {
        match container.labels.get("foundry.config-hash") {
            // The labels stay when somebody changes the container itself.
            Some(hash) if *hash == self.hash => self.by_sight(container),
            Some(_) => self.by_fields(container),
            None => self.by_sight(container),
        }
    }

    /// Whether a change concerns what the image is built from.
    pub fn build_changed(&self, container: &Container) -> Vec<String> {
        let old = parse(container.labels.get("foundry.fields").map_or("", String::as_str));
        if old.is_empty() {
            return Vec::new();
        }
        let about = |key: &&String| *key == "build" || key.starts_with("build.");
        let changed = changes(&old, &self.fields);
        changed.iter().filter(|(key, _)| about(key)).flat_map(|(key, how)| plain(key, how)).collect()
    }

    fn by_fields(&self, container: &Container) -> Vec<String> {
        let old = parse(container.labels.get("foundry.fields").map_or("", String::as_str));
        let changed = changes(&old, &self.fields);
        if old.is_empty() || changed.is_empty() {
            return vec!["configuration changed".to_owned()];
        }
        let mut keys: Vec<&String> = changed.keys().collect();
        keys.sort_by_key(|key| (weight(key), key.as_str().to_owned()));
        let mut out: Vec<String> = Vec::new();
        for key in keys {
            for cause in self.cause(container, key, changed[key], &changed) {
                if !out.contains(&cause) {
                    out.push(cause);
                }
            }
        }
        out
    }

    fn cause(
        &self,
        container: &Container,
        key: &str,
        how: &str,
        all: &BTreeMap<String, &str>,
    ) -> Vec<String> {
        let name = key.split_once('.').map_or(key, |(head, _)| head);
        match name {
            "image" => vec![format!("image {} → {}", shorten(&container.image), shorten(&self.image()))],
            "ports" => match ports::wanted(self.service) {
                Some(new) => some_or(ports::changes(&ports::configured(container), &new), "ports changed"),
                None => vec!["ports changed".to_owned()],
            },
            "environment" => vec![names("environment", "environment.", all)],
            "labels" => vec![names("label", "labels.", all)],
            "networks" | "network" => some_or(self.networks(container), "networks changed"),
            "volumes" | "volume" => vec!["mounts changed".to_owned()],
            "restart" if !container.restart.is_empty() => vec![format!(
                "restart {} → {}",
                container.restart,
                self.service.restart.as_ref().map_or("no", |r| r.value.as_str())
            )],
            _ => plain(key, how),
        }
    }

    pub fn image(&self) -> String {
        self.service.image_name(&self.project.name)
    }

    /// Names on the host of the networks that the service joins.
    pub fn network_names(&self) -> BTreeSet<&str> {
        let keys = self.service.networks.iter().map(|a| a.network.as_str());
        keys.filter_map(|key| self.project.networks.get(key)).map(|n| n.name.as_str()).collect()
    }

    fn networks(&self, container: &Container) -> Vec<String> {
        let new = self.network_names();
        let old: BTreeSet<&str> = container.networks.iter().map(String::as_str).collect();
        let added = new.difference(&old).map(|n| format!("network {n} added"));
        added.chain(old.difference(&new).map(|n| format!("network {n} removed"))).collect()
    }
}

fn some_or(causes: Vec<String>, otherwise: &str) -> Vec<String> {
    if causes.is_empty() { vec![otherwise.to_owned()] } else { causes }
}

fn plain(key: &str, how: &str) -> Vec<String> {
    vec![match key.split_once('.') {
        Some(("file" | "build", path)) => format!("file {path} {how}"),
        Some((kind, name)) => format!("{kind} {name} {how}"),
        None => format!("{key} {how}"),
    }]
}

/// `environment A, B changed, C added`: names only, never values.
pub(super) fn names(what: &str, prefix: &str, changed: &BTreeMap<String, &str>) -> String {
    let of = |how: &str| {
        let names: Vec<&str> =
            changed.iter().filter(|(_, h)| **h == how).filter_map(|(k, _)| k.strip_prefix(prefix)).collect();
        (!names.is_empty()).then(|| format!("{} {how}", names.join(", ")))
    };
    let parts: Vec<String> = ["changed", "added", "removed"].into_iter().filter_map(of).collect();
    format!("{what} {}", parts.join(", "))
}

/// How much a reader wants to know it first.
fn weight(key: &str) -> usize {
    const ORDER: [&str; 9] =
        ["image", "build", "command", "entrypoint", "environment", "file", "ports", "volumes", "networks"];
    let head = key.split_once('.').map_or(key, |(head, _)| head);
    match ORDER.iter().position(|k| *k == head) {
        Some(at) => at,
        None if head == "labels" => ORDER.len() + 1,
        None => ORDER.len(),
    }
}

fn changes<'s>(old: &Fingerprints, new: &Fingerprints) -> BTreeMap<String, &'s str> {
    let mut out = BTreeMap::new();
    for (key, digest) in new {
        match old.get(key) {
            Some(before) if before == digest => {}
            Some(_) => _ = out.insert(key.clone(), "changed"),
            None => _ = out.insert(key.clone(), "added"),
        }
    }
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        out.insert(key.clone(), "removed");
    }
    out
}

/// The label `foundry.fields` back to digests.
pub(crate) fn parse(label: &str) -> Fingerprints {
    let entry = |part: &str| {
        let (key, digest) = part.rsplit_once(':')?;
        Some((key.replace("%20", " ").replace("%25", "%"), digest.to_owned()))
    };
    label.split(' ').filter_map(entry).collect()
}
