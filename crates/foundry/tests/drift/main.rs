//! Drift on a real Docker Engine: what is changed behind the registry's back is seen, and nothing else is.

#[allow(dead_code)]
#[path = "../docker/world.rs"]
mod world;

mod away;
mod behind;
mod monitoring;
mod sources;
mod watch;
