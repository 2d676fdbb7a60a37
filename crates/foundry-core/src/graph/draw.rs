//! The graph as text, Graphviz, Mermaid and JSON.

use super::{Graph, Relation};
use serde_json::{Value, json as value};
use std::fmt::Write as _;

/// Levels with their domains and relations, for a terminal.
pub fn text(graph: &Graph) -> String {
    let mut out = String::new();
    for (number, level) in graph.levels().iter().enumerate() {
        let _ = writeln!(out, "level {number}");
        for domain in level {
            let _ = write!(out, "  {}", graph.names[*domain]);
            for relation in [Relation::Requires, Relation::Consumes, Relation::ExposesTo] {
                let targets: Vec<&str> = graph
                    .edges
                    .iter()
                    .filter(|e| e.from == *domain && e.relation == relation)
                    .map(|e| graph.names[e.to].as_str())
                    .collect();
                if !targets.is_empty() {
                    let _ = write!(out, "  {}: {}", relation.word(), targets.join(", "));
                }
            }
            out.push('\n');
        }
    }
    out
}

/// Graphviz: solid lines for hard relations, dashed for soft ones, dotted for exposure.
pub fn dot(graph: &Graph) -> String {
    let mut out = String::from("digraph foundry {\n  rankdir=LR;\n  node [shape=box];\n");
    for name in &graph.names {
        let _ = writeln!(out, "  \"{name}\";");
    }
    for edge in &graph.edges {
        let style = match edge.relation {
            Relation::Requires => "solid",
            Relation::Consumes => "dashed",
            Relation::ExposesTo => "dotted",
        };
        let (from, to) = (&graph.names[edge.from], &graph.names[edge.to]);
        let _ = writeln!(out, "  \"{from}\" -> \"{to}\" [style={style}];");
    }
    out.push_str("}\n");
    out
}

/// Mermaid's flowchart.
pub fn mermaid(graph: &Graph) -> String {
    let mut out = String::from("flowchart LR\n");
    for (i, name) in graph.names.iter().enumerate() {
        let _ = writeln!(out, "  n{i}[\"{name}\"]");
    }
    for edge in &graph.edges {
        let arrow = match edge.relation {
            Relation::Requires => "-->",
            Relation::Consumes => "-.->",
            Relation::ExposesTo => "-.->|exposes to|",
        };
        let _ = writeln!(out, "  n{} {arrow} n{}", edge.from, edge.to);
    }
    out
}

/// `{"domains": [{"name", "level"}], "relations": [{"from", "to", "relation"}]}`; `level` is null on a cycle.
pub fn json(graph: &Graph) -> Value {
    let mut level = vec![None; graph.names.len()];
    for (number, members) in graph.levels().iter().enumerate() {
        members.iter().for_each(|m| level[*m] = Some(number));
    }
    let domains: Vec<Value> =
        graph.names.iter().zip(&level).map(|(name, level)| value!({"name": name, "level": level})).collect();
    let relations: Vec<Value> = graph
        .edges
        .iter()
        .map(|e| value!({"from": graph.names[e.from], "to": graph.names[e.to], "relation": e.relation}))
        .collect();
    value!({"domains": domains, "relations": relations})
}
