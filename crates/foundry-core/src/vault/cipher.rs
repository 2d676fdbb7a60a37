//! Key derivation, authentication and encryption.

use super::format::VaultError;
use aes::Aes256;
use ctr::cipher::{KeyIvInit, StreamCipher};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::zeroize::Zeroizing;
use sha2::Sha256;

/// Rounds of PBKDF2, fixed by the format.
const ROUNDS: u32 = 10_000;
/// Block of AES, for padding.
const BLOCK: usize = 16;

struct Keys(Zeroizing<[u8; 80]>);

impl Keys {
    fn derive(password: &[u8], salt: &[u8]) -> Keys {
        let mut bytes = Zeroizing::new([0; 80]);
        pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, ROUNDS, bytes.as_mut_slice());
        Keys(bytes)
    }

    fn mac(&self) -> Hmac<Sha256> {
        Hmac::<Sha256>::new_from_slice(&self.0[32..64]).unwrap_or_else(|e| panic!("HMAC takes any key: {e}"))
    }

    fn apply(&self, bytes: &mut [u8]) {
        ctr::Ctr128BE::<Aes256>::new_from_slices(&self.0[..32], &self.0[64..80])
            .unwrap_or_else(|e| panic!("key and counter have AES's sizes: {e}"))
            .apply_keystream(bytes);
    }
}

/// Authenticates and decrypts.
pub(super) fn open(
    password: &[u8],
    salt: &[u8],
    tag: &[u8],
    ciphertext: &[u8],
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let keys = Keys::derive(password, salt);
    let mut mac = keys.mac();
    mac.update(ciphertext);
    mac.verify_slice(tag).map_err(|_| VaultError::WrongPassword)?;
    let mut plain = Zeroizing::new(ciphertext.to_vec());
    keys.apply(&mut plain);
    let padding = usize::from(*plain.last().ok_or(VaultError::Damaged)?);
    let start = plain.len().checked_sub(padding).filter(|_| (1..=BLOCK).contains(&padding));
    let start = start.ok_or(VaultError::Damaged)?;
    if plain[start..].iter().any(|b| usize::from(*b) != padding) {
        return Err(VaultError::Damaged);
    }
    plain.truncate(start);
    Ok(plain)
}

/// Encrypts; gives HMAC and ciphertext.
pub(super) fn seal(password: &[u8], salt: &[u8], plain: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let keys = Keys::derive(password, salt);
    let padding = BLOCK - plain.len() % BLOCK;
    let mut text = plain.to_vec();
    text.extend(std::iter::repeat_n(padding as u8, padding));
    keys.apply(&mut text);
    let mut mac = keys.mac();
    mac.update(&text);
    (mac.finalize().into_bytes().to_vec(), text)
}
