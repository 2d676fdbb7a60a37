//! `networks.yml` to shared networks.

use crate::model::Network;
use crate::yaml::Node;

/// Every network, in file order.
pub(super) fn read(root: &Node) -> Vec<Network> {
    let Some(map) = root.get("networks") else { return Vec::new() };
    map.entries()
        .iter()
        .filter_map(|entry| {
            let node = &entry.value;
            let text = |key: &str| node.get(key).filter(|n| !n.is_null()).and_then(|n| n.spanned());
            Some(Network {
                name: entry.key.spanned()?,
                owner: text("owner"),
                subnet: text("subnet"),
                gateway: text("gateway"),
                internal: node.get("internal").and_then(|n| n.bool()).unwrap_or(false),
                driver: text("driver").map(|d| d.value),
                span: entry.key.span.clone(),
            })
        })
        .collect()
}
