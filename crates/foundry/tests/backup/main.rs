//! Backups on a real Docker Engine with the real restic: each test is a sentence about what is there afterwards.

mod failures;
mod proof;
mod restore;
mod world;
