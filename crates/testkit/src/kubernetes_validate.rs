//! `kubernetes-validate`: a checker of Kubernetes' own objects that somebody else wrote.

use crate::{Missing, system};
use std::path::PathBuf;

/// The program, from PyPI.
///
/// # Errors
/// When it cannot be installed here.
pub fn kubernetes_validate() -> Result<PathBuf, Missing> {
    Ok(PathBuf::from(system::up("kubernetes_validate")?.get("KUBERNETES_VALIDATE")))
}
