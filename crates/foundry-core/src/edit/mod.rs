//! Changes to the user's files as text to text: comments, order, quotes and blank lines stay.

mod add;
mod component;
mod env;
mod ports;
mod yaml;

pub use add::{Addition, addition};
pub use component::{Component, Need, Setting};
pub use env::{remove_env, set_env};
pub use ports::{FIRST_PORT, Wish, holder, written};
pub use yaml::{Change, change_yaml};

/// Why a text cannot be changed in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What is in the way, as a lowercase fragment.
    pub reason: String,
    /// What to do by hand instead.
    pub by_hand: String,
}
