//! `LABEL@SOURCE`: a vault id and where its password is.

use std::path::PathBuf;
use std::str::FromStr;

/// A vault id as ansible-vault's `--vault-id` takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultId {
    /// The label in the header of a vault of format 1.2; `None` where only a source was given.
    pub label: Option<String>,
    /// Where its password is.
    pub source: VaultIdSource,
}

/// Where a vault id's password is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VaultIdSource {
    /// A person is asked.
    Prompt,
    /// A file, or a program that prints it.
    File(PathBuf),
}

impl FromStr for VaultId {
    type Err = String;

    /// Reads `prod@file`, `prod@prompt`, or a bare source. `default` is no label, as with Ansible.
    fn from_str(text: &str) -> Result<Self, String> {
        let (label, source) = match text.split_once('@') {
            Some((label, source)) => (Some(label), source),
            None => (None, text),
        };
        if source.is_empty() {
            return Err("a vault id is LABEL@FILE or LABEL@prompt".to_owned());
        }
        if label.is_some_and(|l| l.contains([';', '\n'])) {
            return Err("a vault id's label holds no `;`".to_owned());
        }
        let label = label.filter(|l| !l.is_empty() && *l != "default").map(str::to_owned);
        let source = match source {
            "prompt" => VaultIdSource::Prompt,
            file => VaultIdSource::File(PathBuf::from(file)),
        };
        Ok(VaultId { label, source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_ansible_reads_them() {
        let id = |text: &str| text.parse::<VaultId>().map(|id| (id.label, id.source));
        let file = |name: &str| VaultIdSource::File(PathBuf::from(name));
        assert_eq!(id("prod@a@b"), Ok((Some("prod".to_owned()), file("a@b"))));
        assert_eq!(id("default@prompt"), Ok((None, VaultIdSource::Prompt)));
        assert_eq!(id("pass.txt"), Ok((None, file("pass.txt"))));
        assert_eq!(id("@f"), Ok((None, file("f"))));
        assert!(id("prod@").is_err());
        assert!(id("a;b@f").is_err());
    }
}
