//! Where a pod runs and what it shares with its node: namespaces, names, selectors, time to stop.

use super::object::unless_empty;
use super::probes::seconds;
use super::unit::Unit;
use crate::diag::Findings;
use serde_json::{Map, Value, json};

/// Adds to the pod's `spec`.
pub(super) fn fill(unit: &Unit<'_>, spec: &mut Value, is_job: bool, out: &mut Findings) {
    let host = |key: &str| (unit.text(key) == Some("host")).then_some(true);
    let service = &unit.service.name;
    let words = [
        ("network_mode", &["host", "none", "bridge"][..]),
        ("pid", &["host"]),
        ("ipc", &["host", "private", "shareable", "none"]),
        ("userns_mode", &["host"]),
    ];
    for (key, known) in words {
        if let Some(value) = unit.text(&format!("/{key}")).filter(|v| !known.contains(v)) {
            let message =
                format!("`{service}` has `{key}: {value}`, and pods cannot share that with each other");
            unit.cannot(out, key, message, "let the services talk over the network, or through a volume");
        }
    }
    let mut add = |key: &str, value: Value| spec[key] = value;
    add("hostNetwork", json!(host("/network_mode")));
    add("dnsPolicy", json!(host("/network_mode").map(|_| "ClusterFirstWithHostNet")));
    add("hostPID", json!(host("/pid")));
    add("hostIPC", json!(host("/ipc")));
    add("shareProcessNamespace", json!(unit.flag("/init").then_some(true)));
    add("hostname", json!(unit.text("/hostname").map(super::mounts::name_of)));
    add("runtimeClassName", json!(unit.text("/runtime").filter(|r| *r != "runc")));
    add("hostAliases", host_aliases(unit, out));
    add("dnsConfig", dns(unit));
    add("terminationGracePeriodSeconds", json!(unit.text("/stop_grace_period").and_then(seconds)));
    add("restartPolicy", restart(unit, is_job));
    add("nodeSelector", node_selector(unit, out));
    add("affinity", affinity(unit, out));
    let spread: Vec<Value> = unit.items("/deploy/placement/preferences").filter_map(|p| {
        let key = p.get("spread")?.as_str()?;
        Some(json!({
            "maxSkew": 1, "topologyKey": key.trim_start_matches("node.labels."), "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": super::object::selector(unit.domain_name(), service)},
        }))
    }).collect();
    add("topologySpreadConstraints", unless_empty(json!(spread)));
}

fn restart(unit: &Unit<'_>, is_job: bool) -> Value {
    match is_job {
        false => Value::Null,
        true => {
            let word = unit.service.restart.as_ref().map_or("no", |r| r.value.as_str());
            if word.starts_with("on-failure") { "OnFailure".into() } else { "Never".into() }
        }
    }
}

fn host_aliases(unit: &Unit<'_>, out: &mut Findings) -> Value {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for line in unit.texts("/extra_hosts") {
        let (host, address) = line.split_once('=').unwrap_or((line, ""));
        let address = address.trim_start_matches('[').trim_end_matches(']');
        if address.parse::<std::net::IpAddr>().is_err() {
            let message = format!(
                "`{}` looks {host} up as {address}, which is no address of the cluster",
                unit.service.name
            );
            unit.cannot(out, "extra_hosts", message, "write an IP address");
            continue;
        }
        match all.iter_mut().find(|(a, _)| a == address) {
            Some((_, names)) => names.push(host.to_owned()),
            None => all.push((address.to_owned(), vec![host.to_owned()])),
        }
    }
    let all: Vec<Value> = all.into_iter().map(|(ip, names)| json!({"ip": ip, "hostnames": names})).collect();
    unless_empty(json!(all))
}

fn dns(unit: &Unit<'_>) -> Value {
    let searches: Vec<&str> = unit.texts("/dns_search").collect();
    let options: Vec<Value> = unit
        .texts("/dns_opt")
        .map(|o| match o.split_once(':') {
            Some((name, value)) => json!({"name": name, "value": value}),
            None => json!({"name": o}),
        })
        .collect();
    unless_empty(json!({"searches": unless_empty(json!(searches)), "options": unless_empty(json!(options))}))
}

fn node_selector(unit: &Unit<'_>, out: &mut Findings) -> Value {
    let mut labels = Map::new();
    if let Some(platform) = unit.text("/platform") {
        let mut parts = platform.split('/');
        labels.insert("kubernetes.io/os".into(), parts.next().unwrap_or("linux").into());
        if let Some(arch) = parts.next() {
            labels.insert("kubernetes.io/arch".into(), arch.into());
        }
    }
    for constraint in unit.texts("/deploy/placement/constraints") {
        let parts: Vec<&str> = constraint.split("==").map(str::trim).collect();
        let label = match parts.as_slice() {
            [key, _] if key.starts_with("node.labels.") => key.trim_start_matches("node.labels."),
            ["node.hostname", _] => "kubernetes.io/hostname",
            ["node.platform.arch", _] => "kubernetes.io/arch",
            ["node.platform.os", _] => "kubernetes.io/os",
            _ => {
                let message = format!(
                    "`{}` may only run where `{constraint}`, which nodes do not say",
                    unit.service.name
                );
                unit.cannot(out, "deploy", message, "label the nodes and write `node.labels.LABEL==VALUE`");
                continue;
            }
        };
        labels.insert(label.to_owned(), parts[1].into());
    }
    unless_empty(Value::Object(labels))
}

fn affinity(unit: &Unit<'_>, out: &mut Findings) -> Value {
    match unit.at("/deploy/placement/max_replicas_per_node").and_then(Value::as_u64) {
        None | Some(0) => Value::Null,
        Some(1) => json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{
            "topologyKey": "kubernetes.io/hostname",
            "labelSelector": {"matchLabels": super::object::selector(unit.domain_name(), &unit.service.name)},
        }]}}),
        Some(n) => {
            let message = format!(
                "`{}` may have {n} pods on one node, and Kubernetes counts to one",
                unit.service.name
            );
            unit.cannot(out, "deploy", message, "write 1, or remove it");
            Value::Null
        }
    }
}
