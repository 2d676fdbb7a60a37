//! Relations as one graph: order, cycles, and what breaks when something goes away.

mod cycle;
mod draw;
mod impact;
mod relations;

pub use cycle::cycles;
pub use draw::{dot, json, mermaid, text};
pub use impact::{Impact, impact};
pub use relations::{Edge, Graph, Relation};
