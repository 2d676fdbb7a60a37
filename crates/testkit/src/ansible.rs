//! The real `ansible-vault`, to compare vault files with.

use crate::{Missing, system};
use std::path::PathBuf;

/// The path of `ansible-vault`.
///
/// # Errors
/// When ansible-core cannot be installed from PyPI here.
pub fn ansible_vault() -> Result<PathBuf, Missing> {
    Ok(PathBuf::from(system::up("ansible")?.get("ANSIBLE_VAULT")))
}
