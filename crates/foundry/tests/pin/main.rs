//! `foundry pin`: newer tags and digests from a real registry, written where images are set.

mod hub;
mod real;
mod refusals;
