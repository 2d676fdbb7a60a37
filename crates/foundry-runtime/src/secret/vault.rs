//! The vault's password, found where ansible-vault's users keep it, and the vault opened with it.

use crate::error::{Error, Kind, Result};
use crate::host::output_of;
use foundry_core::model::TextFile;
use foundry_core::vault;
use secrecy::SecretString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Where to look for a password.
pub struct Vault<'a> {
    /// The registry's folder, for `.vault_pass`.
    pub root: &'a Path,
    /// What `--vault-password-file` says.
    pub password_file: Option<&'a Path>,
}

/// What a password was taken from, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordSource {
    /// A file, or a program that prints it.
    File(PathBuf),
    /// A person.
    Prompt,
}

/// Variables that name a password file, in order.
const VARIABLES: [&str; 2] = ["FOUNDRY_VAULT_PASSWORD_FILE", "ANSIBLE_VAULT_PASSWORD_FILE"];

/// The plain text of a vault file. A missing or wrong password is an error that names the file.
pub fn open_vault(
    file: &TextFile,
    options: &Vault<'_>,
    ask: &dyn Fn() -> Result<Option<String>>,
) -> Result<SecretString> {
    if !vault::is_vault(&file.text) {
        return Err(Error::new(Kind::Findings, format!("{} is not encrypted", file.path))
            .hint(format!("encrypt it: foundry vault encrypt {}", file.path)));
    }
    let (password, source) = find_password(&file.path, options, ask)?;
    let plain = vault::decrypt(&file.text, &password).map_err(|e| {
        let from = match &source {
            PasswordSource::File(path) => format!(" with the password of {}", path.display()),
            PasswordSource::Prompt => String::new(),
        };
        Error::new(Kind::Findings, format!("cannot open {}{from}: {e}", file.path))
            .hint("check the password; nothing was rendered")
    })?;
    String::from_utf8(plain.to_vec())
        .map(SecretString::from)
        .map_err(|_| Error::new(Kind::Findings, format!("{} does not hold UTF-8 text", file.path)))
}

/// The password for `name`: the option, then the variables, then `.vault_pass`, then a question.
pub fn find_password(
    name: &str,
    options: &Vault<'_>,
    ask: &dyn Fn() -> Result<Option<String>>,
) -> Result<(SecretString, PasswordSource)> {
    let from_variable =
        || VARIABLES.iter().find_map(|v| std::env::var_os(v).filter(|p| !p.is_empty())).map(PathBuf::from);
    let here = options.root.join(".vault_pass");
    let file = options
        .password_file
        .map(Path::to_path_buf)
        .or_else(from_variable)
        .or_else(|| here.exists().then_some(here));
    if let Some(file) = file {
        return Ok((from_file(&file)?, PasswordSource::File(file)));
    }
    match ask()? {
        Some(password) => Ok((SecretString::from(password), PasswordSource::Prompt)),
        None => Err(Error::new(
            Kind::Findings,
            format!("{name} is encrypted and there is no password for it"),
        )
        .hint("name a password file with --vault-password-file FILE or ANSIBLE_VAULT_PASSWORD_FILE")
        .hint("or put the password into .vault_pass beside config-registry/ (mode 0600, ignored by Git)")),
    }
}

/// A password file is read, or run when it is executable; line ends are stripped, as Ansible does.
fn from_file(path: &Path) -> Result<SecretString> {
    let full = path.canonicalize().map_err(|e| Error::io("opening the password file", path.display(), &e))?;
    let meta = full.metadata().map_err(|e| Error::io("opening the password file", path.display(), &e))?;
    let text = if meta.permissions().mode() & 0o111 != 0 {
        let folder = full.parent().unwrap_or(Path::new("/"));
        output_of(folder, &full.to_string_lossy(), &[])
            .map_err(|e| e.context("running the password program"))?
    } else {
        std::fs::read_to_string(&full)
            .map_err(|e| Error::io("reading the password file", path.display(), &e))?
    };
    let password = text.trim_matches(['\n', '\r', ' ', '\t']);
    if password.is_empty() {
        return Err(Error::new(Kind::Findings, format!("the password file {} is empty", path.display())));
    }
    Ok(SecretString::from(password.to_owned()))
}
