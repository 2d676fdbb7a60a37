//! A cluster planned: what the tree builds, compared with what the API server has and would make of it.

mod act;
mod compare;
mod desired;
mod differ;
mod drift;
mod health;
mod observed;
mod pod;
mod reference;
mod status;
mod steps;
mod stop;
#[cfg(test)]
mod tests;

pub use act::Act;
pub use compare::{Obstacle, compare, holds_data};
pub use desired::{Desired, INPUTS, Item, Member, SALT, items, label_value, selector};
pub use differ::{Difference, differences};
pub use drift::{Drift, Field, drift, owner};
pub use health::{Health, health, is_workload};
pub use observed::{Conflict, Observed, Trial, fingerprint, is_going, said};
pub use pod::Pod;
pub use reference::{Key, Reference};
pub use status::{Row, reconciled, rows};
pub use stop::{restart, stop, teardown};
