//! Questions: only on a terminal; elsewhere the caller has to have been told with a flag.

use super::Ui;
use foundry_runtime::error::{Error, Kind, Result};
use std::io::IsTerminal;

/// What a person said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Go on.
    Yes,
    /// Leave it.
    No,
}

impl Ui {
    /// Asks for a yes. Without a terminal it is refused, naming `--yes`.
    pub fn confirm(&self, question: &str) -> Result<Answer> {
        self.need_terminal()?;
        match inquire::Confirm::new(question).with_default(false).prompt() {
            Ok(true) => Ok(Answer::Yes),
            Ok(false) => Ok(Answer::No),
            Err(error) => ended(error),
        }
    }

    /// Asks to type `word`. Without a terminal it is refused, naming `--yes`.
    pub fn confirm_by_typing(&self, question: &str, word: &str) -> Result<Answer> {
        self.need_terminal()?;
        match inquire::Text::new(question).prompt() {
            Ok(typed) if typed.trim() == word => Ok(Answer::Yes),
            Ok(_) => Ok(Answer::No),
            Err(error) => ended(error),
        }
    }

    /// Asks for a password, not shown. `None` without a terminal.
    pub fn password(&self, question: &str) -> Result<Option<String>> {
        if !std::io::stdin().is_terminal() {
            return Ok(None);
        }
        match inquire::Password::new(question).without_confirmation().prompt() {
            Ok(password) => Ok(Some(password)),
            Err(error) => ended(error).map(|_| None),
        }
    }

    /// Asks for a new password twice, not shown. `None` without a terminal.
    pub fn new_password(&self, question: &str) -> Result<Option<String>> {
        if !std::io::stdin().is_terminal() {
            return Ok(None);
        }
        let asked = inquire::Password::new(question)
            .with_custom_confirmation_message("Once more:")
            .with_custom_confirmation_error_message("The two differ.")
            .prompt();
        match asked {
            Ok(password) => Ok(Some(password)),
            Err(error) => ended(error).map(|_| None),
        }
    }

    fn need_terminal(&self) -> Result<()> {
        if std::io::stdin().is_terminal() {
            return Ok(());
        }
        Err(Error::new(Kind::Refused, "there is no terminal to ask on")
            .hint("say --yes to go on without a question"))
    }
}

fn ended(error: inquire::InquireError) -> Result<Answer> {
    match error {
        inquire::InquireError::OperationCanceled | inquire::InquireError::OperationInterrupted => {
            Err(Error::new(Kind::Cancelled, "cancelled; nothing was changed"))
        }
        other => Err(Error::new(Kind::Host, format!("asking failed: {other}"))),
    }
}
