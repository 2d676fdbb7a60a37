//! `foundry graph`: the relations, drawn.

use crate::session::Session;
use crate::ui::Outcome;
use clap::{Args, ValueEnum};
use foundry_core::graph::{Graph, dot, json, mermaid, text};
use foundry_runtime::error::Result;

/// Show how domains relate, as levels, a drawing or data
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry graph                           levels: each needs only those above it
  foundry graph --format dot | dot -Tsvg > graph.svg
  foundry graph --format mermaid          for a README")]
pub struct GraphArgs {
    /// How it is printed.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The same as --format json.
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Dot,
    Mermaid,
    Json,
}

impl GraphArgs {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.draw(session).into()
    }

    fn draw(self, session: &Session) -> Result<Outcome> {
        let loaded = session.load_relations()?;
        let graph = Graph::new(&loaded.registry);
        let format = if self.json { Format::Json } else { self.format };
        match format {
            Format::Text => session.ui.print(text(&graph)),
            Format::Dot => session.ui.print(dot(&graph)),
            Format::Mermaid => session.ui.print(mermaid(&graph)),
            Format::Json => session.ui.json(&json(&graph)),
        }
        Ok(Outcome::DONE)
    }
}
