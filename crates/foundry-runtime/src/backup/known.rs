//! What was last seen in the repositories, kept per account on the engine's host, so that `status` need not ask them.

use crate::error::{Error, Kind, Result};
use crate::host::{Command, Host, Watch};
use foundry_core::backup::Known;
use std::path::{Path, PathBuf};

/// Every checkout of the registry on that host finds it.
async fn file(host: &Host, registry: &str, environment: &str) -> Result<PathBuf> {
    const SAY: &str = r#"printf %s "${XDG_STATE_HOME:-$HOME/.local/state}""#;
    let output = host.run(&Command::new(["sh", "-c", SAY]), &Watch::default()).await?;
    Ok(Path::new(&output.text()).join("foundry").join(registry).join(environment).join("backups.json"))
}

/// What is known on the host; nothing where nobody has looked yet.
///
/// # Errors
/// `Host` or `Unreachable` when the file exists and cannot be read.
pub async fn read_known(host: &Host, registry: &str, environment: &str) -> Result<Option<Known>> {
    let path = file(host, registry, environment).await?;
    let Some(bytes) = host.read(&path).await? else { return Ok(None) };
    // A file of another version is as good as none: the repositories know it all.
    Ok(serde_json::from_slice(&bytes).ok())
}

/// Keeps it on the host.
///
/// # Errors
/// `Host` or `Unreachable` when it cannot be written.
pub async fn write_known(host: &Host, registry: &str, environment: &str, known: &Known) -> Result<()> {
    let path = file(host, registry, environment).await?;
    let bytes = serde_json::to_vec_pretty(known)
        .map_err(|e| Error::new(Kind::Internal, format!("writing what is known: {e}")))?;
    host.write(&path, &bytes, 0o600).await
}
