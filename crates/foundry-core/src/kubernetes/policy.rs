//! NetworkPolicies: everything closed, then exactly the declared flows, DNS, the ingress controller and Prometheus.

use super::flows::{has_policies, pairs, partners, reaches_outside, share_a_network, units};
use super::ingress;
use super::object::{Object, labels, selector, unless_empty};
use super::services::{declared, published};
use super::settings::Settings;
use super::unit::{Input, Unit};
use super::{charts, namespaces_of, prometheus};
use crate::model::Domain;
use serde_json::{Value, json};

/// The policies of a domain in the application environment `app`.
pub(super) fn policies(
    input: &Input<'_>,
    settings: &Settings,
    domain: &Domain,
    app: Option<&str>,
) -> Vec<Object> {
    let mine = units(input, settings, domain);
    if mine.is_empty() {
        // The pods of a chart have labels of their own: what closes them comes with it.
        return Vec::new();
    }
    let name = &domain.name.value;
    let metadata = || json!({"labels": labels(name, name, Some("network"))});
    let everything = json!({"spec": {
        "podSelector": {"matchLabels": {"app.kubernetes.io/part-of": name}},
        "policyTypes": ["Ingress", "Egress"],
    }});
    let mut all = vec![Object::new(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        &format!("{name}-closed"),
        metadata(),
        everything,
    )];
    let (sources, targets) = partners(input, domain);
    for unit in mine.iter().filter(|u| has_policies(u)) {
        let mut ways_in = own_ways_in(unit, &mine);
        for other in &sources {
            let theirs = units(input, settings, other);
            let peers: Vec<Value> = pairs(&theirs, &mine)
                .into_iter()
                .filter(|(_, to)| to.service.name == unit.service.name)
                .flat_map(|(from, _)| peers(from, settings, app))
                .collect();
            let peers = [peers, release_peers(input, settings, other, app)].concat();
            if !peers.is_empty() && !declared(unit).is_empty() {
                ways_in.push(json!({"from": peers, "ports": ports(unit)}));
            }
        }
        let mut ways_out = own_ways_out(unit, &mine, settings);
        for other in &targets {
            let theirs = units(input, settings, other);
            for (_, to) in
                pairs(&mine, &theirs).into_iter().filter(|(from, _)| from.service.name == unit.service.name)
            {
                ways_out.push(json!({"to": peers(to, settings, app), "ports": ports(to)}));
            }
        }
        let charts = targets.iter().flat_map(|other| release_peers(input, settings, other, app));
        // What a chart listens on is not known here.
        ways_out.extend(charts.map(|peer| json!({"to": [peer]})));
        let spec = json!({
            "podSelector": {"matchLabels": selector(name, &unit.service.name)},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": unless_empty(json!(ways_in)),
            "egress": unless_empty(json!(ways_out)),
        });
        let metadata = json!({"labels": labels(name, &unit.service.name, None)});
        let policy = format!("{}-flows", unit.service.name);
        all.push(Object::new(
            "networking.k8s.io/v1",
            "NetworkPolicy",
            &policy,
            metadata,
            json!({"spec": spec}),
        ));
    }
    all
}

/// Ways in from the same domain, the ingress controller, Prometheus and the outside.
fn own_ways_in(unit: &Unit<'_>, mine: &[Unit<'_>]) -> Vec<Value> {
    let settings = unit.settings;
    let mut all = Vec::new();
    let siblings: Vec<Value> = siblings(unit, mine)
        .map(|s| json!({"podSelector": {"matchLabels": selector(s.domain_name(), &s.service.name)}}))
        .collect();
    if !siblings.is_empty() && !declared(unit).is_empty() {
        all.push(json!({"from": siblings, "ports": ports(unit)}));
    }
    let by_ingress: Vec<Value> =
        ingress::targets(unit).iter().map(|p| json!({"port": p, "protocol": "TCP"})).collect();
    if !by_ingress.is_empty() {
        all.push(json!({"from": [from_namespace(&settings.ingress_namespace)], "ports": by_ingress}));
    }
    if let Some(port) = prometheus::target(unit) {
        let ports = [json!({"port": port.port, "protocol": port.protocol})];
        all.push(json!({"from": [from_namespace(&settings.monitoring_namespace)], "ports": ports}));
    }
    let open: Vec<Value> = published(unit)
        .iter()
        .map(|p| json!({"port": p.target, "protocol": p.protocol.to_uppercase()}))
        .collect();
    if !open.is_empty() {
        all.push(json!({"from": [outside(settings)], "ports": open}));
    }
    all
}

/// Ways out to the cluster's DNS, to the same domain, and to the outside.
fn own_ways_out(unit: &Unit<'_>, mine: &[Unit<'_>], settings: &Settings) -> Vec<Value> {
    let mut all = vec![json!({
        "to": [{
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        }],
        "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
    })];
    for sibling in siblings(unit, mine).filter(|s| !declared(s).is_empty()) {
        let to =
            json!({"podSelector": {"matchLabels": selector(sibling.domain_name(), &sibling.service.name)}});
        all.push(json!({"to": [to], "ports": ports(sibling)}));
    }
    if reaches_outside(unit) {
        all.push(json!({"to": [outside(settings)]}));
    }
    all
}

fn siblings<'u, 'a>(unit: &'u Unit<'a>, mine: &'u [Unit<'a>]) -> impl Iterator<Item = &'u Unit<'a>> {
    mine.iter().filter(|s| has_policies(s) && share_a_network(s, unit))
}

/// A service's pods as a peer, wherever its domain lives.
fn peers(unit: &Unit<'_>, settings: &Settings, app: Option<&str>) -> Vec<Value> {
    let namespaces = namespaces_of(unit.domain, settings, app);
    let peer = |namespace: String| {
        json!({
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
            "podSelector": {"matchLabels": selector(unit.domain_name(), &unit.service.name)},
        })
    };
    namespaces.into_iter().map(peer).collect()
}

/// The pods of a domain that is a chart, by the label that charts give them.
fn release_peers(input: &Input<'_>, settings: &Settings, other: &Domain, app: Option<&str>) -> Vec<Value> {
    let Some(release) = charts::release(input, other) else { return Vec::new() };
    let peer = |namespace: String| {
        json!({
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
            "podSelector": {"matchLabels": {"app.kubernetes.io/instance": release}},
        })
    };
    namespaces_of(other, settings, app).into_iter().map(peer).collect()
}

fn from_namespace(name: &str) -> Value {
    json!({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}})
}

fn outside(settings: &Settings) -> Value {
    json!({"ipBlock": {"cidr": "0.0.0.0/0", "except": unless_empty(json!(settings.cluster_cidrs))}})
}

fn ports(unit: &Unit<'_>) -> Vec<Value> {
    declared(unit).iter().map(|d| json!({"port": d.port, "protocol": d.protocol})).collect()
}
