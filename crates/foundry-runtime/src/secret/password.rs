//! The vault's password, found where ansible-vault's users keep it.

use super::vault_id::{VaultId, VaultIdSource};
use crate::error::{Error, Kind, Result};
use crate::host::output_of;
use secrecy::SecretString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Where to look for a password.
#[derive(Debug, Clone, Copy)]
pub struct VaultOptions<'a> {
    /// The registry's folder, for `.vault_pass`.
    pub root: &'a Path,
    /// What `--vault-password-file` says.
    pub password_file: Option<&'a Path>,
    /// What `--vault-id` says, each time.
    pub ids: &'a [VaultId],
}

/// Asks a person for a password; `None` where nobody can be asked.
pub type Ask<'a> = &'a dyn Fn(&str) -> Result<Option<String>>;

/// What a password was taken from, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordSource {
    /// A file, or a program that prints it.
    File(PathBuf),
    /// A person.
    Prompt,
}

impl PasswordSource {
    /// ` with the password of FILE`, or nothing for a person's.
    pub(super) fn words(&self) -> String {
        match self {
            PasswordSource::File(path) => format!(" with the password of {}", path.display()),
            PasswordSource::Prompt => String::new(),
        }
    }
}

/// One place where a password may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) label: Option<String>,
    pub(super) source: PasswordSource,
}

/// Variables that name a password file, in order.
const VARIABLES: [&str; 2] = ["FOUNDRY_VAULT_PASSWORD_FILE", "ANSIBLE_VAULT_PASSWORD_FILE"];

/// Where the password of a vault with `label` may be, the likeliest first: ids with that label, other ids, the
/// option; without any of these the variables, then `.vault_pass`, then a person.
pub(super) fn candidates(options: &VaultOptions<'_>, label: Option<&str>) -> Vec<Candidate> {
    let (mut all, others): (Vec<&VaultId>, Vec<&VaultId>) =
        options.ids.iter().partition(|id| id.label.as_deref() == label);
    all.extend(others);
    let mut found: Vec<Candidate> = all
        .into_iter()
        .map(|id| {
            let source = match &id.source {
                VaultIdSource::Prompt => PasswordSource::Prompt,
                VaultIdSource::File(path) => PasswordSource::File(path.clone()),
            };
            Candidate { label: id.label.clone(), source }
        })
        .collect();
    let one = |source| Candidate { label: None, source };
    found.extend(options.password_file.map(|f| one(PasswordSource::File(f.to_path_buf()))));
    if found.is_empty() {
        let here = options.root.join(".vault_pass");
        let named = VARIABLES.iter().find_map(|v| std::env::var_os(v).filter(|p| !p.is_empty()));
        let file = named.map(PathBuf::from).or_else(|| here.exists().then_some(here));
        found.push(one(file.map_or(PasswordSource::Prompt, PasswordSource::File)));
    }
    found
}

/// The password for a new vault `name`: of the only vault id, or where `candidates` finds one first. `None` when a
/// person has to choose it.
pub fn find_password(
    name: &str,
    options: &VaultOptions<'_>,
) -> Result<Option<(SecretString, Option<String>)>> {
    if options.ids.len() > 1 {
        return Err(Error::new(Kind::Usage, format!("which vault id is {name} to be encrypted with?"))
            .hint("give --vault-id once"));
    }
    let Some(first) = candidates(options, None).into_iter().next() else { return Ok(None) };
    match &first.source {
        PasswordSource::File(path) => {
            Ok(Some((read_password_file(path, first.label.as_deref())?, first.label)))
        }
        PasswordSource::Prompt => Ok(None),
    }
}

pub(super) fn obtain(name: &str, candidate: &Candidate, ask: Ask<'_>) -> Result<SecretString> {
    if let PasswordSource::File(path) = &candidate.source {
        return read_password_file(path, candidate.label.as_deref());
    }
    let question = match &candidate.label {
        Some(label) => format!("Password of {name} ({label}):"),
        None => format!("Password of {name}:"),
    };
    ask(&question)?.map(|password| SecretString::from(password.trim().to_owned())).ok_or_else(|| {
        Error::new(Kind::Findings, format!("{name} is encrypted and there is no password for it"))
            .hint("name a password file with --vault-password-file FILE or ANSIBLE_VAULT_PASSWORD_FILE")
            .hint("put the password into .vault_pass beside config-registry/ (mode 0600, ignored by Git)")
    })
}

/// A password file is read, or run when it is executable; a program whose name ends in `-client` is told the label,
/// as Ansible does.
pub fn read_password_file(path: &Path, label: Option<&str>) -> Result<SecretString> {
    let failed = |e: std::io::Error| {
        Error::io("opening the password file", path.display(), &e)
            .hint("make the file, or name another one with --vault-password-file FILE")
    };
    let full = path.canonicalize().map_err(failed)?;
    let meta = full.metadata().map_err(failed)?;
    let password = if meta.is_file() && meta.permissions().mode() & 0o111 != 0 {
        let folder = full.parent().unwrap_or(Path::new("/"));
        let is_client = full.file_stem().is_some_and(|name| name.to_string_lossy().ends_with("-client"));
        let arguments = match label {
            Some(label) if is_client => vec!["--vault-id", label],
            _ => Vec::new(),
        };
        let text = output_of(folder, &full.to_string_lossy(), &arguments)
            .map_err(|e| e.context("running the password program"))?;
        text.trim_matches(['\n', '\r']).to_owned()
    } else {
        let text = std::fs::read_to_string(&full)
            .map_err(|e| Error::io("reading the password file", path.display(), &e))?;
        text.trim().to_owned()
    };
    if password.is_empty() {
        return Err(Error::new(Kind::Findings, format!("the password file {} is empty", path.display())));
    }
    Ok(SecretString::from(password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_with_the_vaults_label_come_first_and_the_option_last() {
        let ids: Vec<VaultId> = ["dev@a", "prod@b"].iter().map(|id| id.parse().expect("an id")).collect();
        let options =
            VaultOptions { root: Path::new("/nowhere"), password_file: Some(Path::new("c")), ids: &ids };
        let order: Vec<String> =
            candidates(&options, Some("prod")).iter().map(|c| c.source.words()).collect();
        let file = |name: &str| format!(" with the password of {name}");
        assert_eq!(order, [file("b"), file("a"), file("c")]);
    }

    #[test]
    fn a_person_is_asked_only_when_nothing_else_is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let options = VaultOptions { root: folder.path(), password_file: None, ids: &[] };
        let first = |options: &VaultOptions<'_>| candidates(options, None).remove(0).source;
        // The variables of the person who runs the tests would win.
        if VARIABLES.iter().all(|v| std::env::var_os(v).is_none()) {
            assert_eq!(first(&options), PasswordSource::Prompt);
            std::fs::write(folder.path().join(".vault_pass"), "x\n").expect("written");
            assert_eq!(first(&options), PasswordSource::File(folder.path().join(".vault_pass")));
        }
        let asked = obtain("v", &Candidate { label: None, source: PasswordSource::Prompt }, &|_| Ok(None));
        assert_eq!(asked.expect_err("nobody to ask").kind, Kind::Findings);
    }
}
