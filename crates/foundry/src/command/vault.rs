//! `foundry vault …`: ansible-vault files, made, read and changed.

use crate::session::Session;
use crate::ui::{Outcome, Sources};
use crate::vault::VaultArgs;
use clap::{Args, Subcommand, ValueHint};
use foundry_core::load::env::parse_env;
use foundry_core::model::LayerKind;
use foundry_core::vault::is_vault;
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::files::{Mode, write_atomic, write_in_place};
use foundry_runtime::secret::{
    OpenedVault, VaultId, VaultIdSource, edit_secretly, find_password, open_vault, read_password_file,
    seal_vault,
};
use secrecy::{ExposeSecret, SecretString};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The registry's vault, relative to its root.
pub const VAULT: &str = "config-registry/env/secrets.env.vault";

/// What a new vault of the registry begins with.
const START: &str = "# One KEY=VALUE a line. These values are above those of all other env files.\n";

/// Make, read and change ansible-vault files
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry vault create                        a vault for the registry, in your editor
  foundry vault edit                          change it; nothing readable is left behind
  foundry vault view | grep GRAFANA           its plain text
  foundry vault encrypt notes.yml --vault-id prod@prod.pass
  foundry vault rekey --new-vault-password-file new.pass

FILE is config-registry/env/secrets.env.vault where it is not given. The password comes from --vault-id or
--vault-password-file, else FOUNDRY_VAULT_PASSWORD_FILE or ANSIBLE_VAULT_PASSWORD_FILE, else .vault_pass in the
registry, else you are asked. A password file that is executable is run. The files are those of ansible-vault.")]
pub struct Vault {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a new vault in your editor
    Create(Which),
    /// Print a vault's plain text
    View(Which),
    /// Change a vault in your editor; the vault id is kept
    Edit(Which),
    /// Encrypt a file in place
    Encrypt(Which),
    /// Turn a vault into a plain file (mode 0600) in place
    Decrypt(Which),
    /// Encrypt a vault with another password
    Rekey {
        #[command(flatten)]
        which: Which,
        /// File (or program) that holds the new password.
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "new_vault_id")]
        new_vault_password_file: Option<PathBuf>,
        /// New vault id and its password file (or `prompt`).
        #[arg(long, value_name = "LABEL@FILE")]
        new_vault_id: Option<VaultId>,
    },
}

#[derive(Debug, Args)]
struct Which {
    /// The file (default: the registry's vault).
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,
    #[command(flatten)]
    vault: VaultArgs,
}

impl Vault {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        match self.action {
            Action::Create(which) => which.find(session).and_then(|f| f.create()).into(),
            Action::View(which) => which.find(session).and_then(|f| f.view()).into(),
            Action::Edit(which) => which.find(session).and_then(|f| f.edit()).into(),
            Action::Encrypt(which) => which.find(session).and_then(|f| f.encrypt()).into(),
            Action::Decrypt(which) => which.find(session).and_then(|f| f.decrypt()).into(),
            Action::Rekey { which, new_vault_password_file, new_vault_id } => {
                let file =
                    new_vault_password_file.map(|f| VaultId { label: None, source: VaultIdSource::File(f) });
                which.find(session).and_then(|f| f.rekey(new_vault_id.as_ref(), file.as_ref())).into()
            }
        }
    }
}

impl Which {
    fn find<'a>(&'a self, session: &'a Session) -> Result<VaultFile<'a>> {
        VaultFile::find(session, self.file.as_deref(), &self.vault)
    }
}

/// A vault on disk and how its password is found.
pub struct VaultFile<'a> {
    session: &'a Session,
    args: &'a VaultArgs,
    root: PathBuf,
    path: PathBuf,
    name: String,
}

impl<'a> VaultFile<'a> {
    /// The given file, or the registry's vault.
    pub fn find(session: &'a Session, file: Option<&Path>, args: &'a VaultArgs) -> Result<VaultFile<'a>> {
        let root = session.root();
        let (root, path, name) = match file {
            Some(file) => {
                (root.unwrap_or_else(|_| PathBuf::from(".")), file.to_path_buf(), file.display().to_string())
            }
            None => root.map(|root| (root.clone(), root.join(VAULT), VAULT.to_owned()))?,
        };
        Ok(VaultFile { session, args, root, path, name })
    }

    /// Its path for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether there is such a file.
    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Opens it; also gives the text as it is on disk.
    pub fn open(&self) -> Result<(OpenedVault, String)> {
        let text = self.read()?;
        Ok((self.open_text(&text)?, text))
    }

    /// Replaces the vault, unless somebody else changed it since `before` was read: then the edit is kept, encrypted,
    /// beside it.
    pub fn replace(&self, before: &str, sealed: &str) -> Result<()> {
        if self.read()? == before {
            return write_in_place(&self.path, sealed.as_bytes(), Mode::Private).map(drop);
        }
        let aside = PathBuf::from(format!("{}.edited", self.path.display()));
        write_in_place(&aside, sealed.as_bytes(), Mode::Private)?;
        Err(Error::new(Kind::Refused, format!("{} was changed by somebody else meanwhile", self.name))
            .hint(format!("find your edit, encrypted, in {}", aside.display())))
    }

    /// Makes a new vault that holds `plain`.
    pub fn make(&self, plain: &[u8], password: &SecretString, label: Option<&str>) -> Result<()> {
        self.put(&seal_vault(plain, password, label)?)
    }

    /// Makes a new vault of a sealed text.
    pub fn put(&self, sealed: &str) -> Result<()> {
        write_atomic(&self.path, sealed.as_bytes(), Mode::Private).map(drop)
    }

    /// The password for a new vault where one is found without asking, and the label.
    pub fn found_password(&self) -> Result<Option<(SecretString, Option<String>)>> {
        find_password(&self.name, &self.args.options(&self.root))
    }

    /// The password for a new vault: found, or asked for twice.
    pub fn new_password(&self) -> Result<(SecretString, Option<String>)> {
        match self.found_password()? {
            Some(found) => Ok(found),
            None => Ok((self.ask_new()?, self.args.label())),
        }
    }

    fn ask_new(&self) -> Result<SecretString> {
        let asked = self.session.ui.new_password(&format!("New password for {}:", self.name))?;
        asked.map(|password| SecretString::from(password.trim().to_owned())).ok_or_else(|| {
            Error::new(Kind::Usage, format!("there is no new password for {}", self.name))
                .hint("name a password file with --vault-password-file FILE")
                .hint("put a password into .vault_pass beside config-registry/ (mode 0600, ignored by Git)")
        })
    }

    fn read(&self) -> Result<String> {
        std::fs::read_to_string(&self.path).map_err(|e| {
            let error = Error::io("opening", &self.name, &e);
            match e.kind() {
                std::io::ErrorKind::NotFound => error.hint("make it: foundry vault create"),
                _ => error,
            }
        })
    }

    fn open_text(&self, text: &str) -> Result<OpenedVault> {
        let ask = |question: &str| self.session.ui.password(question);
        open_vault(&self.name, text, &self.args.options(&self.root), &ask)
    }

    fn create(&self) -> Result<Outcome> {
        if self.exists() {
            return Err(Error::new(Kind::Refused, format!("{} exists already", self.name))
                .hint(format!("change it: foundry vault edit {}", self.name)));
        }
        if self.path.parent().is_some_and(|p| !p.as_os_str().is_empty() && !p.is_dir()) {
            return Err(Error::new(Kind::Usage, format!("there is no folder for {}", self.name)));
        }
        let (password, label) = self.new_password()?;
        let start = if self.is_env() { START } else { "" };
        let plain = edit_secretly(&self.plain_name(), start.as_bytes())?;
        self.complain(&plain);
        self.make(&plain, &password, label.as_deref())?;
        self.session.ui.note(format!("Made {}.", self.name));
        Ok(Outcome::DONE)
    }

    fn view(&self) -> Result<Outcome> {
        let (opened, _) = self.open()?;
        self.session.ui.print(opened.text(&self.name)?.expose_secret());
        Ok(Outcome::DONE)
    }

    fn edit(&self) -> Result<Outcome> {
        let (opened, before) = self.open()?;
        let plain = edit_secretly(&self.plain_name(), &opened.plain)?;
        if plain == opened.plain {
            self.session.ui.note(format!("{} was not changed.", self.name));
            return Ok(Outcome::DONE);
        }
        self.complain(&plain);
        self.replace(&before, &opened.seal(&plain)?)?;
        self.session.ui.note(format!("Changed {}.", self.name));
        Ok(Outcome::DONE)
    }

    fn encrypt(&self) -> Result<Outcome> {
        let plain = std::fs::read(&self.path).map_err(|e| Error::io("opening", &self.name, &e))?;
        if std::str::from_utf8(&plain).is_ok_and(is_vault) {
            self.session.ui.note(format!("{} is encrypted already.", self.name));
            return Ok(Outcome::DONE);
        }
        let (password, label) = self.new_password()?;
        let sealed = seal_vault(&plain, &password, label.as_deref())?;
        write_in_place(&self.path, sealed.as_bytes(), Mode::Private)?;
        self.session.ui.note(format!("Encrypted {}.", self.name));
        Ok(Outcome::DONE)
    }

    fn decrypt(&self) -> Result<Outcome> {
        let text = self.read()?;
        if !is_vault(&text) {
            self.session.ui.note(format!("{} is not encrypted.", self.name));
            return Ok(Outcome::DONE);
        }
        let opened = self.open_text(&text)?;
        let full = self.path.canonicalize().map_err(|e| Error::io("opening", &self.name, &e))?;
        write_atomic(&full, &opened.plain, Mode::Private)?;
        self.session.ui.note(format!("{} is plain text now: encrypt it before you commit.", self.name));
        Ok(Outcome::DONE)
    }

    fn rekey(&self, id: Option<&VaultId>, file: Option<&VaultId>) -> Result<Outcome> {
        let text = self.read()?;
        let new = match id.or(file).map(|id| (&id.source, &id.label)) {
            Some((VaultIdSource::File(path), label)) => Some(read_password_file(path, label.as_deref())?),
            Some((VaultIdSource::Prompt, _)) | None => None,
        };
        let opened = match (self.open_text(&text), &new) {
            (Ok(opened), _) => opened,
            (Err(_), Some(new)) if foundry_core::vault::decrypt(&text, new).is_ok() => {
                self.session.ui.note(format!("{} has the new password already.", self.name));
                return Ok(Outcome::DONE);
            }
            (Err(error), _) => return Err(error),
        };
        let new = new.map_or_else(|| self.ask_new(), Ok)?;
        let label = id.map_or(opened.label.as_deref(), |id| id.label.as_deref());
        self.replace(&text, &seal_vault(&opened.plain, &new, label)?)?;
        self.session.ui.note(format!("{} has a new password now.", self.name));
        Ok(Outcome::DONE)
    }

    fn is_env(&self) -> bool {
        self.plain_name().ends_with(".env")
    }

    /// The file's name in the editor: without `.vault`, so that the editor knows what it is.
    fn plain_name(&self) -> String {
        let name = self.path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        name.strip_suffix(".vault").filter(|n| !n.is_empty()).unwrap_or(&name).to_owned()
    }

    /// Says what is wrong with an edited env file: the edit is kept all the same.
    fn complain(&self, plain: &[u8]) {
        let Ok(text) = std::str::from_utf8(plain) else { return };
        if self.is_env() {
            let (_, mut findings) = parse_env(&Arc::from(self.name.as_str()), text, LayerKind::Vault);
            findings.sort();
            self.session.ui.complain_findings(&findings, &Sources::new());
        }
    }
}
