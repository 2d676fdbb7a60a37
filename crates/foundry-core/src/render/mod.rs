//! Registry to artifacts: templates, their context, generated metadata; everything in memory.

mod artifact;
pub mod metadata;

pub use artifact::{Artifact, Artifacts, Content};
