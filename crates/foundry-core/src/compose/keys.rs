//! Every key of the Compose specification, by section, and how its value is read: a table.

/// How a value is checked and normalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Kept as it is.
    Any,
    /// Text; a number or boolean becomes text.
    Text,
    /// A path: relative ones are below the folder of the compose file.
    Path,
    /// An integer.
    Int,
    /// A number.
    Number,
    /// A boolean.
    Bool,
    /// A duration, printed as Compose prints it.
    Duration,
    /// A size in bytes, printed as text.
    Bytes,
    /// A file mode: a leading zero means octal.
    Mode,
    /// A list of texts.
    Texts,
    /// One text or a list of texts.
    OneOrMore,
    /// A command: words, or one line that is split into words.
    Command,
    /// A health check's test: `CMD-SHELL` goes before a single text.
    Test,
    /// A mapping of texts, or a list of `key=value`; a key without value has the empty text.
    Pairs,
    /// As `Pairs`, and a key without value takes it from the variables, or is null.
    Environment,
    /// A mapping of texts, or a list of `host:address`, as sorted `host=address`.
    Hosts,
    /// Ports to publish, short or long.
    Ports,
    /// Mounts, short or long.
    Mounts,
    /// Networks to join: a list of names or a mapping.
    Networks,
    /// What has to be there first: a list of names or a mapping.
    DependsOn,
    /// Configs or secrets to use: names or mappings.
    Grants(&'static str),
    /// Files of variables: a path, a list of paths or of mappings.
    EnvFiles,
    /// A folder to build, or a mapping.
    Build,
    /// `{name: number | {soft, hard}}`.
    Ulimits,
    /// Devices: `source:target:permissions` or mappings.
    Devices,
    /// `true`, `false` or a mapping with `name`.
    External,
    /// A mapping with the keys of that section.
    Section(&'static str),
    /// A list of mappings with the keys of that section.
    List(&'static str),
    /// A mapping of named sections.
    Named(&'static str),
    /// Read on its own.
    Apart,
    /// Known to Compose, and not supported here: the text says what to do instead.
    Refused(&'static str),
}

use Kind::*;

/// A section's name and its keys.
type Section_ = (&'static str, &'static [(&'static str, Kind)]);

const EXTENDS: &str = "write the service out, or share its parts with an anchor or a template include";
const INCLUDE: &str = "make the other file a domain of its own and name it under requires";

/// The keys of `section`.
pub(super) fn keys(section: &str) -> &'static [(&'static str, Kind)] {
    TABLE.iter().find(|(name, _)| *name == section).map_or(&[], |(_, keys)| keys)
}

/// A key of a section, for those who walk over all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SectionKey {
    /// Its name.
    pub name: &'static str,
    /// Whether a domain's file may have it.
    pub accepted: bool,
}

/// Every key of a section (`compose file`, `service`, `build`, …) that Compose knows.
pub fn section_keys(section: &str) -> Vec<SectionKey> {
    let key =
        |(name, kind): &(&'static str, Kind)| SectionKey { name, accepted: !matches!(kind, Refused(_)) };
    keys(section).iter().map(key).collect()
}

const TABLE: &[Section_] = &[
    (
        "compose file",
        &[
            ("version", Any),
            ("name", Text),
            ("services", Apart),
            ("networks", Named("network")),
            ("volumes", Named("volume")),
            ("secrets", Named("secret")),
            ("configs", Named("config")),
            ("include", Refused(INCLUDE)),
            ("models", Any),
        ],
    ),
    (
        "service",
        &[
            ("annotations", Pairs),
            ("attach", Bool),
            ("blkio_config", Any),
            ("build", Build),
            ("cap_add", Texts),
            ("cap_drop", Texts),
            ("cgroup", Text),
            ("cgroup_parent", Text),
            ("command", Command),
            ("configs", Grants("config")),
            ("container_name", Text),
            ("cpu_count", Int),
            ("cpu_percent", Number),
            ("cpu_period", Int),
            ("cpu_quota", Int),
            ("cpu_rt_period", Int),
            ("cpu_rt_runtime", Int),
            ("cpu_shares", Int),
            ("cpus", Number),
            ("cpuset", Text),
            ("credential_spec", Any),
            ("depends_on", DependsOn),
            ("deploy", Section("deploy")),
            ("develop", Any),
            ("device_cgroup_rules", Texts),
            ("devices", Devices),
            ("dns", OneOrMore),
            ("dns_opt", Texts),
            ("dns_search", OneOrMore),
            ("domainname", Text),
            ("entrypoint", Command),
            ("env_file", EnvFiles),
            ("environment", Environment),
            ("expose", Texts),
            ("extends", Refused(EXTENDS)),
            ("external_links", Texts),
            ("extra_hosts", Hosts),
            ("gpus", Any),
            ("group_add", Texts),
            ("healthcheck", Section("healthcheck")),
            ("hostname", Text),
            ("image", Text),
            ("init", Bool),
            ("ipc", Text),
            ("isolation", Text),
            ("label_file", OneOrMore),
            ("labels", Pairs),
            ("links", Texts),
            ("logging", Section("logging")),
            ("mac_address", Text),
            ("mem_limit", Bytes),
            ("mem_reservation", Bytes),
            ("mem_swappiness", Text),
            ("memswap_limit", Bytes),
            ("models", Any),
            ("network_mode", Text),
            ("networks", Networks),
            ("oom_kill_disable", Bool),
            ("oom_score_adj", Int),
            ("pid", Text),
            ("pids_limit", Int),
            ("platform", Text),
            ("ports", Ports),
            ("post_start", Any),
            ("pre_stop", Any),
            ("privileged", Bool),
            ("profiles", Texts),
            ("provider", Any),
            ("pull_policy", Text),
            ("read_only", Bool),
            ("restart", Text),
            ("runtime", Text),
            ("scale", Int),
            ("secrets", Grants("secret")),
            ("security_opt", Texts),
            ("shm_size", Bytes),
            ("stdin_open", Bool),
            ("stop_grace_period", Duration),
            ("stop_signal", Text),
            ("storage_opt", Pairs),
            ("sysctls", Pairs),
            ("tmpfs", OneOrMore),
            ("tty", Bool),
            ("ulimits", Ulimits),
            ("use_api_socket", Bool),
            ("user", Text),
            ("userns_mode", Text),
            ("uts", Text),
            ("volumes", Mounts),
            ("volumes_from", Texts),
            ("working_dir", Text),
        ],
    ),
    (
        "build",
        &[
            ("additional_contexts", Pairs),
            ("args", Environment),
            ("cache_from", Texts),
            ("cache_to", Texts),
            ("context", Path),
            ("dockerfile", Text),
            ("dockerfile_inline", Text),
            ("entitlements", Texts),
            ("extra_hosts", Hosts),
            ("isolation", Text),
            ("labels", Pairs),
            ("network", Text),
            ("no_cache", Bool),
            ("platforms", Texts),
            ("privileged", Bool),
            ("pull", Bool),
            ("secrets", Grants("build secret")),
            ("shm_size", Bytes),
            ("ssh", Any),
            ("tags", Texts),
            ("target", Text),
            ("ulimits", Ulimits),
        ],
    ),
    (
        "healthcheck",
        &[
            ("disable", Bool),
            ("interval", Duration),
            ("retries", Int),
            ("start_interval", Duration),
            ("start_period", Duration),
            ("test", Test),
            ("timeout", Duration),
        ],
    ),
    ("logging", &[("driver", Text), ("options", Pairs)]),
    (
        "deploy",
        &[
            ("endpoint_mode", Text),
            ("labels", Pairs),
            ("mode", Text),
            ("placement", Section("placement")),
            ("replicas", Int),
            ("resources", Section("resources")),
            ("restart_policy", Section("restart_policy")),
            ("rollback_config", Section("update_config")),
            ("update_config", Section("update_config")),
        ],
    ),
    ("placement", &[("constraints", Texts), ("max_replicas_per_node", Int), ("preferences", Any)]),
    ("resources", &[("limits", Section("limits")), ("reservations", Section("reservations"))]),
    ("limits", &[("cpus", Number), ("memory", Bytes), ("pids", Int)]),
    (
        "reservations",
        &[("cpus", Number), ("devices", Any), ("generic_resources", Any), ("memory", Bytes), ("pids", Int)],
    ),
    (
        "restart_policy",
        &[("condition", Text), ("delay", Duration), ("max_attempts", Int), ("window", Duration)],
    ),
    (
        "update_config",
        &[
            ("delay", Duration),
            ("failure_action", Text),
            ("max_failure_ratio", Number),
            ("monitor", Duration),
            ("order", Text),
            ("parallelism", Int),
        ],
    ),
    (
        "port",
        &[
            ("app_protocol", Text),
            ("host_ip", Text),
            ("mode", Text),
            ("name", Text),
            ("protocol", Text),
            ("published", Text),
            ("target", Int),
        ],
    ),
    (
        "mount",
        &[
            ("bind", Section("bind")),
            ("consistency", Text),
            ("read_only", Bool),
            ("source", Text),
            ("target", Text),
            ("tmpfs", Section("tmpfs")),
            ("type", Text),
            ("volume", Section("mounted volume")),
        ],
    ),
    ("bind", &[("create_host_path", Bool), ("propagation", Text), ("recursive", Text), ("selinux", Text)]),
    ("tmpfs", &[("mode", Mode), ("size", Bytes)]),
    ("mounted volume", &[("nocopy", Bool), ("subpath", Text)]),
    (
        "attachment",
        &[
            ("aliases", Texts),
            ("driver_opts", Pairs),
            ("gw_priority", Number),
            ("interface_name", Text),
            ("ipv4_address", Text),
            ("ipv6_address", Text),
            ("link_local_ips", Texts),
            ("mac_address", Text),
            ("priority", Number),
        ],
    ),
    ("dependency", &[("condition", Text), ("required", Bool), ("restart", Bool)]),
    ("grant", &[("gid", Text), ("mode", Mode), ("source", Text), ("target", Text), ("uid", Text)]),
    ("env file", &[("format", Text), ("path", Path), ("required", Bool)]),
    ("device", &[("permissions", Text), ("source", Text), ("target", Text)]),
    ("ulimit", &[("hard", Int), ("soft", Int)]),
    (
        "network",
        &[
            ("attachable", Bool),
            ("driver", Text),
            ("driver_opts", Pairs),
            ("enable_ipv4", Bool),
            ("enable_ipv6", Bool),
            ("external", External),
            ("internal", Bool),
            ("ipam", Section("ipam")),
            ("labels", Pairs),
            ("name", Text),
        ],
    ),
    ("ipam", &[("config", List("address pool")), ("driver", Text), ("options", Pairs)]),
    ("address pool", &[("aux_addresses", Pairs), ("gateway", Text), ("ip_range", Text), ("subnet", Text)]),
    (
        "volume",
        &[
            ("driver", Text),
            ("driver_opts", Pairs),
            ("external", External),
            ("labels", Pairs),
            ("name", Text),
        ],
    ),
    (
        "secret",
        &[
            ("driver", Text),
            ("driver_opts", Pairs),
            ("environment", Text),
            ("external", External),
            ("file", Path),
            ("labels", Pairs),
            ("name", Text),
            ("template_driver", Text),
        ],
    ),
    (
        "config",
        &[
            ("content", Text),
            ("environment", Text),
            ("external", External),
            ("file", Path),
            ("labels", Pairs),
            ("name", Text),
            ("template_driver", Text),
        ],
    ),
];
