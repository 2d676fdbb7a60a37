//! Real systems for tests, and repositories to try them on.
//!
//! Each function makes one system ready (through `testbed/up`), starts what the test needs under names and on ports
//! of its own, and removes it when the returned value is dropped. A system that cannot be had here is a [`Missing`]:
//! [`need!`] turns it into a counted skip.
//!
//! ```no_run
//! # fn main() { fn test() {
//! let docker = testkit::need!(testkit::docker());
//! docker.run(&["run", "-d", "--name", &docker.name("web"), docker.image_busybox()]);
//! # } }
//! ```

mod docker;
mod name;
mod port;
mod skip;
mod sshd;
mod system;

pub use docker::{Docker, docker};
pub use name::unique;
pub use port::free_port;
pub use skip::{Missing, note};
pub use sshd::{Sshd, sshd};
