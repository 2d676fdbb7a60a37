//! kubectl without a cluster, for what it does with files.

use crate::{Missing, system};
use std::path::PathBuf;

/// The path of kubectl.
///
/// # Errors
/// When it cannot be built here.
pub fn kubectl() -> Result<PathBuf, Missing> {
    Ok(PathBuf::from(system::up("kubectl")?.get("KUBECTL")))
}
