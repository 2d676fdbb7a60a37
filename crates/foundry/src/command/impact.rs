//! `foundry impact DOMAIN`: what breaks when it goes away.

use crate::session::Session;
use crate::ui::Outcome;
use clap::Args;
use foundry_core::graph::{Graph, Impact, impact};
use foundry_runtime::error::{Error, Kind, Result};

/// Show what breaks, and what degrades, when a domain goes down
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  foundry impact postgres")]
pub struct ImpactArgs {
    /// The domain that goes down.
    #[arg(value_name = "DOMAIN", add = crate::complete::domains())]
    domain: String,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl ImpactArgs {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.show(session).into()
    }

    fn show(self, session: &Session) -> Result<Outcome> {
        let loaded = session.load_relations()?;
        loaded.check_domain(&self.domain)?;
        let found = impact(&Graph::new(&loaded.registry), &self.domain);
        let found =
            found.ok_or_else(|| Error::new(Kind::Internal, "a declared domain is not in the graph"))?;
        if self.json {
            session.ui.json(&found);
        } else {
            session.ui.print(lines(&found));
        }
        Ok(Outcome::DONE)
    }
}

fn lines(found: &Impact) -> String {
    let name = &found.domain;
    let mut text = match (found.direct.as_slice(), found.transitive.as_slice()) {
        ([], _) => format!("{name} down breaks: nothing\n"),
        (direct, []) => format!("{name} down breaks: {} (hard)\n", direct.join(", ")),
        (direct, through) => {
            let (direct, through) = (direct.join(", "), through.join(", "));
            format!("{name} down breaks: {direct} (hard) → {through} (hard, through them)\n")
        }
    };
    if !found.degraded.is_empty() {
        let indent = " ".repeat(name.chars().count() + 6);
        text.push_str(&format!("{indent}degrades: {} (consumes)\n", found.degraded.join(", ")));
    }
    text
}
