//! The `foundry` command.

mod cli;
mod command;
mod complete;
mod scope;
mod session;
mod ui;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::complete();
    ui::install_panic_message();
    let outcome = cli::run();
    ui::finish(outcome)
}
