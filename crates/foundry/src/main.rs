//! The `foundry` command.

mod away;
mod carry_out;
mod catalog;
mod cli;
mod cluster;
mod command;
mod complete;
mod delivery;
mod downstream;
mod drifting;
mod live;
mod past;
mod pipeline;
mod rewrite;
mod scope;
mod session;
mod ui;
mod vault;
mod vault_fill;

use std::process::ExitCode;

/// Rendering makes and drops millions of small strings on every core; musl's own allocator serialises them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::complete();
    ui::install_panic_message();
    let outcome = cli::run();
    ui::finish(outcome)
}
