//! The pages about the whole registry: services, ports, networks, backups, relations.

use crate::graph::{Graph, mermaid};
use crate::model::{Domain, Registry};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// `README.md`: what there is to read.
pub(super) fn index(registry: &Registry) -> String {
    let mut out = format!(
        "# {}\n\n{} services in {} environments.\n\n",
        registry.name,
        registry.domains.len(),
        registry.environments.len()
    );
    for (file, what) in [
        ("services.md", "what runs where, and why"),
        ("ports.md", "every port that is published"),
        ("networks.md", "who is on which network"),
        ("backups.md", "what is saved, how and when"),
        ("graph.md", "who needs whom ([drawing](graph.svg))"),
    ] {
        let _ = writeln!(out, "- [{}]({file}): {what}", file.trim_end_matches(".md"));
    }
    if !registry.domains.is_empty() {
        out.push_str("\n## Runbooks\n\n");
    }
    for name in names(registry) {
        let _ = writeln!(out, "- [{name}](runbooks/{name}.md)");
    }
    out
}

/// `services.md`: the catalogue.
pub(super) fn services(registry: &Registry) -> String {
    let mut out = String::from("# Services\n\n");
    let mut table = Table::new(&[
        "service",
        "what it is",
        "layer",
        "category",
        "placement",
        "environments",
        "reached at",
    ]);
    for domain in sorted(registry) {
        let hosts: Vec<String> = list(domain, "ingress").iter().map(|e| text(e, "host")).collect();
        let environments = match &domain.environments {
            Some(all) => all.iter().map(|e| e.value.clone()).collect::<Vec<_>>().join(", "),
            None => "all".to_owned(),
        };
        let name = &domain.name.value;
        table.row([
            format!("[{name}](runbooks/{name}.md)"),
            text(&domain.record, "description"),
            domain.layer.clone().unwrap_or_else(|| "apps".to_owned()),
            domain.category.clone().unwrap_or_default(),
            domain.placement.word().to_owned(),
            environments,
            hosts.join(", "),
        ]);
    }
    out.push_str(&table.text());
    out.push_str("\n## Environments\n\n");
    let mut table = Table::new(&["environment", "engine", "services"]);
    for environment in &registry.environments {
        let count = registry.deployed_in(&environment.name).count().to_string();
        table.row([environment.name.clone(), environment.engine.word().to_owned(), count]);
    }
    out + &table.text()
}

/// `ports.md`: the port registry.
pub(super) fn ports(registry: &Registry) -> String {
    let mut rows = Vec::new();
    for domain in &registry.ports {
        for port in &domain.ports {
            let Some(binding) = port.binding else { continue };
            let address = binding.address.map_or("every address".to_owned(), |a| a.to_string());
            let protocols = binding.protocol.each().join(", ");
            rows.push((
                binding.port,
                protocols,
                address,
                domain.domain.value.clone(),
                port.name.value.clone(),
            ));
        }
    }
    rows.sort();
    let mut table = Table::new(&["port", "protocol", "address", "service", "name"]);
    for (port, protocols, address, domain, name) in rows {
        table.row([port.to_string(), protocols, address, domain, name]);
    }
    format!("# Ports\n\n{}", table.text())
}

/// `networks.md`: who meets whom.
pub(super) fn networks(registry: &Registry) -> String {
    let mut members: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for domain in &registry.domains {
        for network in domain.networks.iter().map(|n| n.value.clone()) {
            members.entry(network).or_default().insert(&domain.name.value);
        }
    }
    for network in &registry.networks {
        members.entry(network.name.value.clone()).or_default();
    }
    let mut table = Table::new(&["network", "subnet", "way out", "made by", "services"]);
    let mut drawing = String::from("flowchart LR\n");
    for (i, (name, domains)) in members.iter().enumerate() {
        let declared = registry.networks.iter().find(|n| n.name.value == *name);
        let subnet = declared.and_then(|n| n.subnet.as_ref()).map(|s| s.value.clone());
        let owner = declared.and_then(|n| n.owner.as_ref()).map(|o| o.value.clone());
        let internal = declared.is_some_and(|n| n.internal);
        let list: Vec<&str> = domains.iter().copied().collect();
        table.row([
            name.clone(),
            subnet.unwrap_or_else(|| "chosen by the engine".to_owned()),
            if internal { "no" } else { "yes" }.to_owned(),
            owner.unwrap_or_else(|| "Foundry".to_owned()),
            list.join(", "),
        ]);
        let _ = writeln!(drawing, "  net{i}([\"{name}\"])");
        for domain in domains {
            let place = registry.position(domain).unwrap_or_default();
            let _ = writeln!(drawing, "  n{place}[\"{domain}\"] --- net{i}");
        }
    }
    format!(
        "# Networks\n\nEach service has a network of its own besides these.\n\n{}\n```mermaid\n{drawing}```\n",
        table.text()
    )
}

/// `backups.md`: the inventory.
pub(super) fn backups(registry: &Registry) -> String {
    let mut table = Table::new(&["service", "state", "size", "saved by", "when", "before it"]);
    let mut silent = Vec::new();
    for domain in sorted(registry) {
        let state = list(domain, "state");
        let stateless = domain.record.get("stateless") == Some(&Value::Bool(true));
        if state.is_empty() && !stateless && domain.is_deployed_here() {
            silent.push(domain.name.value.as_str());
        }
        for entry in state {
            let what = [text(entry, "volume"), text(entry, "path")].concat();
            let saved =
                match (entry.get("ephemeral") == Some(&Value::Bool(true)), text(entry, "backup").as_str()) {
                    (true, _) => "not: it is made anew".to_owned(),
                    (_, "none") => format!("not: {}", text(entry, "reason")),
                    (_, "") => "**nothing says how**".to_owned(),
                    (_, profile) => profile.to_owned(),
                };
            let own = |key: &str| domain.record.pointer(&format!("/backup/{key}"));
            let when = own("schedule").and_then(Value::as_str).unwrap_or("as the profile says");
            let before = own("before").and_then(Value::as_array).into_iter().flatten();
            let before: Vec<&str> = before.filter_map(Value::as_str).collect();
            let size = text(entry, "size");
            table.row([domain.name.value.clone(), what, size, saved, when.to_owned(), before.join(", ")]);
        }
    }
    let mut out = format!("# Backups\n\n{}", table.text());
    if !silent.is_empty() {
        let _ = write!(out, "\nWhat these keep is not said: {}.\n", silent.join(", "));
    }
    out
}

/// `graph.md`: the relations.
pub(super) fn graph(graph: &Graph) -> String {
    let mut out = String::from("# Who needs whom\n\n");
    out.push_str(
        "A solid arrow is a hard relation, a dashed one a soft one. [The same as a drawing](graph.svg).\n\n",
    );
    let _ = write!(out, "```mermaid\n{}```\n\n## Order of starting\n\n", mermaid(graph));
    for (i, level) in graph.levels().iter().enumerate() {
        let names: Vec<&str> = level.iter().map(|d| graph.names[*d].as_str()).collect();
        let _ = writeln!(out, "{}. {}", i + 1, names.join(", "));
    }
    out
}

fn sorted(registry: &Registry) -> Vec<&Domain> {
    let mut all: Vec<&Domain> = registry.domains.iter().collect();
    all.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    all
}

fn names(registry: &Registry) -> Vec<&str> {
    sorted(registry).into_iter().map(|d| d.name.value.as_str()).collect()
}

/// A list of the domain's entry.
pub(super) fn list<'d>(domain: &'d Domain, key: &str) -> Vec<&'d Value> {
    domain.record.get(key).and_then(Value::as_array).into_iter().flatten().collect()
}

/// A text of an entry, empty where there is none.
pub(super) fn text(value: &Value, key: &str) -> String {
    match value.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

/// A table of Markdown.
struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    fn new(head: &[&str]) -> Table {
        Table { rows: vec![head.iter().map(|h| (*h).to_owned()).collect()] }
    }

    fn row<const N: usize>(&mut self, cells: [String; N]) {
        let cell = |c: String| c.replace('|', "\\|").replace('\n', " ");
        self.rows.push(cells.into_iter().map(cell).collect());
    }

    fn text(&self) -> String {
        let line = |row: &Vec<String>| format!("| {} |\n", row.join(" | "));
        let Some((head, rows)) = self.rows.split_first() else { return String::new() };
        let rule = format!("|{}\n", "---|".repeat(head.len()));
        if rows.is_empty() {
            return "None.\n".to_owned();
        }
        format!("{}{rule}{}", line(head), rows.iter().map(line).collect::<String>())
    }
}
