//! Backups on a real Docker Engine with the real restic: each test is a sentence about what is there afterwards.

mod databases;
mod failures;
mod proof;
mod remote;
mod restore;
mod world;
