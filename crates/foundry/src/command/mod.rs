//! One file per command, named as typed.

pub mod completions;
pub mod env;
//pub mod explain;
pub mod graph;
pub mod impact;
pub mod man;
//pub mod metadata;
