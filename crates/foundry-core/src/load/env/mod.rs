//! Env files: their grammar, their layers and `${VAR}` expansion.

mod expand;
mod file;
mod layers;
mod secret_name;

pub use file::parse_env;
pub use layers::{Layered, ResolvedEnv, ResolvedValue, resolve};
pub use secret_name::looks_secret;
