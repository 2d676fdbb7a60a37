//! What an image registry says of an image, asked through the engine: its network, mirrors and trust are what a pull uses.

use super::Compose;
use crate::error::{Error, Kind, Result, lower};
use bollard::errors::Error as Docker;

/// What a registry has under a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteImage {
    /// Digest of the manifest or index, `sha256:…`.
    pub digest: String,
    /// Architectures, in Go's words (`amd64`, `arm64`); empty when the registry does not tell.
    pub architectures: Vec<String>,
}

impl Compose {
    /// What the registry has under `reference`; nothing when it answers that there is no such image.
    ///
    /// # Errors
    /// `Unreachable` when the registry cannot be reached or does not let us in.
    pub async fn remote_image(&self, reference: &str) -> Result<Option<RemoteImage>> {
        match self.docker.inspect_registry_image(reference, None).await {
            Ok(found) => {
                let mut architectures: Vec<String> = found
                    .platforms
                    .into_iter()
                    .filter_map(|p| p.architecture)
                    .filter(|a| a != "unknown")
                    .collect();
                architectures.sort();
                architectures.dedup();
                Ok(Some(RemoteImage { digest: found.descriptor.digest.unwrap_or_default(), architectures }))
            }
            Err(Docker::DockerResponseServerError { message, .. }) if says_absent(&message) => Ok(None),
            Err(Docker::DockerResponseServerError { message, .. }) => {
                Err(Error::new(Kind::Unreachable, format!("asking for {reference}: {}", lower(&message))))
            }
            Err(other) => Err(Error::new(Kind::Unreachable, format!("asking for {reference}: {other}"))),
        }
    }

    /// The engine's architecture in Go's words.
    ///
    /// # Errors
    /// `Unreachable` when the engine does not answer.
    pub async fn architecture(&self) -> Result<String> {
        let version = self.docker.version().await;
        let version = version.map_err(|e| super::problem::engine("asking for the engine's version", &e))?;
        Ok(version.arch.unwrap_or_default())
    }
}

/// The engine passes the registry's own words on: error codes of the distribution API, or its summary.
fn says_absent(message: &str) -> bool {
    let message = message.to_lowercase();
    ["manifest unknown", "name unknown", "not found", "repository name not known", "no such manifest"]
        .iter()
        .any(|words| message.contains(words))
}
