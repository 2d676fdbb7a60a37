//! `domains.yml` to domains.

use crate::diag::{Span, Spanned};
use crate::model::{Domain, Placement, Waiver};
use crate::yaml::Node;

/// Every entry that has a name; what is malformed in it was reported by the schema and is left out here.
pub(super) fn read(root: &Node) -> Vec<Domain> {
    let Some(list) = root.get("domains") else { return Vec::new() };
    list.items().iter().filter_map(|node| domain(node)).collect()
}

fn domain(node: &Node) -> Option<Domain> {
    let name = node.get("name")?.spanned()?;
    let names = |key: &str| -> Vec<Spanned<String>> { node.get(key).map(|n| n.texts()).unwrap_or_default() };
    let text = |key: &str| node.get(key).and_then(|n| n.text()).map(str::to_owned);
    Some(Domain {
        placement: match node.get("placement").and_then(|n| n.text()) {
            Some("tunnel") => Placement::Tunnel,
            Some("external") => Placement::External,
            _ => Placement::Local,
        },
        standalone: node
            .get("standalone")
            .and_then(|n| n.bool().map(|value| Spanned::new(value, n.span.clone()))),
        requires: names("requires"),
        consumes: names("consumes"),
        exposes_to: names("exposes_to"),
        managed_externally: node.get("managed_externally").and_then(|n| n.bool()).unwrap_or(false),
        networks: names("networks"),
        category: text("category"),
        layer: text("layer"),
        environments: node.get("environments").filter(|n| !n.is_null()).map(|n| n.texts()),
        waivers: node
            .get("waivers")
            .map(|n| n.items())
            .unwrap_or_default()
            .iter()
            .filter_map(|n| waiver(n))
            .collect(),
        record: node.to_json(),
        span: whole(node, &name.span),
        name,
    })
}

fn waiver(node: &Node) -> Option<Waiver> {
    Some(Waiver {
        rule: node.get("rule")?.spanned()?,
        path: node.get("path").and_then(|n| n.text()).map(str::to_owned),
        reason: node.get("reason")?.text()?.to_owned(),
        expires: node.get("expires")?.spanned()?,
        span: node.span.clone(),
    })
}

/// An entry's span for drawing: its first line rather than all of it.
fn whole(node: &Node, name: &Span) -> Span {
    if node.span.line == 0 { name.clone() } else { node.span.clone() }
}
