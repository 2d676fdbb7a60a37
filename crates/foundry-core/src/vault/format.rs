//! The file format around the cipher.

use super::cipher::{open, seal};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use std::fmt::{self, Write as _};

const MAGIC: &str = "$ANSIBLE_VAULT";
/// Columns of the hex lines, as ansible-vault writes them.
const COLUMNS: usize = 80;

/// The first line of a vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// `1.1` or `1.2`.
    pub version: String,
    /// The vault id of format 1.2.
    pub label: Option<String>,
}

/// Why a vault cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VaultError {
    /// There is no vault header.
    NotAVault,
    /// A version or cipher that is not known.
    Unsupported(String),
    /// The hex or the structure is broken.
    Damaged,
    /// The HMAC does not fit: another password, or a changed file.
    WrongPassword,
}

impl fmt::Display for VaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VaultError::NotAVault => f.write_str("not an ansible-vault file"),
            VaultError::Unsupported(what) => {
                write!(f, "{what} is not supported (1.1 and 1.2 with AES256 are)")
            }
            VaultError::Damaged => f.write_str("the vault is damaged"),
            VaultError::WrongPassword => f.write_str("wrong password, or the vault was changed by hand"),
        }
    }
}

impl std::error::Error for VaultError {}

/// Whether `text` begins like a vault.
pub fn is_vault(text: &str) -> bool {
    text.starts_with(MAGIC)
}

/// The header of a vault.
pub fn header(text: &str) -> Result<Header, VaultError> {
    let line = text.lines().next().unwrap_or_default().trim_end();
    let mut parts = line.split(';').map(str::trim);
    if parts.next() != Some(MAGIC) {
        return Err(VaultError::NotAVault);
    }
    let version = parts.next().unwrap_or_default().to_owned();
    if !matches!(version.as_str(), "1.1" | "1.2") {
        return Err(VaultError::Unsupported(format!("version {version}")));
    }
    match parts.next() {
        Some("AES256") => Ok(Header { version, label: parts.next().map(str::to_owned) }),
        other => Err(VaultError::Unsupported(format!("cipher {}", other.unwrap_or("(none)")))),
    }
}

/// The plain bytes of a vault.
pub fn decrypt(text: &str, password: &SecretString) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    header(text)?;
    let body: String = text.lines().skip(1).map(str::trim).collect();
    let inner = unhex(&body)?;
    let inner = std::str::from_utf8(&inner).map_err(|_| VaultError::Damaged)?;
    let mut parts = inner.split('\n').map(|part| unhex(part.trim()));
    let mut next = || parts.next().unwrap_or(Err(VaultError::Damaged));
    let (salt, tag, ciphertext) = (next()?, next()?, next()?);
    open(password.expose_secret().as_bytes(), &salt, &tag, &ciphertext)
}

/// A vault of `plain`: format 1.2 with a label, 1.1 without or with ansible's own label `default`.
/// The salt must be new and random for each call.
pub fn encrypt(plain: &[u8], password: &SecretString, salt: &[u8; 32], label: Option<&str>) -> String {
    let (tag, ciphertext) = seal(password.expose_secret().as_bytes(), salt, plain);
    let inner = format!("{}\n{}\n{}", hex(salt), hex(&tag), hex(&ciphertext));
    let body = hex(inner.as_bytes());
    let mut out = match label.filter(|label| *label != "default") {
        Some(label) => format!("{MAGIC};1.2;AES256;{label}\n"),
        None => format!("{MAGIC};1.1;AES256\n"),
    };
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(COLUMNS));
        out.push_str(line);
        out.push('\n');
        rest = tail;
    }
    out
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}

fn unhex(text: &str) -> Result<Vec<u8>, VaultError> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(VaultError::Damaged);
    }
    let byte = |i: usize| u8::from_str_radix(&text[i..i + 2], 16).map_err(|_| VaultError::Damaged);
    (0..text.len()).step_by(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> SecretString {
        SecretString::from(text.to_owned())
    }

    #[test]
    fn what_is_sealed_opens_again_with_its_password_only() {
        for length in [0, 1, 15, 16, 17, 1000] {
            let plain = vec![b'x'; length];
            for label in [None, Some("prod")] {
                let text = encrypt(&plain, &password("correct horse"), &[7; 32], label);
                assert_eq!(header(&text).map(|h| h.label), Ok(label.map(str::to_owned)));
                assert!(text.lines().all(|l| l.len() <= COLUMNS));
                assert_eq!(decrypt(&text, &password("correct horse")).map(|p| p.to_vec()), Ok(plain.clone()));
                assert_eq!(decrypt(&text, &password("wrong")).unwrap_err(), VaultError::WrongPassword);
            }
        }
    }

    #[test]
    fn damage_is_an_error_of_its_kind() {
        let text = encrypt(b"A=1\n", &password("p"), &[1; 32], None);
        let open = |text: &str| decrypt(text, &password("p")).unwrap_err();
        assert_eq!(open("A=1\n"), VaultError::NotAVault);
        assert_eq!(open(&text.replace("1.1", "1.3")), VaultError::Unsupported("version 1.3".to_owned()));
        assert_eq!(open(text.lines().next().unwrap_or_default()), VaultError::Damaged);
        let half = &text[..text.len() / 2];
        assert!(matches!(open(half), VaultError::Damaged | VaultError::WrongPassword));
    }
}
