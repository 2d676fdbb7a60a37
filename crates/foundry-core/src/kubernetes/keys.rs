//! Every key of the Compose specification and what becomes of it in Kubernetes: the one table.

/// What becomes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is translated: where to.
    Kept(&'static str),
    /// It is translated once something else says what Compose does not: what, and where.
    Explicit(&'static str),
    /// It has no meaning there: why, and the way out.
    Refused(&'static str, &'static str),
    /// It is left out without a loss: why.
    Ignored(&'static str),
}

use Verdict::*;

impl Verdict {
    /// Whether it also holds for every key below.
    pub fn covers_what_is_below(self) -> bool {
        !matches!(self, Kept(_))
    }
}

/// The verdict about `path`, or about the nearest key above it that covers it.
pub fn verdict(path: &str) -> Option<Verdict> {
    if let Some((_, verdict)) = TABLE.iter().find(|(key, _)| *key == path) {
        return Some(*verdict);
    }
    let mut above = path;
    while let Some(at) = above.rfind(['.', '[']) {
        above = &above[..at];
        if let Some((_, verdict)) = TABLE.iter().find(|(key, _)| *key == above) {
            return verdict.covers_what_is_below().then_some(*verdict);
        }
    }
    None
}

/// Whether the table has keys below `path`.
pub(super) fn has_below(path: &str) -> bool {
    TABLE.iter().any(|(key, _)| key.strip_prefix(path).is_some_and(|rest| !rest.is_empty()))
}

const SCHEDULER: &str = "the node's kernel settings are not a pod's business";
const LIMIT: &str = "write `cpus`, or `deploy.resources.limits.cpus`";
const NETWORKS: &str = "pods have one network; who may reach whom is said by NetworkPolicies";
const SWARM: &str = "it is about Swarm's own machinery";
const STORE: &str = "declare it as `external: true` and make it with the cluster's own tools";
const DISK: &str = "limit it where the storage class is defined";

/// The table, in the order of the reference. `*` stands for any name, `[]` for each item.
pub const TABLE: &[(&str, Verdict)] = &[
    ("version", Ignored("Compose itself ignores it")),
    ("name", Ignored("objects are named after services; the domain is in app.kubernetes.io/part-of")),
    (
        "include",
        Refused("one file describes one domain", "make the other file a domain and name it under requires"),
    ),
    ("services", Kept("one workload per service")),
    (
        "networks",
        Kept("NetworkPolicies: services that share a network may reach each other's declared ports"),
    ),
    ("volumes", Kept("PersistentVolumeClaims")),
    ("secrets", Kept("mounted from Secrets")),
    ("configs", Kept("ConfigMaps")),
    (
        "models",
        Refused("models are run by Docker's own model runner", "run the model in a service of its own"),
    ),
    ("service.annotations", Kept("annotations of the pods")),
    ("service.attach", Ignored("it is about the terminal that runs `docker compose up`")),
    ("service.blkio_config", Refused(SCHEDULER, DISK)),
    (
        "service.build",
        Explicit("`image`: nodes build nothing, so the built image needs a name that they can pull"),
    ),
    ("service.cap_add", Kept("securityContext.capabilities.add")),
    ("service.cap_drop", Kept("securityContext.capabilities.drop")),
    ("service.cgroup", Refused(SCHEDULER, "remove it; each container has a cgroup of its own")),
    ("service.cgroup_parent", Refused(SCHEDULER, "remove it; set requests and limits instead")),
    ("service.command", Kept("args")),
    ("service.configs", Kept("files of a ConfigMap, mounted one by one")),
    ("service.configs[].source", Kept("which entry")),
    ("service.configs[].target", Kept("mountPath")),
    (
        "service.configs[].uid",
        Refused(
            "files of a ConfigMap belong to root",
            "give the service's group access with `user` and `mode`",
        ),
    ),
    (
        "service.configs[].gid",
        Refused(
            "files of a ConfigMap belong to root",
            "give the service's group access with `user` and `mode`",
        ),
    ),
    ("service.configs[].mode", Kept("mode of the item")),
    ("service.container_name", Kept("one more Service of that name, since others find the container by it")),
    ("service.cpu_count", Refused("it is for Windows", LIMIT)),
    ("service.cpu_percent", Refused("it is for Windows", LIMIT)),
    (
        "service.cpu_shares",
        Refused("shares follow from requests", "write `deploy.resources.reservations.cpus`"),
    ),
    ("service.cpu_quota", Refused("quotas follow from limits", LIMIT)),
    ("service.cpu_period", Refused("quotas follow from limits", LIMIT)),
    ("service.cpu_rt_period", Refused(SCHEDULER, LIMIT)),
    ("service.cpu_rt_runtime", Refused(SCHEDULER, LIMIT)),
    ("service.cpus", Kept("resources.limits.cpu")),
    ("service.cpuset", Refused(SCHEDULER, "use the kubelet's static CPU policy with whole CPUs")),
    ("service.credential_spec", Refused("it is for Windows", "remove it")),
    (
        "service.depends_on",
        Kept("by condition; order between workloads is not needed, since pods are retried"),
    ),
    (
        "service.depends_on.*.condition",
        Kept("service_completed_successfully: an init container; others: readiness"),
    ),
    ("service.depends_on.*.required", Ignored("a service that is not there cannot be waited for")),
    (
        "service.depends_on.*.restart",
        Refused("pods are not restarted with each other", "let the program reconnect; remove the key"),
    ),
    ("service.deploy", Kept("see below")),
    ("service.deploy.mode", Kept("replicated: Deployment or StatefulSet; global: DaemonSet; …-job: Job")),
    ("service.deploy.endpoint_mode", Kept("dnsrr: a headless Service")),
    ("service.deploy.replicas", Kept("spec.replicas")),
    ("service.deploy.labels", Kept("annotations of the workload: label values are free text in Compose")),
    (
        "service.deploy.rollback_config",
        Refused("a rollback is a commit", "revert the commit; remove the key"),
    ),
    ("service.deploy.update_config", Kept("strategy")),
    ("service.deploy.update_config.parallelism", Kept("maxUnavailable, or maxSurge with start-first")),
    ("service.deploy.update_config.delay", Kept("minReadySeconds")),
    (
        "service.deploy.update_config.failure_action",
        Kept("pause is what a Deployment does; other values are TRN-003"),
    ),
    (
        "service.deploy.update_config.monitor",
        Refused("readiness decides", "write a healthcheck; remove the key"),
    ),
    (
        "service.deploy.update_config.max_failure_ratio",
        Refused("readiness decides", "write a healthcheck; remove the key"),
    ),
    ("service.deploy.update_config.order", Kept("start-first: maxSurge; stop-first: maxUnavailable")),
    ("service.deploy.resources", Kept("resources")),
    ("service.deploy.resources.limits", Kept("resources.limits")),
    ("service.deploy.resources.limits.cpus", Kept("resources.limits.cpu")),
    ("service.deploy.resources.limits.memory", Kept("resources.limits.memory")),
    (
        "service.deploy.resources.limits.pids",
        Refused("the kubelet limits processes per pod", "set podPidsLimit on the nodes"),
    ),
    ("service.deploy.resources.reservations", Kept("resources.requests")),
    ("service.deploy.resources.reservations.cpus", Kept("resources.requests.cpu")),
    ("service.deploy.resources.reservations.memory", Kept("resources.requests.memory")),
    ("service.deploy.resources.reservations.pids", Refused("processes cannot be reserved", "remove it")),
    (
        "service.deploy.resources.reservations.generic_resources",
        Explicit("`x-foundry: {resources: {VENDOR/KIND: COUNT}}`"),
    ),
    (
        "service.deploy.resources.reservations.devices",
        Explicit("`x-foundry: {resources: {VENDOR/KIND: COUNT}}`, such as nvidia.com/gpu: 1"),
    ),
    ("service.deploy.restart_policy", Kept("decides between a lasting workload and a Job")),
    (
        "service.deploy.restart_policy.condition",
        Kept("any: a lasting workload; none: a Job; on-failure: a Job that is retried"),
    ),
    ("service.deploy.restart_policy.delay", Ignored("the kubelet waits 10 s, 20 s, … up to 5 min")),
    ("service.deploy.restart_policy.max_attempts", Kept("backoffLimit of a Job")),
    ("service.deploy.restart_policy.window", Ignored("readiness decides whether a start worked")),
    ("service.deploy.placement", Kept("where pods may run")),
    (
        "service.deploy.placement.constraints",
        Kept(
            "nodeSelector for node.labels.x==y, node.hostname==y, node.platform.arch==y; others are TRN-003",
        ),
    ),
    ("service.deploy.placement.preferences", Kept("topologySpreadConstraints")),
    ("service.deploy.placement.preferences[].spread", Kept("topologyKey")),
    (
        "service.deploy.placement.max_replicas_per_node",
        Kept("1: podAntiAffinity by host name; others are TRN-003"),
    ),
    ("service.develop", Ignored("it is about `docker compose watch`")),
    (
        "service.device_cgroup_rules",
        Refused("devices come from device plugins", "use a device plugin and `x-foundry: {resources: …}`"),
    ),
    ("service.devices", Explicit("`x-foundry: {resources: {VENDOR/KIND: COUNT}}` of a device plugin")),
    (
        "service.dns",
        Refused(
            "pods ask the cluster's DNS, or they would not find each other",
            "forward the zone in the cluster's DNS",
        ),
    ),
    ("service.dns_opt", Kept("dnsConfig.options")),
    ("service.dns_search", Kept("dnsConfig.searches")),
    (
        "service.domainname",
        Refused("a pod's domain is that of its Service", "write the full name where it is needed"),
    ),
    ("service.entrypoint", Kept("command")),
    ("service.env_file", Kept("a ConfigMap that the container takes its environment from")),
    ("service.env_file[].path", Kept("which rendered file")),
    ("service.env_file[].format", Ignored("the file is read as Foundry's own env files are")),
    ("service.env_file[].required", Kept("a missing file is TRN-003 unless false")),
    ("service.environment", Kept("env; what is secret becomes a secretKeyRef")),
    ("service.expose", Kept("ports of the Service")),
    (
        "service.extends",
        Refused("one file describes one domain", "write the service out, or share its parts with an anchor"),
    ),
    (
        "service.external_links",
        Refused("names are Services", "name the other domain under requires or consumes"),
    ),
    ("service.extra_hosts", Kept("hostAliases; host-gateway is TRN-003")),
    ("service.gpus", Explicit("`x-foundry: {resources: {VENDOR/KIND: COUNT}}`, such as nvidia.com/gpu: 1")),
    ("service.group_add", Kept("securityContext.supplementalGroups; names are TRN-003")),
    ("service.healthcheck", Kept("startupProbe, readinessProbe and livenessProbe")),
    ("service.healthcheck.disable", Kept("no probes")),
    ("service.healthcheck.interval", Kept("periodSeconds, rounded up")),
    ("service.healthcheck.retries", Kept("failureThreshold")),
    ("service.healthcheck.test", Kept("exec.command; CMD-SHELL through /bin/sh -c")),
    ("service.healthcheck.timeout", Kept("timeoutSeconds, rounded up")),
    ("service.healthcheck.start_period", Kept("failureThreshold of the startupProbe")),
    ("service.healthcheck.start_interval", Kept("periodSeconds of the startupProbe")),
    ("service.hostname", Kept("hostname")),
    ("service.image", Kept("image")),
    ("service.init", Kept("shareProcessNamespace: the pod's own first process collects orphans")),
    ("service.ipc", Kept("host: hostIPC; private and shareable are the default; others are TRN-003")),
    ("service.isolation", Refused("it is for Windows", "remove it")),
    (
        "service.label_file",
        Refused("labels of containers are read by Docker's tools", "write what is needed under annotations"),
    ),
    ("service.labels", Kept("annotations of the pods: label values are free text in Compose")),
    ("service.links", Kept("an alias becomes one more Service of that name")),
    ("service.logging", Ignored("the kubelet keeps and rotates the logs of all containers")),
    ("service.mac_address", Refused(NETWORKS, "remove it")),
    ("service.mem_limit", Kept("resources.limits.memory")),
    ("service.mem_reservation", Kept("resources.requests.memory")),
    ("service.mem_swappiness", Refused(SCHEDULER, "remove it; swap is a setting of the nodes")),
    ("service.memswap_limit", Refused(SCHEDULER, "remove it; swap is a setting of the nodes")),
    (
        "service.models",
        Refused("models are run by Docker's own model runner", "run the model in a service of its own"),
    ),
    (
        "service.network_mode",
        Kept("host: hostNetwork; none: a policy that closes everything; others are TRN-003"),
    ),
    ("service.networks", Kept("who shares one may be reached; see networks")),
    ("service.networks.*.aliases", Kept("one more Service of that name each")),
    ("service.networks.*.interface_name", Refused(NETWORKS, "remove it; the interface is eth0")),
    (
        "service.networks.*.ipv4_address",
        Refused("addresses of pods are given by the cluster", "use the service's name"),
    ),
    (
        "service.networks.*.ipv6_address",
        Refused("addresses of pods are given by the cluster", "use the service's name"),
    ),
    (
        "service.networks.*.link_local_ips",
        Refused("addresses of pods are given by the cluster", "use the service's name"),
    ),
    ("service.networks.*.mac_address", Refused(NETWORKS, "remove it")),
    ("service.networks.*.driver_opts", Refused(NETWORKS, "remove it")),
    ("service.networks.*.priority", Ignored("pods have one network, so there is nothing to order")),
    ("service.networks.*.gw_priority", Ignored("pods have one network, so there is nothing to order")),
    ("service.oom_kill_disable", Refused(SCHEDULER, "set a memory limit that is never reached")),
    (
        "service.oom_score_adj",
        Refused("it follows from requests and limits", "set requests equal to limits to be ended last"),
    ),
    ("service.pid", Kept("host: hostPID; others are TRN-003")),
    ("service.pids_limit", Refused("the kubelet limits processes per pod", "set podPidsLimit on the nodes")),
    ("service.platform", Kept("nodeSelector kubernetes.io/os and kubernetes.io/arch")),
    (
        "service.ports",
        Kept(
            "ports of the Service; a published one becomes a LoadBalancer Service unless an ingress or `internal` says otherwise",
        ),
    ),
    ("service.ports[].name", Kept("name of the port")),
    ("service.ports[].mode", Ignored("every node forwards to every pod")),
    ("service.ports[].host_ip", Kept("loopback: not published; others are TRN-003")),
    ("service.ports[].target", Kept("port and targetPort")),
    ("service.ports[].published", Kept("port of the LoadBalancer Service")),
    ("service.ports[].protocol", Kept("protocol")),
    ("service.ports[].app_protocol", Kept("appProtocol")),
    ("service.post_start", Kept("lifecycle.postStart; one command")),
    ("service.post_start[].command", Kept("exec.command")),
    ("service.post_start[].user", Refused("hooks run as the container's user", "remove it")),
    ("service.post_start[].privileged", Refused("hooks run with the container's rights", "remove it")),
    (
        "service.post_start[].working_dir",
        Refused("hooks run in the container's folder", "begin the command with `cd`"),
    ),
    (
        "service.post_start[].environment",
        Refused("hooks have the container's environment", "set it for the service"),
    ),
    ("service.pre_stop", Kept("lifecycle.preStop; one command")),
    ("service.pre_stop[].command", Kept("exec.command")),
    ("service.pre_stop[].user", Refused("hooks run as the container's user", "remove it")),
    ("service.pre_stop[].privileged", Refused("hooks run with the container's rights", "remove it")),
    (
        "service.pre_stop[].working_dir",
        Refused("hooks run in the container's folder", "begin the command with `cd`"),
    ),
    (
        "service.pre_stop[].environment",
        Refused("hooks have the container's environment", "set it for the service"),
    ),
    ("service.privileged", Kept("securityContext.privileged")),
    ("service.profiles", Ignored("a service whose profile nobody asked for is left out, as Compose does")),
    (
        "service.provider",
        Refused(
            "providers are programs beside `docker compose`",
            "make it a domain of its own, managed_externally",
        ),
    ),
    ("service.pull_policy", Kept("imagePullPolicy; build and intervals are TRN-003")),
    ("service.pull_refresh_after", Refused("pods pull when they start", "write `pull_policy: always`")),
    ("service.read_only", Kept("securityContext.readOnlyRootFilesystem")),
    (
        "service.restart",
        Kept(
            "always, unless-stopped: a lasting workload; no, on-failure: a Job where the service ends by itself",
        ),
    ),
    ("service.runtime", Kept("runtimeClassName")),
    ("service.scale", Kept("spec.replicas")),
    ("service.security_opt", Kept("no-new-privileges, seccomp, apparmor; others are TRN-003")),
    ("service.shm_size", Kept("an emptyDir in memory at /dev/shm")),
    ("service.secrets", Kept("files of a Secret, mounted one by one")),
    ("service.secrets[].source", Kept("which entry")),
    ("service.secrets[].target", Kept("mountPath; below /run/secrets when it is relative")),
    (
        "service.secrets[].uid",
        Refused("files of a Secret belong to root", "give the service's group access with `user` and `mode`"),
    ),
    (
        "service.secrets[].gid",
        Refused("files of a Secret belong to root", "give the service's group access with `user` and `mode`"),
    ),
    ("service.secrets[].mode", Kept("mode of the item")),
    ("service.sysctls", Kept("securityContext.sysctls")),
    ("service.stdin_open", Kept("stdin")),
    ("service.stop_grace_period", Kept("terminationGracePeriodSeconds, rounded up")),
    (
        "service.stop_signal",
        Refused(
            "pods are ended with the image's own signal",
            "set STOPSIGNAL in the image, or send it in `pre_stop`",
        ),
    ),
    ("service.storage_opt", Refused("it is about Docker's storage driver", "remove it")),
    ("service.tmpfs", Kept("an emptyDir in memory")),
    ("service.tty", Kept("tty")),
    (
        "service.ulimits",
        Refused(
            "the container runtime sets them for all containers",
            "set them in the entry point, or in the runtime's configuration",
        ),
    ),
    (
        "service.use_api_socket",
        Refused("nodes have no Docker Engine", "use the cluster's API with a ServiceAccount"),
    ),
    ("service.user", Kept("runAsUser, runAsGroup and fsGroup; names are TRN-003")),
    ("service.uts", Refused("a pod has a name of its own", "use `hostname`")),
    ("service.userns_mode", Kept("host is the default there; others are TRN-003")),
    ("service.volumes", Kept("volumes and volumeMounts")),
    (
        "service.volumes[].type",
        Kept("volume: a claim; bind: a rendered file or hostPath; tmpfs: an emptyDir; others are TRN-003"),
    ),
    ("service.volumes[].source", Kept("which claim, file or path")),
    ("service.volumes[].target", Kept("mountPath")),
    ("service.volumes[].read_only", Kept("readOnly")),
    ("service.volumes[].consistency", Ignored("it does nothing on Linux")),
    ("service.volumes[].bind", Kept("see below")),
    ("service.volumes[].bind.propagation", Kept("mountPropagation")),
    ("service.volumes[].bind.create_host_path", Kept("type of hostPath: DirectoryOrCreate, or none")),
    ("service.volumes[].bind.recursive", Refused("mounts below are always mounted", "remove it")),
    ("service.volumes[].bind.selinux", Ignored("the container runtime labels volumes")),
    ("service.volumes[].volume", Kept("see below")),
    (
        "service.volumes[].volume.labels",
        Ignored("it is for volumes without a name, which live as long as their pod"),
    ),
    ("service.volumes[].volume.nocopy", Ignored("claims are never filled from the image")),
    ("service.volumes[].volume.subpath", Kept("subPath")),
    ("service.volumes[].tmpfs", Kept("emptyDir")),
    ("service.volumes[].tmpfs.size", Kept("sizeLimit")),
    ("service.volumes[].tmpfs.mode", Ignored("an emptyDir is writable for everybody in the pod")),
    (
        "service.volumes[].image",
        Refused(
            "image volumes are not there in every supported version",
            "copy the files in an init container",
        ),
    ),
    ("service.volumes_from", Refused("volumes belong to pods", "mount the same named volume in both")),
    ("service.working_dir", Kept("workingDir")),
    ("network.name", Kept("networks with one name are one network")),
    ("network.driver", Kept("bridge; others are TRN-003")),
    ("network.driver_opts", Refused(NETWORKS, "remove it")),
    (
        "network.ipam",
        Refused(
            "addresses of pods are given by the cluster",
            "remove it, and use names instead of addresses",
        ),
    ),
    ("network.external", Kept("a network that several domains share")),
    ("network.external.name", Kept("the old way to write `name`")),
    ("network.internal", Kept("no way out: egress to other places stays closed")),
    ("network.enable_ipv4", Refused("address families are the cluster's choice", "remove it")),
    ("network.enable_ipv6", Refused("address families are the cluster's choice", "remove it")),
    ("network.attachable", Ignored(SWARM)),
    ("network.labels", Ignored("there is no object for a network")),
    ("volume.name", Ignored("the claim is named after the domain and the volume")),
    ("volume.driver", Explicit("`class` in the domain's `state`; local is the default and needs nothing")),
    (
        "volume.driver_opts",
        Refused("storage is described by its class", "set `class` in the domain's `state`"),
    ),
    ("volume.external", Kept("a claim that is there already")),
    ("volume.external.name", Kept("the old way to write `name`")),
    ("volume.labels", Kept("annotations of the claim")),
    ("secret.name", Kept("name of the Secret that is there already")),
    ("secret.environment", Kept("the key of the domain's Secret")),
    ("secret.file", Kept("a file of the domain's Secret, from the rendered file")),
    ("secret.external", Kept("a Secret that is there already; its key is the entry's name")),
    ("secret.external.name", Kept("the old way to write `name`")),
    ("secret.labels", Ignored("the Secret is made by the environment's `secrets`")),
    ("secret.driver", Refused(SWARM, STORE)),
    ("secret.driver_opts", Refused(SWARM, STORE)),
    ("secret.template_driver", Refused(SWARM, "render it with a template of the domain")),
    ("config.name", Kept("name of the ConfigMap that is there already")),
    ("config.content", Kept("a file of the service's ConfigMap")),
    ("config.environment", Kept("the value of the environment's variable")),
    ("config.file", Kept("a file of the service's ConfigMap, from the rendered file")),
    ("config.external", Kept("a ConfigMap that is there already; its key is the entry's name")),
    ("config.external.name", Kept("the old way to write `name`")),
    ("config.labels", Ignored("its files are part of the service's ConfigMap")),
    ("config.template_driver", Refused(SWARM, "render it with a template of the domain")),
];
