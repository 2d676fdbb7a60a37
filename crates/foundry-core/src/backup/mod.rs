//! Backups as values: what the policy says, what a profile saves of a domain, and what restic answers.

mod act;
mod dump;
mod known;
mod marker;
mod policy;
mod record;
mod retention;
mod schedule;
mod scratch;
mod set;
mod state;

pub use act::{Act, Piece, Script};
pub use dump::{Dump, Kind};
pub use known::{Backup, Known, forgotten, listing, saved_id, snapshots, unread};
pub use marker::Marker;
pub use policy::{Included, Paths, Policy, Profile, named, read};
pub use record::{Manifest, SavedSource, tags};
pub use retention::Keep;
pub use schedule::{Timer, units};
pub use scratch::scratch;
pub use set::{Set, Source, sets};
pub use state::{State, covering, said, states};
