//! What is really there on one Docker host: facts only, no choice made while collecting.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A snapshot of one place, taken before planning.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// Every container, running or not, sorted by project, service, number, name. Also those that Compose
    /// did not make: they may hold a name or a port that is wanted.
    pub containers: Vec<Container>,
    /// Every network, sorted by name.
    pub networks: Vec<ObservedNetwork>,
    /// Every volume, sorted by name.
    pub volumes: Vec<ObservedVolume>,
    /// Every image, also one whose name means another one by now.
    pub images: Vec<ObservedImage>,
    /// Files at the place that belong to us: path below the generated folder → SHA-256 (hex) of the content.
    pub files: BTreeMap<String, String>,
    /// Mode and time of the same files.
    #[serde(default)]
    pub stats: BTreeMap<String, FileStat>,
}

/// What a file's folder says of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileStat {
    /// Permission bits.
    pub mode: u32,
    /// Seconds since 1970 at which it was last written.
    pub modified: u64,
}

/// Where a container is in its life, as the Docker Engine API's `State.Status` says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContainerState {
    /// Made, never started.
    #[default]
    Created,
    /// Running.
    Running,
    /// Paused.
    Paused,
    /// Between two starts by its restart policy.
    Restarting,
    /// Being removed.
    Removing,
    /// Ended; `exit_code` says how.
    Exited,
    /// Could not be removed.
    Dead,
}

/// What a container's own health check says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// It has no health check.
    #[default]
    None,
    /// Not decided yet.
    Starting,
    /// The last check passed.
    Healthy,
    /// The last `retries` checks failed.
    Unhealthy,
}

/// One container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// Full id.
    pub id: String,
    /// Name without the leading `/`.
    pub name: String,
    /// Label `com.docker.compose.project`; empty where Compose did not make it.
    pub project: String,
    /// Label `com.docker.compose.service`; empty where Compose did not make it.
    pub service: String,
    /// Label `com.docker.compose.container-number`, 1-based.
    pub number: u32,
    /// The image reference it was made from, as configured.
    pub image: String,
    /// The id of the image it runs.
    pub image_id: String,
    /// Where it is in its life.
    pub state: ContainerState,
    /// Exit code of the last end; 0 while running.
    pub exit_code: i64,
    /// What its health check says.
    pub health: Health,
    /// RFC 3339 time at which it was made.
    #[serde(default)]
    pub created_at: String,
    /// RFC 3339 time of the last start; empty when never started.
    pub started_at: String,
    /// RFC 3339 time of the last end; empty when it never ended.
    pub finished_at: String,
    /// How often the engine restarted it.
    pub restart_count: i64,
    /// All labels.
    pub labels: BTreeMap<String, String>,
    /// Environment: name → `compose::fingerprint` of the value (never the value).
    pub environment: BTreeMap<String, String>,
    /// Names of the networks it is attached to, sorted.
    pub networks: Vec<String>,
    /// Ports published on the host, sorted; as configured (`HostConfig.PortBindings`), so that a stopped
    /// container has them too.
    pub ports: Vec<ObservedPort>,
    /// Restart policy: `no`, `always`, `unless-stopped`, `on-failure`, `on-failure:3`.
    #[serde(default)]
    pub restart: String,
    /// What is mounted where, sorted by target.
    #[serde(default)]
    pub mounts: Vec<ObservedMount>,
    /// Those of `networks` that `foundry link` attached it to.
    #[serde(default)]
    pub links: Vec<String>,
    /// Names of variables that do not come from its image; `None` where the image is not known any more.
    #[serde(default)]
    pub own_environment: Option<BTreeSet<String>>,
    /// What it may use.
    #[serde(default)]
    pub limits: Limits,
    /// `compose::fingerprint` of its command as a JSON list (never the words).
    #[serde(default)]
    pub command: String,
    /// The same of its entry point.
    #[serde(default)]
    pub entrypoint: String,
    /// Who it runs as; empty where the image says.
    #[serde(default)]
    pub user: String,
    /// Whether it may do everything on the host.
    #[serde(default)]
    pub privileged: bool,
}

/// What a container may use, as `docker update` can change it; 0 or empty is no limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Memory in bytes.
    pub memory: i64,
    /// Memory that is kept for it, in bytes.
    pub memory_reservation: i64,
    /// Memory and swap in bytes; -1 is no limit.
    pub memory_swap: i64,
    /// Billionths of a processor.
    pub nano_cpus: i64,
    /// Its weight against others.
    pub cpu_shares: i64,
    /// Microseconds of a period.
    pub cpu_quota: i64,
    /// A period in microseconds.
    pub cpu_period: i64,
    /// The processors it may run on.
    pub cpuset: String,
    /// How many processes; -1 is no limit.
    pub pids: i64,
}

/// Something mounted into a container.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObservedMount {
    /// Path in the container.
    pub target: String,
    /// `bind`, `volume` or `tmpfs`.
    pub kind: String,
    /// Path on the host, or name of the volume; empty for `tmpfs`.
    pub source: String,
    /// Whether the container can only read it.
    pub read_only: bool,
}

/// A published port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObservedPort {
    /// Address on the host (`0.0.0.0`, `::`, `127.0.0.1`, …).
    pub address: String,
    /// Port on the host; 0 where the engine chooses one.
    pub host: u16,
    /// Port in the container.
    pub container: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
}

/// One network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedNetwork {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Driver (`bridge`, …).
    pub driver: String,
    /// Whether it has no way out.
    pub internal: bool,
    /// Subnets in CIDR notation.
    pub subnets: Vec<String>,
    /// All labels.
    pub labels: BTreeMap<String, String>,
}

/// One named volume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedVolume {
    /// Name.
    pub name: String,
    /// Driver (`local`, …).
    pub driver: String,
    /// All labels.
    pub labels: BTreeMap<String, String>,
}

/// One image that is present.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedImage {
    /// Image id (`sha256:…`).
    pub id: String,
    /// `name:tag` references.
    pub tags: Vec<String>,
    /// `name@sha256:…` references.
    pub digests: Vec<String>,
}

/// Compose's label on what `docker compose run` made: `True`.
pub const ONE_OFF: &str = "com.docker.compose.oneoff";

impl Observed {
    /// The image that `reference` means on the host now: by name, by digest or by id.
    pub fn image(&self, reference: &str) -> Option<&ObservedImage> {
        super::verdict::find_image(&self.images, reference)
    }
}

impl Container {
    /// Whether `docker compose run` made it, so that it belongs to no service's number.
    pub fn is_one_off(&self) -> bool {
        self.labels.get(ONE_OFF).is_some_and(|v| v == "True")
    }
}
