//! What can be seen of a container beside its labels, compared with its service: for what somebody else made or changed.

use super::cause::{Wish, names};
use super::{Container, limits, ports};
use crate::compose::{clean_path, familiar, fingerprint, shorten};
use std::collections::{BTreeMap, BTreeSet};

impl Wish<'_> {
    /// What differs, as far as it can be seen.
    pub fn by_sight(&self, container: &Container) -> Vec<String> {
        let mut out = Vec::new();
        let image = self.image();
        if !container.image.starts_with("sha256:") && familiar(&container.image) != familiar(&image) {
            out.push(format!("image {} → {}", shorten(&container.image), shorten(&image)));
        }
        if let Some(new) = ports::wanted(self.service) {
            out.extend(ports::changes(&ports::configured(container), &new));
        }
        out.extend(self.environment(container));
        let restart = |text: &str| match text {
            "" => "no".to_owned(),
            text => text.trim_end_matches(":0").to_owned(),
        };
        let new = restart(self.service.restart.as_ref().map_or("no", |r| r.value.as_str()));
        if restart(&container.restart) != new {
            out.push(format!("restart {} → {new}", restart(&container.restart)));
        }
        out.extend(self.mounts(container));
        out.extend(limits::changes(self.service, &container.limits));
        out.extend(self.process(container));
        out
    }

    /// What is started, as whom; only where the service says it, for otherwise the image does.
    fn process(&self, container: &Container) -> Vec<String> {
        let service = self.service;
        let mut out = Vec::new();
        let words = [
            ("command", &service.command, &container.command),
            ("entrypoint", &service.entrypoint, &container.entrypoint),
        ];
        for (what, wanted, seen) in words {
            let wanted = wanted.as_ref().filter(|w| !w.value.is_empty()).map(|w| print_words(&w.value));
            if wanted.is_some_and(|w| fingerprint(&w) != *seen) {
                out.push(format!("{what} changed"));
            }
        }
        let user =
            service.config.get("user").map(|u| u.as_str().map_or_else(|| u.to_string(), str::to_owned));
        if let Some(user) = user.filter(|u| *u != container.user) {
            out.push(format!(
                "user {} → {user}",
                if container.user.is_empty() { "of the image" } else { &container.user }
            ));
        }
        match (container.privileged, service.privileged.is_some()) {
            (true, false) => out.push("privileged".to_owned()),
            (false, true) => out.push("not privileged".to_owned()),
            _ => {}
        }
        out
    }

    /// Variables that neither the service nor its image sets.
    fn foreign_variables(&self, container: &Container) -> Vec<String> {
        let own = container.own_environment.iter().flatten();
        let proxy = |name: &str| name.to_ascii_lowercase().ends_with("_proxy");
        // What a file of variables sets is known to Compose alone.
        let known = |name: &&String| {
            !self.service.env_files.is_empty() || proxy(name) || self.service.environment.contains_key(*name)
        };
        own.filter(|name| !known(name)).cloned().collect()
    }

    /// Host paths that are mounted where the service mounts nothing.
    fn foreign_mounts(&self, container: &Container) -> bool {
        let service = self.service;
        let others =
            service.config.get("volumes_from").is_some() || service.config.get("use_api_socket").is_some();
        let wanted: BTreeSet<&str> = service.mounts.iter().map(|m| m.target.trim_end_matches('/')).collect();
        let parts = service.secrets.is_empty() && service.configs.is_empty() && !others;
        parts
            && container
                .mounts
                .iter()
                .any(|m| m.kind == "bind" && !wanted.contains(m.target.trim_end_matches('/')))
    }

    fn environment(&self, container: &Container) -> Option<String> {
        let mut changed = BTreeMap::new();
        for (name, value) in &self.service.environment {
            let Some(value) = value else { continue };
            match container.environment.get(name) {
                Some(seen) if *seen == fingerprint(value) => {}
                Some(_) => _ = changed.insert(format!("environment.{name}"), "changed"),
                None => _ = changed.insert(format!("environment.{name}"), "added"),
            }
        }
        for name in self.foreign_variables(container) {
            changed.insert(format!("environment.{name}"), "removed");
        }
        (!changed.is_empty()).then(|| names("environment", "environment.", &changed))
    }

    fn mounts(&self, container: &Container) -> Option<String> {
        let differs = self.service.mounts.iter().any(|wanted| {
            let seen = container.mounts.iter().find(|m| clean_path(&m.target) == clean_path(&wanted.target));
            let source =
                wanted.volume().and_then(|key| self.project.volumes.get(key)).map(|v| v.name.as_str());
            let source = source.or_else(|| wanted.bind().filter(|path| path.starts_with('/')));
            let path = |text: &str| match wanted.kind.as_str() {
                "bind" => clean_path(text),
                _ => text.to_owned(),
            };
            let fits = |m: &&super::ObservedMount| {
                m.kind == wanted.kind
                    && (m.kind == "tmpfs" || m.read_only == wanted.read_only)
                    && source.is_none_or(|s| path(&m.source) == path(s))
            };
            // The engine does not list every tmpfs among the mounts.
            if wanted.kind == "tmpfs" { seen.is_some_and(|m| !fits(&m)) } else { seen.filter(fits).is_none() }
        });
        (differs || self.foreign_mounts(container)).then(|| "mounts changed".to_owned())
    }
}

/// The words as one text that no other list of words has.
pub(super) fn print_words(words: &[String]) -> String {
    serde_json::json!(words).to_string()
}
