//! Foundry acts here: files, hosts and engines; nothing is decided and nothing is printed.

pub mod backup;
mod cancel;
pub mod clock;
pub mod engine;
pub mod error;
pub mod execute;
pub mod files;
pub mod host;
pub mod journal;
pub mod lock;
mod own_folder;
mod redact;
pub mod registry;
pub mod report;
pub mod secret;
pub mod watch;

pub use cancel::Cancel;
pub use error::{Error, Kind, Result};
pub use execute::execute;
pub use redact::{MASK, Redactor};
pub use report::Report;
