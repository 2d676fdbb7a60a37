//! Where secret values come from.

mod vault;

pub use vault::{PasswordSource, Vault, find_password, open_vault};
