//! Shows a plan, asks, takes the lock, carries it out and says what came of it. The same for every command that changes.

use crate::command::deploy::Limits;
use crate::live::Live;
use crate::session::Session;
use crate::ui::{Answer, Outcome, Progress, report_text};
use foundry_core::plan::{Plan, text};
use foundry_runtime::engine::compose::Compose;
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::execute::{Run, execute};
use foundry_runtime::journal::Journal;
use foundry_runtime::lock::{Lock, Wanted};
use foundry_runtime::{Cancel, Report};
use serde_json::json;

/// How often a plan is made anew when the world changes under it.
const TRIES: usize = 3;

/// What a run needs.
pub struct CarryOut<'a> {
    /// Where to print.
    pub session: &'a Session,
    /// The registry.
    pub live: &'a Live,
    /// The engine.
    pub engine: &'a Compose,
    /// Raised by Ctrl-C.
    pub cancel: &'a Cancel,
    /// The command as typed, for the journal and for whoever waits for the lock.
    pub command: &'a str,
    /// Do not ask.
    pub yes: bool,
    /// Print JSON.
    pub json: bool,
    /// Limits of time and number.
    pub limits: &'a Limits,
    /// A word that has to be typed instead of a yes, with the question.
    pub question: Option<(String, String)>,
}

/// Plans under the lock, shows, asks and carries out; plans again when a step was refused.
pub async fn carry_out(options: &CarryOut<'_>, plan: impl AsyncFn() -> Result<Plan>) -> Result<Outcome> {
    let ui = &options.session.ui;
    let _lock = Lock::take(&Wanted {
        registry: &options.live.loaded.root,
        environment: &options.live.environment.name,
        command: options.command,
        timeout: options.limits.lock_timeout(),
        cancel: options.cancel,
        on_busy: &|holder| ui.note(format!("Waiting for {holder}.")),
    })
    .await?;
    let mut asked: Option<Plan> = None;
    for _ in 0..TRIES {
        let current = plan().await?;
        if current.steps.is_empty() {
            return Ok(nothing_to_do(options, &current));
        }
        if !options.json {
            ui.print(text(&current));
        }
        if asked.is_none() && !agreed(options)? {
            ui.note("Nothing was changed.");
            return Ok(Outcome::FINDINGS);
        }
        let report = one_run(options, &current).await;
        let stale = !report.refused.is_empty() && report.failed.is_empty() && !report.cancelled;
        if !stale {
            return Ok(finish(options, &current, &report));
        }
        for refused in &report.refused {
            ui.complain(format!("step {} was refused: {}", refused.step, refused.what));
        }
        ui.note("The world changed since it was planned; planning again.");
        asked = Some(current);
    }
    Err(Error::new(Kind::Stale, "the world keeps changing under the plan").hint("run the same command again"))
}

fn agreed(options: &CarryOut<'_>) -> Result<bool> {
    let ui = &options.session.ui;
    if options.yes {
        return Ok(true);
    }
    let answer = match &options.question {
        Some((question, word)) => ui.confirm_by_typing(question, word)?,
        None => ui.confirm("Carry it out?")?,
    };
    Ok(answer == Answer::Yes)
}

async fn one_run(options: &CarryOut<'_>, plan: &Plan) -> Report {
    let ui = &options.session.ui;
    let root = &options.live.loaded.root;
    let journal = Journal::begin(root, &who(), options.command, plan);
    let progress = Progress::new(ui, plan, options.json);
    let contents = options.live.contents();
    let on_event = |event| {
        journal.event(&event);
        progress.event(&event);
    };
    let run = Run {
        contents: &contents,
        cancel: options.cancel,
        at_once: options.limits.parallel(),
        on_event: &on_event,
    };
    let report = execute(options.engine, plan, &run).await;
    progress.end();
    if let Some(problem) = journal.end(&report) {
        ui.complain(format!("warning: the journal was not written: {problem}"));
    }
    report
}

fn nothing_to_do(options: &CarryOut<'_>, plan: &Plan) -> Outcome {
    match options.json {
        true => options.session.ui.json(&json!({"plan": plan, "report": Report::default()})),
        false => options.session.ui.print(text(plan)),
    }
    Outcome::DONE
}

fn finish(options: &CarryOut<'_>, plan: &Plan, report: &Report) -> Outcome {
    let ui = &options.session.ui;
    match options.json {
        true => ui.json(&json!({"plan": plan, "report": report})),
        false => ui.print(report_text(plan, report)),
    }
    report.kind().map_or(Outcome::DONE, |kind| Outcome::Code(kind.exit_code()))
}

/// Who carries it out, for the journal: `user@host`.
fn who() -> String {
    let user = ["USER", "LOGNAME"].iter().find_map(|v| std::env::var(v).ok());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}@{}", user.unwrap_or_else(|| "unknown".to_owned()), host.trim())
}
