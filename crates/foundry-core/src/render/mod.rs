//! Registry to artifacts: templates, their context, generated metadata; everything in memory.

pub mod metadata;
