//! Documents from a registry: what runs where and why, for people; and numbered records of decisions.

pub mod adr;
mod pages;
mod runbook;
mod seal;
mod svg;

#[cfg(test)]
mod tests;

pub use seal::{Sealed, merge, sealed};

use crate::graph::Graph;
use crate::model::Registry;

/// The folder of generated pages, below the registry's root.
pub const FOLDER: &str = "docs/reference";

/// One page: its path below [`FOLDER`], its generated text, and whether people write below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Such as `runbooks/forgejo.md`.
    pub path: String,
    /// Without the seal.
    pub body: String,
    /// Whether what stands below the generated part is kept.
    pub open: bool,
}

/// Every page, by path.
pub fn pages(registry: &Registry) -> Vec<Page> {
    let graph = Graph::new(registry);
    let closed = |path: &str, body: String| Page { path: path.to_owned(), body, open: false };
    let mut all = vec![
        closed("README.md", pages::index(registry)),
        closed("services.md", pages::services(registry)),
        closed("ports.md", pages::ports(registry)),
        closed("networks.md", pages::networks(registry)),
        closed("backups.md", pages::backups(registry)),
        closed("graph.md", pages::graph(&graph)),
        closed("graph.svg", svg::draw(&graph)),
    ];
    for domain in &registry.domains {
        let path = format!("runbooks/{}.md", domain.name.value);
        all.push(Page { path, body: runbook::runbook(registry, &graph, domain), open: true });
    }
    all.sort_by(|a, b| a.path.cmp(&b.path));
    all
}
