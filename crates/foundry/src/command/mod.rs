//! One file per command, named as typed.

pub mod clean;
pub mod completions;
pub mod deploy;
pub mod destroy;
pub mod domain;
pub mod down;
pub mod env;
pub mod explain;
pub mod graph;
pub mod impact;
pub mod import;
pub mod init;
pub mod link;
pub mod logs;
pub mod man;
pub mod metadata;
pub mod network;
pub mod plan;
pub mod port;
pub mod ps;
pub mod render;
pub mod restart;
pub mod secret;
pub mod status;
pub mod validate;
pub mod vault;
