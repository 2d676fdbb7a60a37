//! Registry to artifacts: templates, their context, generated metadata; everything in memory.

mod artifact;
mod context;
mod domains;
pub mod metadata;
mod origin;
pub mod template;

pub use artifact::{Artifact, Artifacts, Content};
pub use context::{ContextKey, RESERVED, context_keys, port_variable};
pub use domains::render;
pub use origin::name_origins;
