//! Image pins: references, which tag is newer, and how a file has to say it.

mod edit;
mod reference;
mod version;

pub use edit::{Edit, proposals};
pub use reference::Reference;
pub use version::{Newer, newer};
