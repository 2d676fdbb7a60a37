//! Values on their way into the registry's vault, which is made if there is none: prepared first, written later.

use crate::command::vault::VaultFile;
use crate::rewrite::refused;
use crate::session::{Loaded, Session};
use crate::vault::VaultArgs;
use foundry_core::edit::set_env;
use foundry_core::load::env::parse_env;
use foundry_core::model::LayerKind;
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::files::{Mode, write_atomic};
use foundry_runtime::secret::{OpenedVault, random_text, seal_vault};
use secrecy::{ExposeSecret, SecretString};
use std::path::PathBuf;
use std::sync::Arc;

/// The vault as it will be.
pub struct VaultFill<'a> {
    file: VaultFile<'a>,
    opened: Option<(OpenedVault, String)>,
    text: SecretString,
    put: Vec<String>,
    sealed: Option<Sealed>,
}

/// What is written.
struct Sealed {
    text: String,
    /// A password file that has to be made with it.
    password: Option<(PathBuf, SecretString)>,
}

impl<'a> VaultFill<'a> {
    /// Opens the vault if there is one.
    pub fn begin(session: &'a Session, args: &'a VaultArgs) -> Result<VaultFill<'a>> {
        let file = VaultFile::find(session, None, args)?;
        let opened = if file.exists() { Some(file.open()?) } else { None };
        let text = match &opened {
            Some((opened, _)) => opened.text(file.name())?,
            None => SecretString::from(""),
        };
        Ok(VaultFill { file, opened, text, put: Vec::new(), sealed: None })
    }

    /// Whether the vault has a key.
    pub fn has(&self, key: &str) -> bool {
        let (there, _) = parse_env(&Arc::from(""), self.text.expose_secret(), LayerKind::Vault);
        there.lines.iter().any(|line| line.key == key)
    }

    /// Whether the vault has a key with this value.
    pub fn holds(&self, key: &str, value: &SecretString) -> bool {
        let (there, _) = parse_env(&Arc::from(""), self.text.expose_secret(), LayerKind::Vault);
        there.lines.iter().rfind(|line| line.key == key).is_some_and(|l| l.value == value.expose_secret())
    }

    /// Puts a value in.
    pub fn put(&mut self, key: &str, value: &SecretString) -> Result<()> {
        let text = set_env(self.text.expose_secret(), key, value.expose_secret()).map_err(refused)?;
        self.text = SecretString::from(text);
        self.put.push(key.to_owned());
        Ok(())
    }

    /// The plain text as it will be: for rendering, never for showing.
    pub fn text(&self) -> &SecretString {
        &self.text
    }

    /// The keys that were put in.
    pub fn keys(&self) -> &[String] {
        &self.put
    }

    /// Encrypts; nothing is written yet.
    pub fn seal(&mut self, loaded: &Loaded) -> Result<()> {
        if self.put.is_empty() {
            return Ok(());
        }
        self.sealed = Some(match &self.opened {
            Some((opened, _)) => {
                Sealed { text: opened.seal(self.text.expose_secret().as_bytes())?, password: None }
            }
            None => self.first(loaded)?,
        });
        Ok(())
    }

    /// A first vault; where nobody gave a password, with a random one in `.vault_pass`, which Git has to ignore.
    fn first(&self, loaded: &Loaded) -> Result<Sealed> {
        let found = self.file.found_password()?;
        let ignored = loaded
            .registry
            .gitignore
            .as_ref()
            .is_some_and(|f| f.text.lines().any(|l| l.trim().trim_start_matches('/') == ".vault_pass"));
        let (password, label, made) = match found {
            Some((password, label)) => (password, label, None),
            None if ignored => {
                let password = random_text(40)?;
                (password.clone(), None, Some((loaded.root.join(".vault_pass"), password)))
            }
            None => {
                return Err(Error::new(
                    Kind::Refused,
                    "secrets are needed, and there is no vault and no password for one",
                )
                .hint("put .vault_pass into .gitignore, so that one can be made")
                .hint("name a password file with --vault-password-file FILE"));
            }
        };
        let text = seal_vault(self.text.expose_secret().as_bytes(), &password, label.as_deref())?;
        Ok(Sealed { text, password: made })
    }

    /// Writes what was sealed.
    pub fn write(&self) -> Result<()> {
        let Some(sealed) = &self.sealed else { return Ok(()) };
        if let Some((path, password)) = &sealed.password {
            write_atomic(path, format!("{}\n", password.expose_secret()).as_bytes(), Mode::Private)?;
        }
        match &self.opened {
            Some((_, before)) => self.file.replace(before, &sealed.text),
            None => self.file.put(&sealed.text),
        }
    }

    /// Says which vault has them, and whether a password was made.
    pub fn say(&self, session: &Session, what: &str) {
        let Some(sealed) = &self.sealed else { return };
        if let Some((path, _)) = &sealed.password {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            session.ui.note(format!("Made {name}, the vault's password: keep a copy in a safe place, without it the secrets are lost."));
        }
        session.ui.note(format!("{what} in {}: {}.", self.file.name(), self.put.join(", ")));
    }
}
