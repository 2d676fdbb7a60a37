//! The list of commands, and the options that all of them take.

use crate::command;
use crate::session::Session;
use crate::ui::{Outcome, Ui};
use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand, ValueHint};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  foundry validate                        check everything that is declared
  foundry plan --all --env dev            show what a deploy would do
  foundry deploy --all --env dev          do it, after asking
  foundry status --env dev                what runs, and how well
  foundry explain REG-003                 what a rule is about

Exit codes:
  0 done   1 findings, or refused   2 usage   3 changes pending (--exit-code)
  4 a host, engine or service failed   5 partly done   70 a bug in Foundry";

/// Turns one Git repository into a running self-hosted platform.
#[derive(Debug, Parser)]
#[command(name = "foundry", version, after_help = EXAMPLES, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Folder of the registry (default: the nearest one upward from here).
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath, env = "FOUNDRY_REGISTRY", help_heading = "Global options")]
    pub registry: Option<PathBuf>,
    /// When to use colour.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Global options")]
    pub color: clap::ColorChoice,
    /// Say less: no progress and no closing remarks.
    #[arg(short, long, global = true, action = ArgAction::SetTrue, help_heading = "Global options")]
    pub quiet: bool,
}

/// Every command, in the order of a day's work. Each lives in `command/<name>.rs`.
#[derive(Debug, Subcommand)]
enum Command {
    Init(command::init::Init),
    Bootstrap(command::bootstrap::Bootstrap),
    Import(command::import::Import),
    Validate(command::validate::Validate),
    Explain(command::explain::Explain),
    Env(command::env::Env),
    Domain(command::domain::Domain),
    Port(command::port::Port),
    Network(command::network::Network),
    Secret(command::secret::Secret),
    Vault(command::vault::Vault),
    Metadata(command::metadata::MetadataArgs),
    Graph(command::graph::GraphArgs),
    Impact(command::impact::ImpactArgs),
    Docs(command::docs::Docs),
    Adr(command::adr::AdrArgs),
    Render(command::render::Render),
    Plan(command::plan::PlanArgs),
    Deploy(command::deploy::Deploy),
    Status(command::status::Status),
    Drift(command::drift::Drift),
    Mode(command::mode::Mode),
    RuntimeInputs(command::runtime_inputs::RuntimeInputs),
    Watch(command::watch::Watch),
    Ps(command::ps::Ps),
    Logs(command::logs::Logs),
    Restart(command::restart::Restart),
    Down(command::down::Down),
    Destroy(command::destroy::Destroy),
    Teardown(command::teardown::Teardown),
    Pin(command::pin::Pin),
    Manifest(command::manifest::ManifestArgs),
    Rollback(command::rollback::Rollback),
    Backup(command::backup::Backup),
    Link(command::link::Link),
    Clean(command::clean::Clean),
    Completions(command::completions::Completions),
    Man(command::man::Man),
}

/// Answers the shell's request for completions, if this start is one.
pub fn complete() {
    clap_complete::CompleteEnv::with_factory(Cli::command).complete();
}

/// The command line's definition, for completions and man pages.
pub fn definition() -> clap::Command {
    Cli::command()
}

/// Reads the command line and runs what it names.
pub fn run() -> Outcome {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return Outcome::from_clap(error),
    };
    let ui = Ui::new(cli.global.color, cli.global.quiet);
    let session = Session::new(cli.global, ui);
    match cli.command {
        Command::Init(c) => c.run(&session),
        Command::Bootstrap(c) => c.run(&session),
        Command::Import(c) => c.run(&session),
        Command::Validate(c) => c.run(&session),
        Command::Explain(c) => c.run(&session),
        Command::Env(c) => c.run(&session),
        Command::Domain(c) => c.run(&session),
        Command::Port(c) => c.run(&session),
        Command::Network(c) => c.run(&session),
        Command::Secret(c) => c.run(&session),
        Command::Vault(c) => c.run(&session),
        Command::Metadata(c) => c.run(&session),
        Command::Graph(c) => c.run(&session),
        Command::Impact(c) => c.run(&session),
        Command::Docs(c) => c.run(&session),
        Command::Adr(c) => c.run(&session),
        Command::Render(c) => c.run(&session),
        Command::Plan(c) => c.run(&session),
        Command::Deploy(c) => c.run(&session),
        Command::Status(c) => c.run(&session),
        Command::Drift(c) => c.run(&session),
        Command::Mode(c) => c.run(&session),
        Command::RuntimeInputs(c) => c.run(&session),
        Command::Watch(c) => c.run(&session),
        Command::Ps(c) => c.run(&session),
        Command::Logs(c) => c.run(&session),
        Command::Restart(c) => c.run(&session),
        Command::Down(c) => c.run(&session),
        Command::Destroy(c) => c.run(&session),
        Command::Teardown(c) => c.run(&session),
        Command::Pin(c) => c.run(&session),
        Command::Manifest(c) => c.run(&session),
        Command::Rollback(c) => c.run(&session),
        Command::Backup(c) => c.run(&session),
        Command::Link(c) => c.run(&session),
        Command::Clean(c) => c.run(&session),
        Command::Completions(c) => c.run(&session),
        Command::Man(c) => c.run(&session),
    }
}
