//! Foundry thinks here: no I/O, no clock, no environment; text in, values out.
//!
//! The modules depend on each other in this order only (a test checks it):
//! `diag ◀ digest ◀ yaml ◀ model ◀ load ◀ graph ◀ render ◀ compose ◀ tree ◀ kubernetes ◀ check ◀ import ◀ plan ◀ drift ◀ manifest ◀ pin ◀ docs`.

pub mod backup;
pub mod check;
pub mod compose;
pub mod diag;
mod digest;
pub mod docs;
pub mod drift;
pub mod edit;
pub mod graph;
pub mod import;
pub mod kubernetes;
pub mod load;
pub mod manifest;
pub mod model;
pub mod pin;
pub mod plan;
pub mod render;
pub mod tree;
pub mod vault;
pub mod yaml;
