//! Foundry acts here: files, hosts and engines; nothing is decided and nothing is printed.

pub mod clock;
pub mod error;
pub mod files;
pub mod host;
pub mod secret;
