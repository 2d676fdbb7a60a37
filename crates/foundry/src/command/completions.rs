//! `foundry completions SHELL`: the line that switches completions on.

use crate::session::Session;
use crate::ui::Outcome;
use clap::Args;
use clap_complete::env::Shells;
use foundry_runtime::error::{Error, Kind};

/// Print the script that completes commands, domains and environments in your shell
///
/// The shell asks the binary itself, so completions always fit the registry you are in.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  source <(foundry completions bash)      for this shell; put the line into ~/.bashrc to keep it
  foundry completions zsh > ~/.zfunc/_foundry
  foundry completions fish > ~/.config/fish/completions/foundry.fish")]
pub struct Completions {
    /// Name of the shell.
    #[arg(value_parser = ["bash", "zsh", "fish", "elvish", "powershell"])]
    shell: String,
}

impl Completions {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        let shells = Shells::builtins();
        let mut script = Vec::new();
        let written = shells
            .completer(&self.shell)
            .map(|shell| shell.write_registration("COMPLETE", "foundry", "foundry", "foundry", &mut script));
        match written {
            Some(Ok(())) => {
                session.ui.print(String::from_utf8_lossy(&script));
                Outcome::DONE
            }
            _ => Error::new(Kind::Usage, format!("there is no completion for {}", self.shell)).into(),
        }
    }
}
