//! What runs domains: each engine observes a place and performs single actions on it.

pub mod compose;
pub mod kubernetes;
