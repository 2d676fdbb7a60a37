//! What NetworkPolicies let through: a small evaluator, so that policies can be proved rather than read.

use super::object::Object;
use serde_json::Value;
use std::collections::BTreeMap;

/// A pod, as far as policies look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pod {
    /// Its namespace.
    pub namespace: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// One end of a connection.
#[derive(Debug, Clone, Copy)]
pub enum End<'a> {
    /// A pod.
    Pod(&'a Pod),
    /// Something outside of the cluster.
    Outside,
}

/// Whether `policies` let a connection from one end to a port of the other through. Policies that select a pod close
/// what none of them opens; a pod that none selects is open.
pub fn allows(policies: &[Object], from: End<'_>, to: End<'_>, port: u16, protocol: &str) -> bool {
    let side = |own: End<'_>, other: End<'_>, kind: &str, rules: &str, peers: &str| {
        let End::Pod(pod) = own else { return true };
        let mut chosen = policies.iter().filter(|p| selects(p, pod, kind)).peekable();
        if chosen.peek().is_none() {
            return true;
        }
        chosen.any(|policy| {
            items(policy.value.pointer(&format!("/spec/{rules}")))
                .any(|rule| opens(rule, peers, policy, other) && has_port(rule, port, protocol))
        })
    };
    side(from, to, "Egress", "egress", "to") && side(to, from, "Ingress", "ingress", "from")
}

fn selects(policy: &Object, pod: &Pod, kind: &str) -> bool {
    policy.kind == "NetworkPolicy"
        && policy.namespace.as_deref() == Some(&pod.namespace)
        && items(policy.value.pointer("/spec/policyTypes")).any(|t| t == kind)
        && matches(policy.value.pointer("/spec/podSelector"), &pod.labels)
}

fn opens(rule: &Value, peers: &str, policy: &Object, other: End<'_>) -> bool {
    let Some(peers) = rule.get(peers) else { return true };
    items(Some(peers)).any(|peer| match other {
        End::Outside => peer.get("ipBlock").is_some(),
        End::Pod(pod) => {
            let here = policy.namespace.as_deref() == Some(&pod.namespace);
            let name = BTreeMap::from([("kubernetes.io/metadata.name".to_owned(), pod.namespace.clone())]);
            let namespace = peer.get("namespaceSelector").map_or(here, |s| matches(Some(s), &name));
            peer.get("ipBlock").is_none() && namespace && matches(peer.get("podSelector"), &pod.labels)
        }
    })
}

fn has_port(rule: &Value, port: u16, protocol: &str) -> bool {
    let Some(ports) = rule.get("ports") else { return true };
    items(Some(ports)).any(|p| {
        p.get("port").and_then(Value::as_u64) == Some(u64::from(port))
            && p.get("protocol").and_then(Value::as_str).unwrap_or("TCP") == protocol
    })
}

fn matches(selector: Option<&Value>, labels: &BTreeMap<String, String>) -> bool {
    let wanted = selector.and_then(|s| s.get("matchLabels")).and_then(Value::as_object);
    wanted.into_iter().flatten().all(|(k, v)| labels.get(k).map(String::as_str) == v.as_str())
}

fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}
