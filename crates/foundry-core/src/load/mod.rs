//! Files to registry: which files count, what they say, and every finding about their form.

mod domains;
pub mod env;
mod environments;
mod files;
mod layout;
mod networks;
mod ports;
mod registry;
mod schema;
mod suggest;

pub use files::{FileContent, FileProblem, Files};
pub use layout::{MARKER, Role, SCHEMAS, ignored_dir, role, template_output};
pub use registry::load;
pub use suggest::did_you_mean;
