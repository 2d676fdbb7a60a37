//! Shows a plan, asks, takes the lock, carries it out and says what came of it. The same for every command that changes.

use crate::live::{Live, or_cancelled, run};
use crate::session::Session;
use crate::ui::{Answer, Outcome, Progress, report_text};
use clap::Args;
use foundry_core::plan::{Plan, text};
use foundry_runtime::engine::compose::Compose;
use foundry_runtime::engine::kubernetes::Cluster;
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::execute::{Engine, Run, execute};
use foundry_runtime::journal::Journal;
use foundry_runtime::lock::{Lock, Wanted};
use foundry_runtime::{Cancel, Report};
use serde_json::json;
use std::time::Duration;

/// How often a plan is made anew when the world changes under it.
const TRIES: usize = 3;

/// Options of every command that changes what runs.
#[derive(Debug, Clone, Args)]
pub struct Consent {
    /// Do not ask.
    #[arg(short, long)]
    yes: bool,
    /// Print plan and report as JSON (needs --yes).
    #[arg(long, requires = "yes")]
    json: bool,
    /// Seconds that a service may take to become healthy (default: from its health check, at least 30).
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u64>,
    /// Seconds to wait for another run on the same environment.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    lock_timeout: u64,
    /// How many steps run at once.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64))]
    parallel: u8,
}

impl Consent {
    /// The usual limits, and whether to ask.
    pub fn new(yes: bool) -> Consent {
        Consent { yes, json: false, timeout: None, lock_timeout: 0, parallel: 4 }
    }

    /// Whether nothing is to be asked.
    pub fn is_given(&self) -> bool {
        self.yes
    }

    /// Whether the report is to be JSON.
    pub fn as_json(&self) -> bool {
        self.json
    }

    /// How long to wait for another run.
    pub fn lock_timeout(&self) -> Duration {
        Duration::from_secs(self.lock_timeout)
    }
}

/// What a run needs.
pub struct CarryOut<'a> {
    /// Where to print.
    pub session: &'a Session,
    /// The registry.
    pub live: &'a Live,
    /// The command as typed, for the journal and for whoever waits for the lock.
    pub command: &'a str,
    /// Whether to ask, and the limits.
    pub consent: &'a Consent,
    /// A word that has to be typed instead of a yes, with the question.
    pub question: Option<(String, String)>,
}

/// Connects, plans under the lock, shows, asks and carries out; plans again when a step was refused.
pub fn carry_out(options: &CarryOut<'_>, plan: impl AsyncFn(&Compose) -> Result<Plan>) -> Result<Outcome> {
    carry_out_on(options, async |compose| Ok(compose), plan, async |_, _| Ok(None))
}

/// The same for something that carries out more than the engine does. `afterwards` is told how it went and may give
/// one more plan, which is then carried out whatever happens: the way back.
pub fn carry_out_on<E: Engine + AsRef<Compose>>(
    options: &CarryOut<'_>,
    engine: impl AsyncFnOnce(Compose) -> Result<E>,
    plan: impl AsyncFn(&E) -> Result<Plan>,
    afterwards: impl AsyncFn(&E, &Report) -> Result<Option<Plan>>,
) -> Result<Outcome> {
    run(async |cancel| {
        let timeout = options.consent.timeout.map(Duration::from_secs);
        let engine =
            or_cancelled(&cancel, async { engine(options.live.connect(timeout).await?).await }).await?;
        let at = At { options, engine: &engine, compose: Some(engine.as_ref()), cancel: &cancel };
        let again = async |report: &Report| afterwards(&engine, report).await;
        at.locked(async || or_cancelled(&cancel, plan(&engine)).await, again).await
    })
}

/// The same on a cluster.
pub fn carry_out_on_cluster(
    options: &CarryOut<'_>,
    engine: impl AsyncFnOnce(Option<Duration>) -> Result<Cluster>,
    plan: impl AsyncFn(&Cluster) -> Result<Plan>,
) -> Result<Outcome> {
    run(async |cancel| {
        let timeout = options.consent.timeout.map(Duration::from_secs);
        let engine = or_cancelled(&cancel, engine(timeout)).await?;
        let at = At { options, engine: &engine, compose: None, cancel: &cancel };
        at.locked(async || or_cancelled(&cancel, plan(&engine)).await, async |_| Ok(None)).await
    })
}

/// A run at its place.
struct At<'a, E> {
    options: &'a CarryOut<'a>,
    engine: &'a E,
    /// The place of Compose, where monitoring is told who is away.
    compose: Option<&'a Compose>,
    cancel: &'a Cancel,
}

impl<E: Engine> At<'_, E> {
    async fn locked(
        &self,
        plan: impl AsyncFn() -> Result<Plan>,
        afterwards: impl AsyncFn(&Report) -> Result<Option<Plan>>,
    ) -> Result<Outcome> {
        let ui = &self.options.session.ui;
        let _lock = Lock::take(&Wanted {
            registry: &self.options.live.loaded.root,
            environment: &self.options.live.environment.name,
            command: self.options.command,
            timeout: Duration::from_secs(self.options.consent.lock_timeout),
            cancel: self.cancel,
            on_busy: &|holder| ui.note(format!("Waiting for {holder}.")),
        })
        .await?;
        for round in 0..TRIES {
            let current = plan().await?;
            if current.steps.is_empty() {
                self.finish(&current, &Report::default());
                return Ok(Outcome::DONE);
            }
            if !self.options.consent.json {
                ui.print(text(&current));
            }
            if round == 0 && !self.agreed()? {
                ui.note("Nothing was changed.");
                return Ok(Outcome::FINDINGS);
            }
            let report = self.one_run(&current, self.cancel).await;
            if let Some(back) = afterwards(&report).await? {
                self.go_back(&back).await;
                return Ok(self.finish(&current, &report));
            }
            let stale = !report.refused.is_empty() && report.failed.is_empty() && !report.cancelled;
            if !stale {
                return Ok(self.finish(&current, &report));
            }
            ui.note("The world changed since it was planned; planning again.");
        }
        Err(Error::new(Kind::Stale, "the world keeps changing under the plan")
            .hint("run the same command again"))
    }

    /// Carries out the way back; Ctrl-C does not end it half-way.
    async fn go_back(&self, back: &Plan) {
        let ui = &self.options.session.ui;
        ui.complain(text(back));
        let report = self.one_run(back, &Cancel::new()).await;
        match report.kind() {
            None => ui.complain("Everything is as it was before."),
            Some(_) => ui.complain(report_text(back, &report)),
        }
    }

    fn agreed(&self) -> Result<bool> {
        let ui = &self.options.session.ui;
        if self.options.consent.yes {
            return Ok(true);
        }
        let answer = match &self.options.question {
            Some((question, word)) => ui.confirm_by_typing(question, word)?,
            None => ui.confirm("Carry it out?")?,
        };
        Ok(answer == Answer::Yes)
    }

    async fn one_run(&self, plan: &Plan, cancel: &Cancel) -> Report {
        let ui = &self.options.session.ui;
        let live = self.options.live;
        let journal = Journal::begin(&live.loaded.root, &who(), self.options.command, plan);
        let progress = Progress::new(ui, plan, self.options.consent.json);
        let contents = live.contents();
        let on_event = |event| {
            journal.event(&event);
            progress.event(&event);
        };
        let run = Run {
            contents: &contents,
            cancel,
            at_once: usize::from(self.options.consent.parallel),
            on_event: &on_event,
        };
        self.tell_monitoring().await;
        let report = execute(self.engine, plan, &run).await;
        progress.end();
        self.tell_monitoring().await;
        if let Some(problem) = journal.end(&report) {
            ui.complain(format!("warning: the journal was not written: {problem}"));
        }
        report
    }

    /// What mounts the file needs it before it starts; afterwards it says who is away now.
    async fn tell_monitoring(&self) {
        let Some(compose) = self.compose else { return };
        if let Err(problem) = crate::away::tell_monitoring(self.options.live, compose).await {
            let message = format!("warning: monitoring was not told of maintenance: {problem}");
            self.options.session.ui.complain(message);
        }
    }

    fn finish(&self, plan: &Plan, report: &Report) -> Outcome {
        let ui = &self.options.session.ui;
        match (self.options.consent.json, plan.steps.is_empty()) {
            (true, _) => ui.json(&json!({"plan": plan, "report": report})),
            (false, true) => ui.print(text(plan)),
            (false, false) => ui.print(report_text(plan, report)),
        }
        report.kind().map_or(Outcome::DONE, |kind| Outcome::Code(kind.exit_code()))
    }
}

/// Who carries it out, for the journal: `user@host`.
pub fn who() -> String {
    let user = ["USER", "LOGNAME"].iter().find_map(|v| std::env::var(v).ok());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}@{}", user.unwrap_or_else(|| "unknown".to_owned()), host.trim())
}
