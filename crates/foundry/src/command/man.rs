//! `foundry man`: manual pages in roff, for packagers.

use crate::cli;
use crate::session::Session;
use crate::ui::Outcome;
use clap::Args;
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::files::{Mode, ensure_dir, write_atomic};
use std::path::PathBuf;

/// Write the manual pages, one for each command
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry man > foundry.1                 the page of foundry itself
  foundry man --out /usr/local/share/man/man1")]
pub struct Man {
    /// Folder to write all pages into; without it the main page goes to standard output.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Man {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.pages(session).into()
    }

    fn pages(self, session: &Session) -> Result<Outcome> {
        let mut definition = cli::definition();
        definition.build();
        let Some(folder) = self.out else {
            session.ui.print(String::from_utf8_lossy(&page(definition)?));
            return Ok(Outcome::DONE);
        };
        ensure_dir(&folder)?;
        let mut open = vec![("foundry".to_owned(), definition)];
        let mut count = 0;
        while let Some((name, command)) = open.pop() {
            for sub in command.get_subcommands().filter(|c| !c.is_hide_set() && c.get_name() != "help") {
                open.push((format!("{name}-{}", sub.get_name()), sub.clone()));
            }
            write_atomic(&folder.join(format!("{name}.1")), &page(command)?, Mode::Public)?;
            count += 1;
        }
        session.ui.note(format!("Wrote {count} pages to {}.", folder.display()));
        Ok(Outcome::DONE)
    }
}

fn page(command: clap::Command) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut bytes)
        .map_err(|e| Error::new(Kind::Internal, format!("rendering a manual page: {e}")))?;
    Ok(bytes)
}
