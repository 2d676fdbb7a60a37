//! The registry's files on disk: find them, read them, replace them atomically.

mod find;
mod git;
mod history;
mod list;
mod manifests;
mod publish;
mod read;
mod replace;
mod tree;
mod write;

pub use find::find_root;
pub use git::{GitState, LastChange, git_state, last_change};
pub use history::{
    CheckedOut, Revision, check_out, commits_of, file_at, last_commit, revision, shown_revision, uncommitted,
};
pub use list::{list_files, read_names};
pub use manifests::{TreeChange, compare_tree, write_tree};
pub use publish::{Pushed, Target, commit_only, push, push_target, unpublished};
pub use read::{LARGEST, read_one, read_registry, read_text};
pub use replace::{Replaced, replace_tree};
pub use tree::read_tree;
pub use write::{Mode, ensure_dir, remove_file, remove_tree, write_atomic, write_cache, write_in_place};
