//! How a command ended: the exit code and, for a failure, its message and ways out.

use foundry_runtime::error::{Error, Kind};
use std::io::Write;
use std::process::ExitCode;

/// The end of a command.
#[derive(Debug)]
pub enum Outcome {
    /// Everything that was to be said has been said; this is the exit code.
    Code(u8),
    /// It failed; the message is still to be printed.
    Failed(Error),
    /// clap's own help, version or usage error.
    Clap(Box<clap::Error>),
}

impl Outcome {
    /// Done.
    pub const DONE: Outcome = Outcome::Code(0);
    /// There are findings, or the operation was refused.
    pub const FINDINGS: Outcome = Outcome::Code(1);
    /// Changes are pending (`--exit-code`).
    pub const PENDING: Outcome = Outcome::Code(3);

    /// Wraps clap's error.
    pub fn from_clap(error: clap::Error) -> Outcome {
        Outcome::Clap(Box::new(error))
    }
}

impl From<Error> for Outcome {
    fn from(error: Error) -> Self {
        Outcome::Failed(error)
    }
}

impl<T: Into<Outcome>> From<Result<Outcome, T>> for Outcome {
    fn from(result: Result<Outcome, T>) -> Self {
        match result {
            Ok(outcome) => outcome,
            Err(error) => error.into(),
        }
    }
}

/// Prints what is still to be said and gives the process its exit code.
pub fn finish(outcome: Outcome) -> ExitCode {
    match outcome {
        Outcome::Code(code) => ExitCode::from(code),
        Outcome::Clap(error) => {
            let _ = error.print();
            ExitCode::from(error.exit_code() as u8)
        }
        Outcome::Failed(error) => {
            let word = if error.kind == Kind::Refused { "refused" } else { "error" };
            let style = anstyle::AnsiColor::Red.on_default().bold();
            let mut out = anstream::stderr().lock();
            let _ = writeln!(out, "{style}{word}{style:#}: {}", error.message);
            for hint in &error.hints {
                let _ = writeln!(out, "  = help: {hint}");
            }
            ExitCode::from(error.kind.exit_code())
        }
    }
}

/// Ends the process without a word: whoever read our output is gone.
pub(super) fn leave_quietly() -> ! {
    std::process::exit(0)
}

/// A panic is a bug in Foundry: say so and exit with 70.
pub fn install_panic_message() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let payload = info.payload();
        let text = payload.downcast_ref::<&str>().map(ToString::to_string);
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
        let mut out = anstream::stderr().lock();
        let _ = writeln!(out, "this is a bug in Foundry: {text} ({place})");
        let _ = writeln!(out, "  = help: report it with the command and `foundry --version`");
        std::process::exit(70);
    }));
}
