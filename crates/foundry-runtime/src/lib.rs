//! Foundry acts here: files, hosts and engines; nothing is decided and nothing is printed.

mod cancel;
pub mod clock;
pub mod error;
pub mod files;
pub mod host;
mod redact;
pub mod secret;

pub use cancel::Cancel;
pub use error::{Error, Kind, Result};
pub use redact::{MASK, Redactor};
