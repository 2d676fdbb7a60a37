//! The options that say where a vault's password is, the same for every command that opens one.

use clap::{Args, ValueHint};
use foundry_runtime::error::{Error, Result};
use foundry_runtime::secret::{VaultId, VaultOptions};
use std::path::{Path, PathBuf};

/// Where the vault's password is.
#[derive(Debug, Clone, Args)]
pub struct VaultArgs {
    /// File (or program) that holds the vault's password.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    vault_password_file: Option<PathBuf>,
    /// A vault id and its password file (or `prompt`), as with Ansible; may be repeated.
    #[arg(long = "vault-id", value_name = "LABEL@FILE")]
    vault_ids: Vec<VaultId>,
}

impl VaultArgs {
    /// As the runtime takes them.
    pub fn options<'a>(&'a self, root: &'a Path) -> VaultOptions<'a> {
        VaultOptions { root, password_file: self.vault_password_file.as_deref(), ids: &self.vault_ids }
    }

    /// The option that says where the password is, for a command line of another run.
    pub fn repeated(&self) -> Result<Vec<String>> {
        let Some(path) = &self.vault_password_file else { return Ok(Vec::new()) };
        let full = std::path::absolute(path).map_err(|e| Error::io("finding", path.display(), &e))?;
        Ok(vec!["--vault-password-file".to_owned(), full.to_string_lossy().into_owned()])
    }

    /// The label that a new vault gets, if one is given.
    pub fn label(&self) -> Option<String> {
        self.vault_ids.first().and_then(|id| id.label.clone())
    }
}
