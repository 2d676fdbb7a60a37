//! The graph itself: domains as numbers, relations as edges that resolve.

use crate::model::Registry;
use serde::Serialize;

/// The kind of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Hard: must be healthy first.
    Requires,
    /// Soft: used when it is there.
    Consumes,
    /// The target may reach the source.
    ExposesTo,
}

impl Relation {
    /// The word in `domains.yml`.
    pub fn word(self) -> &'static str {
        match self {
            Relation::Requires => "requires",
            Relation::Consumes => "consumes",
            Relation::ExposesTo => "exposes_to",
        }
    }
}

/// One relation between two domains, by position in [`Graph::names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The domain that declares it.
    pub from: usize,
    /// The domain it names.
    pub to: usize,
    /// Its kind.
    pub relation: Relation,
}

/// Domains and the relations that resolve. Names that resolve to nothing are findings elsewhere.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// Names in file order.
    pub names: Vec<String>,
    /// Edges in file order.
    pub edges: Vec<Edge>,
    requires: Vec<Vec<usize>>,
    required_by: Vec<Vec<usize>>,
    consumed_by: Vec<Vec<usize>>,
}

impl Graph {
    /// The graph of a registry.
    pub fn new(registry: &Registry) -> Graph {
        let count = registry.domains.len();
        let mut graph = Graph {
            names: registry.domains.iter().map(|d| d.name.value.clone()).collect(),
            edges: Vec::new(),
            requires: vec![Vec::new(); count],
            required_by: vec![Vec::new(); count],
            consumed_by: vec![Vec::new(); count],
        };
        for (from, domain) in registry.domains.iter().enumerate() {
            let lists = [
                (Relation::Requires, &domain.requires),
                (Relation::Consumes, &domain.consumes),
                (Relation::ExposesTo, &domain.exposes_to),
            ];
            for (relation, names) in lists {
                for to in names.iter().filter_map(|n| registry.position(n)).filter(|to| *to != from) {
                    graph.add(Edge { from, to, relation });
                }
            }
        }
        graph
    }

    fn add(&mut self, edge: Edge) {
        match edge.relation {
            Relation::Requires => {
                self.requires[edge.from].push(edge.to);
                self.required_by[edge.to].push(edge.from);
            }
            Relation::Consumes => self.consumed_by[edge.to].push(edge.from),
            Relation::ExposesTo => {}
        }
        self.edges.push(edge);
    }

    /// The position of the domain called `name`.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n == name)
    }

    /// What `domain` requires directly.
    pub fn requires(&self, domain: usize) -> &[usize] {
        &self.requires[domain]
    }

    /// Who requires `domain` directly.
    pub fn required_by(&self, domain: usize) -> &[usize] {
        &self.required_by[domain]
    }

    /// Who consumes `domain`.
    pub fn consumed_by(&self, domain: usize) -> &[usize] {
        &self.consumed_by[domain]
    }

    /// Domains in levels: each requires only domains of earlier levels; names in file order within a level.
    /// Domains on a cycle, and what requires them, are in no level.
    pub fn levels(&self) -> Vec<Vec<usize>> {
        let mut open: Vec<usize> = self.requires.iter().map(Vec::len).collect();
        let mut level: Vec<usize> = (0..self.names.len()).filter(|i| open[*i] == 0).collect();
        let mut levels = Vec::new();
        while !level.is_empty() {
            let mut next = Vec::new();
            for done in &level {
                for dependent in &self.required_by[*done] {
                    open[*dependent] -= 1;
                    if open[*dependent] == 0 {
                        next.push(*dependent);
                    }
                }
            }
            next.sort_unstable();
            levels.push(std::mem::replace(&mut level, next));
        }
        levels
    }
}
