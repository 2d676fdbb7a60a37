//! What the Docker Engine's API answers, in our own words.

use bollard::models::{
    ContainerInspectResponse, ContainerState as ApiState, ContainerStateStatusEnum as Status,
    EndpointSettings, HealthStatusEnum, HostConfig, ImageSummary, MountPoint, Network, PortMap,
    RestartPolicy, Volume,
};
use foundry_core::compose::fingerprint;
use foundry_core::plan::{
    Container, ContainerState, Health, Limits, ObservedImage, ObservedMount, ObservedNetwork, ObservedPort,
    ObservedVolume,
};
use std::collections::{BTreeMap, HashMap};

/// Marks an attachment that `foundry link` made; the engine keeps it with the container.
pub(super) const LINK: &str = "foundry.link";
/// Compose's own labels.
pub(super) const PROJECT: &str = "com.docker.compose.project";
pub(super) const SERVICE: &str = "com.docker.compose.service";
const NUMBER: &str = "com.docker.compose.container-number";

pub(super) fn container(api: ContainerInspectResponse) -> Container {
    let config = api.config.unwrap_or_default();
    let labels: BTreeMap<String, String> = config.labels.unwrap_or_default().into_iter().collect();
    let label = |name: &str| labels.get(name).cloned().unwrap_or_default();
    let facts = api.state.unwrap_or_default();
    let host = api.host_config.unwrap_or_default();
    let endpoints = api.network_settings.and_then(|settings| settings.networks).unwrap_or_default();
    let linked = |endpoint: &EndpointSettings| {
        endpoint.driver_opts.as_ref().is_some_and(|options| options.contains_key(LINK))
    };
    let mut links: Vec<String> =
        endpoints.iter().filter(|(_, e)| linked(e)).map(|(name, _)| name.clone()).collect();
    links.sort();
    let mut networks: Vec<String> = endpoints.into_keys().collect();
    networks.sort();
    let state = state(&facts);
    Container {
        id: api.id.unwrap_or_default(),
        name: api.name.unwrap_or_default().trim_start_matches('/').to_string(),
        project: label(PROJECT),
        service: label(SERVICE),
        number: label(NUMBER).parse().unwrap_or(1),
        image: config.image.unwrap_or_default(),
        image_id: api.image.unwrap_or_default(),
        state,
        exit_code: facts.exit_code.unwrap_or(0),
        health: health(&facts),
        created_at: api.created.unwrap_or_default(),
        started_at: time(facts.started_at),
        finished_at: time(facts.finished_at),
        restart_count: api.restart_count.unwrap_or(0),
        environment: config.env.unwrap_or_default().iter().map(|pair| fingerprints(pair)).collect(),
        networks,
        ports: ports(host.port_bindings.as_ref()),
        restart: restart(host.restart_policy.as_ref()),
        mounts: mounts(api.mounts.unwrap_or_default(), &host),
        links,
        own_environment: None,
        limits: limits(&host),
        command: words(config.cmd),
        entrypoint: words(config.entrypoint),
        user: config.user.unwrap_or_default(),
        privileged: host.privileged.unwrap_or(false),
        labels,
    }
}

fn limits(host: &HostConfig) -> Limits {
    Limits {
        memory: host.memory.unwrap_or(0),
        memory_reservation: host.memory_reservation.unwrap_or(0),
        memory_swap: host.memory_swap.unwrap_or(0),
        nano_cpus: host.nano_cpus.unwrap_or(0),
        cpu_shares: host.cpu_shares.unwrap_or(0),
        cpu_quota: host.cpu_quota.unwrap_or(0),
        cpu_period: host.cpu_period.unwrap_or(0),
        cpuset: host.cpuset_cpus.clone().unwrap_or_default(),
        pids: host.pids_limit.unwrap_or(0),
    }
}

fn words(words: Option<Vec<String>>) -> String {
    fingerprint(&serde_json::json!(words.unwrap_or_default()).to_string())
}

pub(super) fn state(facts: &ApiState) -> ContainerState {
    match facts.status {
        Some(Status::RUNNING | Status::STOPPING) => ContainerState::Running,
        Some(Status::PAUSED) => ContainerState::Paused,
        Some(Status::RESTARTING) => ContainerState::Restarting,
        Some(Status::REMOVING) => ContainerState::Removing,
        Some(Status::EXITED) => ContainerState::Exited,
        Some(Status::DEAD) => ContainerState::Dead,
        Some(Status::CREATED | Status::EMPTY) | None => ContainerState::Created,
    }
}

pub(super) fn health(facts: &ApiState) -> Health {
    match facts.health.as_ref().and_then(|health| health.status) {
        Some(HealthStatusEnum::STARTING) => Health::Starting,
        Some(HealthStatusEnum::HEALTHY) => Health::Healthy,
        Some(HealthStatusEnum::UNHEALTHY) => Health::Unhealthy,
        Some(HealthStatusEnum::NONE | HealthStatusEnum::EMPTY) | None => Health::None,
    }
}

/// The engine writes the year 1 for "never".
fn time(text: Option<String>) -> String {
    text.filter(|text| !text.starts_with("0001-")).unwrap_or_default()
}

/// Name and fingerprint of `NAME=value`.
pub(super) fn fingerprints(pair: &str) -> (String, String) {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    (name.to_string(), fingerprint(value))
}

fn ports(bindings: Option<&PortMap>) -> Vec<ObservedPort> {
    let mut out = Vec::new();
    for (inside, outside) in bindings.into_iter().flatten() {
        let (port, protocol) = inside.split_once('/').unwrap_or((inside, "tcp"));
        for binding in outside.iter().flatten() {
            let address =
                binding.host_ip.as_deref().filter(|address| !address.is_empty()).unwrap_or("0.0.0.0");
            out.push(ObservedPort {
                address: address.to_string(),
                host: binding.host_port.as_deref().and_then(|port| port.parse().ok()).unwrap_or(0),
                container: port.parse().unwrap_or(0),
                protocol: protocol.to_string(),
            });
        }
    }
    out.sort();
    out
}

fn restart(policy: Option<&RestartPolicy>) -> String {
    let Some(policy) = policy else { return "no".to_string() };
    let name = policy.name.map(|name| name.to_string()).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| "no".to_string());
    match policy.maximum_retry_count {
        Some(count @ 1..) => format!("{name}:{count}"),
        _ => name,
    }
}

/// The engine lists `--tmpfs` beside the mounts.
fn mounts(api: Vec<MountPoint>, host: &HostConfig) -> Vec<ObservedMount> {
    let mut out: Vec<ObservedMount> = api
        .into_iter()
        .map(|mount| {
            let kind = mount.typ.map(|kind| kind.to_string()).unwrap_or_default();
            let source = if kind == "volume" { mount.name } else { mount.source };
            ObservedMount {
                target: mount.destination.unwrap_or_default(),
                source: source.filter(|_| kind != "tmpfs").unwrap_or_default(),
                read_only: !mount.rw.unwrap_or(true),
                kind,
            }
        })
        .collect();
    for target in host.tmpfs.iter().flatten().map(|(target, _)| target) {
        let (kind, source) = ("tmpfs".to_string(), String::new());
        out.push(ObservedMount { target: target.clone(), kind, source, read_only: false });
    }
    out.sort();
    out.dedup_by(|a, b| a.target == b.target);
    out
}

fn sorted(labels: Option<HashMap<String, String>>) -> BTreeMap<String, String> {
    labels.unwrap_or_default().into_iter().collect()
}

pub(super) fn network(api: Network) -> ObservedNetwork {
    let pools = api.ipam.and_then(|ipam| ipam.config).unwrap_or_default();
    ObservedNetwork {
        id: api.id.unwrap_or_default(),
        name: api.name.unwrap_or_default(),
        driver: api.driver.unwrap_or_default(),
        internal: api.internal.unwrap_or(false),
        subnets: pools.into_iter().filter_map(|pool| pool.subnet).collect(),
        labels: sorted(api.labels),
    }
}

pub(super) fn volume(api: Volume) -> ObservedVolume {
    ObservedVolume { name: api.name, driver: api.driver, labels: api.labels.into_iter().collect() }
}

/// An image; one that lost its name to a newer one can still be meant by its id.
pub(super) fn image(api: ImageSummary) -> ObservedImage {
    let named = |names: Vec<String>| -> Vec<String> {
        let mut names: Vec<String> = names.into_iter().filter(|name| !name.contains("<none>")).collect();
        names.sort();
        names
    };
    ObservedImage { id: api.id, tags: named(api.repo_tags), digests: named(api.repo_digests) }
}
