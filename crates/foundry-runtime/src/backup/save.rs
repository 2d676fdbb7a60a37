//! Writes snapshots.

use super::Keeper;
use crate::engine::compose::During;
use crate::error::{Error, Kind, Result};
use foundry_core::backup::{Manifest, Set, saved_id, tags};
use std::path::Path;

impl Keeper {
    pub(super) async fn init(&self, repository: &str, during: &During<'_>) -> Result<()> {
        self.run_restic(repository, &self.restic(repository, ["init"])?, Some(during)).await.map(|_| ())
    }

    /// Writes the manifest into the staging folder, then everything into one snapshot.
    pub(super) async fn save(&self, set: &Set, during: &During<'_>) -> Result<()> {
        let host = self.engine.host();
        let staging = self.staging(&set.domain, &set.profile)?;
        let note = host.read(Path::new(&format!("{staging}/script.path"))).await?;
        let script = note.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let manifest = Manifest::new(set, &staging, script);
        let bytes = serde_json::to_vec_pretty(&manifest)
            .map_err(|e| Error::new(Kind::Internal, format!("writing the manifest: {e}")))?;
        let file = format!("{staging}/{}", Manifest::file_name());
        host.write(Path::new(&file), &bytes, 0o600).await?;
        let mut command = self.restic(&set.repository, ["backup", "--json", "--quiet"])?;
        let of = Some((set.domain.as_str(), set.profile.as_str()));
        for tag in tags(&self.setup.registry, &self.setup.environment, of) {
            command = command.args(["--tag".to_owned(), tag]);
        }
        for pattern in &set.exclude {
            command = command.args(["--exclude".to_owned(), pattern.clone()]);
        }
        command = command.args(["--"]);
        let saved: Vec<&str> = set.sources.iter().filter(|s| !s.dumped).map(|s| s.path.as_str()).collect();
        self.readable(&saved).await?;
        command = command.args(saved);
        for below in ["dumps", "script"] {
            let folder = format!("{staging}/{below}");
            if self.sh("looking", r#"[ -e "$1" ]"#, &[&folder]).await.is_ok() {
                command = command.args([folder]);
            }
        }
        let output = self.run_restic(&set.repository, &command.args([file]), Some(during)).await?;
        let (id, bytes) = saved_id(&output.text()).map_err(|why| Error::new(Kind::Host, why))?;
        self.note_size(&id, bytes);
        (during.progress)(format!("snapshot {id}, {bytes} bytes"));
        Ok(())
    }

    /// restic passes over what it may not read and calls that a success of a kind: here it is none.
    async fn readable(&self, paths: &[&str]) -> Result<()> {
        const LOOK: &str = r#"
for p; do
  [ -e "$p" ] || [ "$(id -u)" = 0 ] || { echo "$p is not there, or may not be read by $(id -un)"; exit 1; }
  [ -e "$p" ] || { echo "$p is not there"; exit 1; }
  [ -r "$p" ] || { echo "$p may not be read by $(id -un)"; exit 1; }
done"#;
        if paths.is_empty() {
            return Ok(());
        }
        let command = crate::host::Command::new(["sh", "-c", LOOK, "foundry"]).args(paths.iter().copied());
        let output = self.engine.host().run(&command, &crate::host::Watch::default()).await?;
        match output.ok() {
            true => Ok(()),
            false => {
                let said = output.text().lines().next().unwrap_or_default().to_owned();
                let error = Error::new(Kind::Host, said.clone());
                Err(match said.contains("may not be read") {
                    true => error.hint("run the backup as root: sudo foundry backup run …"),
                    false => error.hint("deploy the domain first, or correct the path in backup/policy.yml"),
                })
            }
        }
    }

    /// Removes the staging folder of a set.
    pub(super) async fn tidy(&self, domain: &str, profile: &str) -> Result<()> {
        let staging = self.staging(domain, profile)?;
        self.sh("removing the staging folder", r#"rm -rf -- "$1""#, &[&staging]).await.map(|_| ())
    }
}
