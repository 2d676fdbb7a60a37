//! YAML as a tree in which every node knows its place.

mod emit;
mod lint;
mod node;
mod parse;
mod scalar;

pub use emit::emit;
pub use lint::lint;
pub use node::{Entry, Kind, Node};
pub use parse::{Limits, parse};
