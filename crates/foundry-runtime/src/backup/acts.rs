//! Steps on a repository as a whole: check, forget, prune.

use super::Keeper;
use crate::engine::compose::During;
use crate::error::Result;

impl Keeper {
    pub(super) async fn check(&self, repository: &str, during: &During<'_>) -> Result<()> {
        let command = self.restic(repository, ["check", "--quiet"])?;
        self.run_restic(repository, &command, Some(during)).await.map(|_| ())
    }

    pub(super) async fn forget(&self, repository: &str, ids: &[String], during: &During<'_>) -> Result<()> {
        let command = self.restic(repository, ["forget", "--quiet"])?.args(ids.iter().cloned());
        self.run_restic(repository, &command, Some(during)).await.map(|_| ())
    }

    pub(super) async fn prune(&self, repository: &str, during: &During<'_>) -> Result<()> {
        let command = self.restic(repository, ["prune", "--quiet"])?;
        self.run_restic(repository, &command, Some(during)).await.map(|_| ())
    }
}
