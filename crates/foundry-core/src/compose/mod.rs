//! A rendered compose file to a project, normalised as `docker compose config` would, every part with its place.

mod config;
mod hash;
mod image;
mod interpolate;
mod keys;
mod links;
mod lists;
mod mounts;
mod normal;
mod overlay;
mod paths;
mod ports;
mod project;
mod read;
mod service;
mod summary;
mod tree;
mod units;
mod words;

#[cfg(test)]
mod tests;

pub use config::Config;
pub use hash::{Fingerprints, config_hash, digests, fields, fingerprint, print_fields};
pub use image::{familiar, repository, shorten, tag};
pub use interpolate::interpolated;
pub use keys::{SectionKey, section_keys};
pub use mounts::clean_path;
pub use overlay::{FILE as OVERLAY_FILE, LABEL_PREFIX, Marks, Past, REVISION_LABEL, overlay, overlay_of};
pub use paths::paths;
pub use project::{
    Attachment, Build, Dependency, HealthCheck, Logging, Mount, Network, Port, Project, Service, Source,
    Volume,
};
pub use read::read;
pub use summary::summary;
pub use tree::Tree;
