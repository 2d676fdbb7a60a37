//! Randomness of the operating system: salts and new secret values.

use crate::error::{Error, Kind, Result};
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// 32 new random bytes, for one vault.
pub fn fresh_salt() -> Result<[u8; 32]> {
    let mut salt = [0; 32];
    fill(&mut salt)?;
    Ok(salt)
}

/// `length` random letters and digits, each of the 62 equally likely.
pub fn random_text(length: usize) -> Result<SecretString> {
    let mut text = String::with_capacity(length);
    let mut bytes = Zeroizing::new([0u8; 64]);
    while text.len() < length {
        fill(bytes.as_mut_slice())?;
        // 248 is the largest multiple of 62 in a byte: what is above would favour the first letters.
        let fair = bytes.iter().filter(|b| **b < 248).map(|b| LETTERS[usize::from(b % 62)] as char);
        text.extend(fair.take(length - text.len()));
    }
    Ok(SecretString::from(text))
}

fn fill(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes)
        .map_err(|e| Error::new(Kind::Host, format!("the system gives no random numbers: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn texts_have_their_length_and_differ() {
        for length in [0, 1, 24, 300] {
            let text = random_text(length).expect("random");
            assert_eq!(text.expose_secret().len(), length);
            assert!(text.expose_secret().bytes().all(|b| b.is_ascii_alphanumeric()));
        }
        let two = [random_text(32).expect("random"), random_text(32).expect("random")];
        assert_ne!(two[0].expose_secret(), two[1].expose_secret());
        assert_ne!(fresh_salt().expect("random"), fresh_salt().expect("random"));
    }
}
