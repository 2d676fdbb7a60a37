//! Vault files opened and sealed with the passwords that are found.

use super::password::{Ask, VaultOptions, candidates, obtain};
use super::random::fresh_salt;
use crate::error::{Error, Kind, Result};
use foundry_core::vault::{self, VaultError};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

/// A vault that was opened: what it holds, and what is needed to close it again in the same way.
pub struct OpenedVault {
    /// The plain bytes.
    pub plain: Zeroizing<Vec<u8>>,
    /// The password that opened it.
    pub password: SecretString,
    /// The vault id of its header.
    pub label: Option<String>,
}

impl OpenedVault {
    /// The plain text; an error that names `name` when it is no text.
    pub fn text(&self, name: &str) -> Result<SecretString> {
        std::str::from_utf8(&self.plain)
            .map(SecretString::from)
            .map_err(|_| Error::new(Kind::Findings, format!("{name} does not hold UTF-8 text")))
    }

    /// `plain` as a vault with the same password and vault id.
    pub fn seal(&self, plain: &[u8]) -> Result<String> {
        seal_vault(plain, &self.password, self.label.as_deref())
    }
}

/// Opens the vault `text`, called `name` in messages. Passwords are tried in order; a missing or wrong one is an
/// error that names the file.
pub fn open_vault(name: &str, text: &str, options: &VaultOptions<'_>, ask: Ask<'_>) -> Result<OpenedVault> {
    if !vault::is_vault(text) {
        return Err(Error::new(Kind::Findings, format!("{name} is not encrypted"))
            .hint(format!("encrypt it: foundry vault encrypt {name}")));
    }
    let failed =
        |why: String, e: &VaultError| Error::new(Kind::Findings, format!("cannot open {name}{why}: {e}"));
    let header = vault::header(text).map_err(|e| failed(String::new(), &e))?;
    let mut last = None;
    for candidate in candidates(options, header.label.as_deref()) {
        let password = obtain(name, &candidate, ask)?;
        match vault::decrypt(text, &password) {
            Ok(plain) => return Ok(OpenedVault { plain, password, label: header.label }),
            Err(VaultError::WrongPassword) => {
                let error = failed(candidate.source.words(), &VaultError::WrongPassword);
                last = Some(error.hint("check the password; nothing was changed"));
            }
            Err(e) => {
                let hint = "take the file from Git again: `git checkout` it, or a backup";
                return Err(failed(String::new(), &e).hint(hint));
            }
        }
    }
    Err(last.unwrap_or_else(|| Error::new(Kind::Internal, "no password was tried")))
}

/// `plain` as a vault with a fresh random salt: format 1.2 with a label, 1.1 without.
pub fn seal_vault(plain: &[u8], password: &SecretString, label: Option<&str>) -> Result<String> {
    if password.expose_secret().is_empty() {
        return Err(Error::new(Kind::Usage, "a vault's password cannot be empty"));
    }
    Ok(vault::encrypt(plain, password, &fresh_salt()?, label))
}
