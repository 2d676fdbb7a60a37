//! `foundry clean`: remove what rendering and running leave behind in the registry's folder.

use crate::session::Session;
use crate::ui::Outcome;
use clap::Args;
use foundry_runtime::error::Result;
use foundry_runtime::files::remove_tree;

/// Remove generated/ and the metadata cache; nothing that runs is touched
///
/// Containers that mount files from generated/ need them: render or deploy again before they restart.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  foundry clean\n  foundry clean --journal            also the journal of past runs"
)]
pub struct Clean {
    /// Also remove the journal of past runs.
    #[arg(long)]
    journal: bool,
}

impl Clean {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.clean(session).into()
    }

    fn clean(self, session: &Session) -> Result<Outcome> {
        let root = session.root()?;
        let mut folders =
            vec!["generated", "config-registry/state/metadata-cache", "config-registry/state/env-resolved"];
        if self.journal {
            folders.push(".foundry/journal");
        }
        let mut removed = 0;
        for folder in folders {
            if remove_tree(&root.join(folder))? {
                session.ui.print(format!("{folder}  removed"));
                removed += 1;
            }
        }
        if removed == 0 {
            session.ui.note("Nothing to clean.");
        }
        Ok(Outcome::DONE)
    }
}
