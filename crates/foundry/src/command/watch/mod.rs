//! `foundry watch`: looks on for drift, event by event.

mod lookout;
mod tell;
mod unit;

use crate::live::run;
use crate::scope::{DomainScope, EnvScope};
use crate::session::Session;
use crate::ui::Outcome;
use clap::Args;
use foundry_core::drift::Timing;
use foundry_runtime::error::Result;
use foundry_runtime::watch::{Metrics, Target, Webhook, serve};
use lookout::Lookout;
use std::net::SocketAddr;
use std::time::Duration;
use tell::Teller;

/// Tell of drift as it comes and goes; nothing is ever changed
///
/// Follows the registry's files and the engine's events: one event for each change, none while another run works on the
/// environment, none for a domain in maintenance. On a terminal events are lines to read, otherwise JSON, one a line.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry watch --env dev                 until Ctrl-C
  foundry watch --env prod --metrics 127.0.0.1:9469 --webhook http://127.0.0.1:8080/drift
  foundry watch --env prod --once         what differs now, as events
  foundry watch --env prod --metrics 127.0.0.1:9469 --print-unit > /etc/systemd/system/foundry-watch.service

Ctrl-C and SIGTERM end it with exit code 0; SIGHUP makes it read everything anew.")]
pub struct Watch {
    #[command(flatten)]
    domains: DomainScope,
    #[command(flatten)]
    scope: EnvScope,
    /// Look once, tell what differs, and end.
    #[arg(long)]
    once: bool,
    /// Print JSON also on a terminal.
    #[arg(long)]
    json: bool,
    /// Answer Prometheus at http://ADDR:PORT/metrics.
    #[arg(long, value_name = "ADDR:PORT")]
    metrics: Option<SocketAddr>,
    /// Send every event there as JSON, http only; tried three times.
    #[arg(long, value_name = "URL", env = "FOUNDRY_WEBHOOK", hide_env_values = true)]
    webhook: Option<String>,
    /// Milliseconds that a difference has to stay the same before it is told.
    #[arg(long, value_name = "MS", default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(100..=600_000))]
    settle: u64,
    /// Print a systemd unit that runs this command, and end.
    #[arg(long)]
    print_unit: bool,
}

impl Watch {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.watch(session).into()
    }

    fn watch(self, session: &Session) -> Result<Outcome> {
        let target = self.webhook.as_deref().map(Target::parse).transpose().map_err(tell::usage)?;
        if self.print_unit {
            return self.show_unit(session);
        }
        let loaded = session.load()?;
        let environment = loaded.environment(self.scope.name())?.name.clone();
        let metrics = Metrics::new(&loaded.registry.name, &environment);
        run(async |cancel| {
            if let Some(address) = self.metrics.filter(|_| !self.once) {
                let bound = serve(address, metrics.clone(), cancel.clone()).await?;
                session.ui.note(format!("Metrics are at http://{bound}/metrics."));
            }
            let webhook = target.map(|target| Webhook::start(target, metrics.clone()));
            let teller = Teller::new(session, &environment, metrics, webhook, self.json);
            let timing = Timing { settle: self.settle, ..Timing::default() };
            let mut lookout = Lookout::new(session, &self.domains, &self.scope, &loaded.root, teller, timing);
            let done = match self.once {
                true => lookout.once().await,
                false => lookout.follow(&cancel).await,
            };
            lookout.teller.end(Duration::from_secs(10)).await;
            done.map(|()| Outcome::DONE)
        })
    }
}
