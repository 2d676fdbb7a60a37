//! `foundry explain RULE`: what a rule is about.

use crate::session::Session;
use crate::ui::Outcome;
use clap::Args;
use foundry_core::check;
use foundry_core::load::did_you_mean;
use foundry_runtime::error::{Error, Kind};

/// Say what a rule checks, why, and show a bad and a good example
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  foundry explain REG-003\n  foundry explain            list every rule")]
pub struct Explain {
    /// Id of the rule, as findings print it; without it every rule is listed.
    rule: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Explain {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        let Some(asked) = &self.rule else { return self.list(session) };
        let id = asked.to_uppercase();
        let Some(rule) = check::RULES.iter().find(|r| r.id == id) else {
            let error = Error::new(Kind::Usage, format!("there is no rule `{asked}`"));
            return match did_you_mean(&id, check::RULES.iter().map(|r| r.id)) {
                Some(near) => error.hint(format!("try `foundry explain {near}`")).into(),
                None => error.hint("list all rules with `foundry explain`").into(),
            };
        };
        match (self.json, check::explain(rule.id)) {
            (false, Some(text)) => session.ui.print(text),
            _ => session.ui.json(rule),
        }
        Outcome::DONE
    }

    fn list(&self, session: &Session) -> Outcome {
        if self.json {
            session.ui.json(&check::RULES);
            return Outcome::DONE;
        }
        for rule in check::RULES {
            session.ui.print(format!("{:<9} {:<8} {}", rule.id, rule.severity.word(), rule.title));
        }
        Outcome::DONE
    }
}
