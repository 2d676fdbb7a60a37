//! Rules about any GitOps repository: what it builds, who owns what, what refers to what, and in which order it comes.

mod argo;
mod argo_rules;
mod argo_sync;
mod flux_graph;
mod flux_graph_rules;
mod flux_objects;
mod flux_objects_rules;
mod folders;
mod kustomize;
mod labels;
mod layers;
mod namespaces;
mod owners;
mod references;
mod schema;
mod selectors;
mod substitution;

pub(super) use argo_rules::{PATHS as ARGO_PATHS, RULES as ARGO};
pub(super) use argo_sync::RULES as ARGO_SYNC;
pub(super) use flux_graph_rules::RULES as FLUX_GRAPH;
pub(super) use flux_objects_rules::RULES as FLUX_OBJECTS;
pub(super) use folders::RULES as FOLDERS;
pub(super) use kustomize::RULES as KUSTOMIZE;
pub(super) use labels::{LABELS, NAMES};
pub(super) use layers::RULES as LAYERS;
pub(super) use namespaces::RULES as NAMESPACES;
pub(super) use owners::RULES as OWNERS;
pub(super) use references::RULES as REFERENCES;
pub(super) use schema::RULES as SCHEMA;
pub(super) use selectors::RULES as SELECTORS;
pub(super) use substitution::RULES as SUBSTITUTION;

use super::{Check, Phase, Rule, all};
use crate::diag::Findings;
use crate::tree::World;

const RULES_OF_TREES: &[Check<World>] = &[
    kustomize::check,
    folders::check,
    labels::check,
    namespaces::check,
    layers::check,
    owners::check,
    references::check,
    selectors::check,
    schema::check,
    argo::check,
    argo_sync::check,
    flux_graph::check,
    flux_objects::check,
    substitution::check,
];

/// Everything that can be said about a repository from its files.
pub fn tree(world: &World) -> Findings {
    let mut out = world.tree.findings.clone();
    out.extend(all(RULES_OF_TREES, world));
    out.sort();
    out
}
