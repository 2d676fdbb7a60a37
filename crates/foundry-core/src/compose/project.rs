//! A compose file as values: what checks and planning need, each with its place.

use super::config::Config;
use super::tree::Tree;
use crate::diag::{Span, Spanned};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One Compose project, as `docker compose config` would see it. Printing it shows no value: they may be secret.
#[derive(Clone)]
pub struct Project {
    /// The project's name: the file's own `name`, else the one given.
    pub name: String,
    /// Path of the file.
    pub file: Arc<str>,
    /// The services that are started, in file order.
    pub services: Vec<Service>,
    /// Services that wait for a profile which nobody asked for, in file order.
    pub inactive: Vec<Service>,
    /// Networks by key; also `default` where a service uses it.
    pub networks: BTreeMap<String, Network>,
    /// Named volumes by key.
    pub volumes: BTreeMap<String, Volume>,
    /// Secrets by key.
    pub secrets: BTreeMap<String, Source>,
    /// Configs by key.
    pub configs: BTreeMap<String, Source>,
    /// The whole file after interpolation, read again where it is asked for.
    pub node: Tree,
}

impl std::fmt::Debug for Project {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Project")
            .field("name", &self.name)
            .field("services", &self.services)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Project {
    /// The started service called `name`.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|s| s.name == name)
    }

    /// Keys of the networks that started services join.
    pub fn used_networks(&self) -> impl Iterator<Item = (&String, &Network)> {
        let used = |key: &String| self.services.iter().any(|s| s.networks.iter().any(|a| a.network == *key));
        self.networks.iter().filter(move |(key, _)| used(key))
    }

    /// Named volumes that started services mount.
    pub fn used_volumes(&self) -> impl Iterator<Item = (&String, &Volume)> {
        let used = |key: &str| self.services.iter().any(|s| s.mounts.iter().any(|m| m.volume() == Some(key)));
        self.volumes.iter().filter(move |(key, _)| used(key))
    }
}

/// One service. Printing it shows no value: they may be secret.
#[derive(Clone)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// Image reference.
    pub image: Option<Spanned<String>>,
    /// What is built for it.
    pub build: Option<Build>,
    /// When the image is fetched: `always`, `never`, `missing`, `build`, …
    pub pull_policy: Option<Spanned<String>>,
    /// A fixed name of its container.
    pub container_name: Option<Spanned<String>>,
    /// Variables; `None` is a name without value. Never print a value.
    pub environment: BTreeMap<String, Option<String>>,
    /// Files of variables, as paths below the project's folder (or absolute).
    pub env_files: Vec<Spanned<String>>,
    /// Published ports.
    pub ports: Vec<Port>,
    /// What is mounted.
    pub mounts: Vec<Mount>,
    /// Networks that it joins; none with `network_mode`.
    pub networks: Vec<Attachment>,
    /// `host`, `none`, `service:x`, `container:x`.
    pub network_mode: Option<Spanned<String>>,
    /// What has to be there first.
    pub depends_on: Vec<Dependency>,
    /// Its health check.
    pub healthcheck: Option<HealthCheck>,
    /// Restart policy, also from `deploy.restart_policy` in the words of `restart`.
    pub restart: Option<Spanned<String>>,
    /// How many containers.
    pub replicas: u32,
    /// Memory limit in bytes.
    pub memory_limit: Option<Spanned<u64>>,
    /// CPU limit in cores.
    pub cpu_limit: Option<Spanned<f64>>,
    /// Log driver and options.
    pub logging: Option<Logging>,
    /// Labels on the container.
    pub labels: BTreeMap<String, String>,
    /// Where `privileged: true` stands.
    pub privileged: Option<Span>,
    /// Where `read_only: true` stands.
    pub read_only: Option<Span>,
    /// Keys of secrets that it uses.
    pub secrets: Vec<Spanned<String>>,
    /// Keys of configs that it uses.
    pub configs: Vec<Spanned<String>>,
    /// The command as words.
    pub command: Option<Spanned<Vec<String>>>,
    /// The entry point as words.
    pub entrypoint: Option<Spanned<Vec<String>>>,
    /// Profiles that it waits for.
    pub profiles: Vec<Spanned<String>>,
    /// Everything, normalised, keys sorted: what the hash covers. Relative paths stay relative (`./x`).
    pub config: Config,
    /// Where the value of each of its keys stands.
    pub(super) places: Box<[(Box<str>, Span)]>,
}

impl Service {
    /// Where the value of `key` stands, else the service's name.
    pub fn at(&self, key: &str) -> &Span {
        self.places.iter().find(|(name, _)| **name == *key).map_or(&self.span, |(_, span)| span)
    }

    /// Whether its containers end by themselves: never restarted after success, nothing published, no health check.
    pub fn ends_by_itself(&self) -> bool {
        let restart = self.restart.as_ref().map_or("no", |r| r.value.as_str());
        let restarts = !matches!(restart, "no" | "") && !restart.starts_with("on-failure");
        !restarts && self.ports.is_empty() && !self.has_healthcheck()
    }

    /// Whether a health check is declared here; an image can bring its own.
    pub fn has_healthcheck(&self) -> bool {
        self.healthcheck.as_ref().is_some_and(|h| !h.disabled)
    }

    /// The image's name: `image`, else the one Compose gives what it builds.
    pub fn image_name(&self, project: &str) -> String {
        self.image.as_ref().map_or_else(|| format!("{project}-{}", self.name), |i| i.value.clone())
    }
}

/// A `build` section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// Folder below the project's folder (`.`, `./x`), absolute path or URL.
    pub context: String,
    /// Where it stands.
    pub span: Span,
}

/// One published port or range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Address on the host; `None` is every address.
    pub host_ip: Option<String>,
    /// First and last port on the host; `None`: the engine chooses.
    pub published: Option<(u16, u16)>,
    /// Port in the container.
    pub target: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
    /// Where it stands.
    pub span: Span,
}

/// One mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// `bind`, `volume`, `tmpfs`, `npipe`, `cluster` or `image`.
    pub kind: String,
    /// Host path (relative ones begin with `.`), or key of the named volume; `None`: anonymous.
    pub source: Option<String>,
    /// Path in the container.
    pub target: String,
    /// Whether it can only be read.
    pub read_only: bool,
    /// Where it stands.
    pub span: Span,
}

impl Mount {
    /// Key of the named volume.
    pub fn volume(&self) -> Option<&str> {
        self.source.as_deref().filter(|_| self.kind == "volume")
    }

    /// Path on the host.
    pub fn bind(&self) -> Option<&str> {
        self.source.as_deref().filter(|_| self.kind == "bind")
    }
}

/// A network that a service joins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Key of the network.
    pub network: String,
    /// Names by which others reach the service there, besides its own.
    pub aliases: Vec<String>,
    /// Fixed IPv4 address.
    pub ipv4: Option<String>,
    /// Fixed IPv6 address.
    pub ipv6: Option<String>,
    /// Where it stands; the service's name for the implied `default`.
    pub span: Span,
}

/// What a service waits for before it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The other service.
    pub service: String,
    /// `service_started`, `service_healthy` or `service_completed_successfully`.
    pub condition: String,
    /// Whether it has to exist.
    pub required: bool,
    /// Whether this service is restarted after the other one was.
    pub restart: bool,
    /// Where it stands.
    pub span: Span,
}

/// A health check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthCheck {
    /// Switched off (`disable: true` or the test `NONE`).
    pub disabled: bool,
    /// The test's words; empty when only timings are given and the image brings the test.
    pub test: Vec<String>,
    /// Where it stands.
    pub span: Span,
}

/// Log driver and options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logging {
    /// `json-file`, `local`, `journald`, …
    pub driver: Option<String>,
    /// Its options.
    pub options: BTreeMap<String, String>,
    /// Where it stands.
    pub span: Span,
}

/// A network of the file.
#[derive(Debug, Clone)]
pub struct Network {
    /// Name on the host.
    pub name: String,
    /// Whether the file gives the name itself, so that others can find the network.
    pub named: bool,
    /// Whether somebody else makes it.
    pub external: bool,
    /// Whether it has no way out.
    pub internal: bool,
    /// Driver, where one is given.
    pub driver: Option<String>,
    /// Subnets in CIDR notation.
    pub subnets: Vec<Spanned<String>>,
    /// Everything, normalised.
    pub config: Config,
    /// Where its key stands; for the implied `default` the services' key.
    pub span: Span,
}

/// A named volume of the file.
#[derive(Debug, Clone)]
pub struct Volume {
    /// Name on the host.
    pub name: String,
    /// Whether somebody else makes it.
    pub external: bool,
    /// Driver, where one is given.
    pub driver: Option<String>,
    /// Everything, normalised.
    pub config: Config,
    /// Where its key stands.
    pub span: Span,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("file", &self.file).finish_non_exhaustive()
    }
}

/// A secret or config of the file. Printing it shows no content.
#[derive(Clone)]
pub struct Source {
    /// File below the project's folder (`./x`) or absolute.
    pub file: Option<Spanned<String>>,
    /// Everything, normalised.
    pub config: Config,
    /// Where its key stands.
    pub span: Span,
}
