//! A cluster planned: what the tree builds, compared with what the API server has and would make of it.

mod pod;
mod reference;

pub use pod::Pod;
pub use reference::{Key, Reference};
