//! Where secret values come from, and where their plain text may stay for a moment.

mod edit;
mod password;
mod private_folder;
mod random;
mod vault;
mod vault_id;

pub use edit::edit_secretly;
pub use password::{Ask, PasswordSource, VaultOptions, find_password, read_password_file};
pub use private_folder::PrivateFolder;
pub use random::{fresh_salt, random_text};
pub use vault::{OpenedVault, open_vault, seal_vault};
pub use vault_id::{VaultId, VaultIdSource};
