//! ansible-vault files, formats 1.1 and 1.2, as bytes in and bytes out.
//!
//! Layout (ansible-core, `lib/ansible/parsing/vault`): a header line `$ANSIBLE_VAULT;VERSION;AES256[;LABEL]`, then
//! 80-column lines of hex of "hex(salt) \n hex(hmac) \n hex(ciphertext)". PBKDF2-HMAC-SHA256 with 10,000 rounds
//! gives 32 bytes of cipher key, 32 bytes of HMAC key and 16 bytes of counter; AES-256-CTR over PKCS#7-padded text.

mod cipher;
mod format;

pub use format::{Header, VaultError, decrypt, encrypt, header, is_vault};
