//! The registry's files on disk: find them, read them, replace them atomically.

mod find;
mod git;
mod read;
mod write;

pub use find::find_root;
pub use git::{GitState, git_state};
pub use read::{LARGEST, read_registry, read_text};
pub use write::{Mode, ensure_dir, remove_file, write_atomic};
