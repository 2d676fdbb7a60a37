//! Vaults that ansible-vault made, and ours under the real ansible-vault.

mod python;

use foundry_core::vault::{VaultError, decrypt, encrypt, header, is_vault};
use secrecy::SecretString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Around the cipher's block of 16 bytes, and something of a usual size.
const LENGTHS: [usize; 9] = [0, 1, 15, 16, 17, 31, 32, 33, 1000];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases/vault")
}

fn stored(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).expect("a stored vault")
}

fn password() -> SecretString {
    SecretString::from(stored("password"))
}

/// Bytes of every value, line breaks and zero included.
fn plain(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 37 % 256) as u8).collect()
}

#[test]
fn stored_vaults_open() {
    let plain = stored("plain.env");
    for (name, label) in [("v1.1.vault", None), ("v1.2.vault", Some("prod"))] {
        let text = stored(name);
        assert!(is_vault(&text));
        assert_eq!(header(&text).expect("a header").label.as_deref(), label);
        assert_eq!(decrypt(&text, &password()).expect("it opens").as_slice(), plain.as_bytes());
        let crlf = text.replace('\n', "\r\n");
        assert_eq!(decrypt(&crlf, &password()).expect("CRLF changes nothing").as_slice(), plain.as_bytes());
    }
    assert!(decrypt(&stored("empty.vault"), &password()).expect("it opens").is_empty());
}

#[test]
fn one_changed_digit_is_noticed() {
    let text = stored("v1.1.vault");
    let body = text.find('\n').expect("a header line") + 1;
    for at in (body..text.len() - 1).step_by(7).filter(|at| text.as_bytes()[*at] != b'\n') {
        let mut changed = text.clone().into_bytes();
        changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
        let changed = String::from_utf8(changed).expect("ASCII");
        let error = decrypt(&changed, &password()).expect_err("a changed vault does not open");
        assert!(matches!(error, VaultError::WrongPassword | VaultError::Damaged));
        assert!(!error.to_string().contains("correct horse"));
    }
}

#[test]
fn ansible_vault_opens_ours_and_we_open_its() {
    let Some(python) = python::python("ansible-vault") else { return };
    let program = python.with_file_name("ansible-vault");
    let place = tempfile::tempdir().expect("a temporary folder");
    let secret = folder().join("password");
    let run = |arguments: &[&str], files: &[PathBuf]| {
        let mut command = Command::new(&program);
        let output = command.args(arguments).args(files).env("HOME", place.path()).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let id = format!("prod@{}", secret.display());

    let mut ours = Vec::new();
    for label in [None, Some("prod")] {
        for length in LENGTHS {
            let file = place.path().join(format!("ours-{}-{length}", label.unwrap_or("none")));
            let salt = [length as u8; 32];
            std::fs::write(&file, encrypt(&plain(length), &password(), &salt, label)).expect("written");
            ours.push((file, length));
        }
    }
    let files: Vec<PathBuf> = ours.iter().map(|(file, _)| file.clone()).collect();
    run(&["decrypt", "--vault-id", &id], &files);
    for (file, length) in ours {
        assert_eq!(std::fs::read(file).expect("decrypted"), plain(length));
    }

    for label in [None, Some("prod")] {
        let file = |length: usize| place.path().join(format!("its-{}-{length}", label.unwrap_or("none")));
        for length in LENGTHS {
            std::fs::write(file(length), plain(length)).expect("written");
        }
        let files: Vec<PathBuf> = LENGTHS.into_iter().map(file).collect();
        match label {
            None => run(&["encrypt", "--vault-password-file", &secret.display().to_string()], &files),
            Some(label) => run(&["encrypt", "--vault-id", &id, "--encrypt-vault-id", label], &files),
        }
        for length in LENGTHS {
            let text = std::fs::read_to_string(file(length)).expect("text");
            assert_eq!(header(&text).expect("a header").label.as_deref(), label);
            assert_eq!(decrypt(&text, &password()).expect("it opens").as_slice(), plain(length));
        }
    }
}
