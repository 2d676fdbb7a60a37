//! Programs of databases on this machine, for containers that borrow them: an image registry is not at hand.

use crate::{Missing, system};

/// Where the programs are.
#[derive(Debug, Clone)]
pub struct Databases {
    postgres: String,
}

/// PostgreSQL and SQLite, installed and not running.
///
/// # Errors
/// When they cannot be installed here.
pub fn databases() -> Result<Databases, Missing> {
    Ok(Databases { postgres: system::up("databases")?.get("POSTGRES_BIN").to_owned() })
}

impl Databases {
    /// The folder of PostgreSQL's programs.
    #[must_use]
    pub fn postgres(&self) -> &str {
        &self.postgres
    }

    /// Mounts that give a container of a bare image the programs and libraries of this machine, for a compose file.
    #[must_use]
    pub fn mounts(&self) -> &'static str {
        "'/usr:/usr:ro', '/lib:/lib:ro', '/lib64:/lib64:ro'"
    }
}
