//! The whole way on a real Docker Engine: each test is a sentence about what runs afterwards.

mod changes;
mod deploy;
mod failures;
mod import;
mod interrupted;
mod online;
mod read_only;
mod remote;
mod world;
