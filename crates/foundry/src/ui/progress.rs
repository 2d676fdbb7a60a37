//! What happens while a plan is carried out: live lines on a terminal, plain lines elsewhere.

use super::Ui;
use anstyle::AnsiColor;
use foundry_core::plan::{Plan, subject};
use foundry_runtime::Report;
use foundry_runtime::execute::Event;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::HashMap;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How often a live line is drawn again.
const TICK: Duration = Duration::from_millis(100);

/// Prints events of one run.
pub struct Progress<'a> {
    ui: &'a Ui,
    plan: &'a Plan,
    width: usize,
    silent: bool,
    bars: Option<MultiProgress>,
    running: Mutex<HashMap<usize, ProgressBar>>,
}

impl<'a> Progress<'a> {
    /// For one plan; `silent` prints nothing but failures.
    pub fn new(ui: &'a Ui, plan: &'a Plan, silent: bool) -> Progress<'a> {
        let live = !silent && !ui.quiet && std::io::stderr().is_terminal();
        let bars = live.then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10)));
        let width = plan.steps.iter().map(|s| subject(s).chars().count()).max().unwrap_or(0);
        Progress { ui, plan, width, silent, bars, running: Mutex::new(HashMap::new()) }
    }

    /// One thing happened.
    pub fn event(&self, event: &Event) {
        match event {
            Event::Started { step } => self.start(*step),
            Event::Progress { step, text } => self.on_bar(*step, |bar| bar.set_message(text.clone())),
            Event::Done { step, took } => {
                let mark = AnsiColor::Green.on_default();
                let name = self.name(*step);
                let width = self.width;
                self.line(
                    *step,
                    &format!("  {mark}✓{mark:#} {name:<width$}  {:.1}s", took.as_secs_f64()),
                    false,
                );
            }
            Event::Failed { step, error, log, .. } => {
                let mark = AnsiColor::Red.on_default();
                let mut text = format!("  {mark}✗{mark:#} {}  {error}", self.name(*step));
                log.iter().for_each(|line| text.push_str(&format!("\n      {line}")));
                error.hints.iter().for_each(|hint| text.push_str(&format!("\n      = help: {hint}")));
                self.line(*step, &text, true);
            }
            Event::Skipped { step, because } => {
                let names: Vec<String> = because.iter().map(|s| self.name(*s)).collect();
                let why = match names.is_empty() {
                    true => "the run was interrupted".to_owned(),
                    false => format!("it needs {}", names.join(", ")),
                };
                self.line(*step, &format!("  - {} was not started: {why}", self.name(*step)), true);
            }
            Event::Refused { step, what } => {
                self.line(*step, &format!("  - {} was refused: {what}", self.name(*step)), true);
            }
        }
    }

    /// Clears what is live.
    pub fn end(&self) {
        if let Some(bars) = &self.bars {
            let _ = bars.clear();
        }
    }

    fn name(&self, step: usize) -> String {
        self.plan.steps.get(step.wrapping_sub(1)).map(subject).unwrap_or_default()
    }

    fn start(&self, step: usize) {
        let Some(bars) = &self.bars else { return };
        let style = ProgressStyle::with_template("  {spinner} {prefix}  {wide_msg} {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = bars.add(ProgressBar::new_spinner().with_style(style).with_prefix(self.name(step)));
        bar.enable_steady_tick(TICK);
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(step, bar);
    }

    fn on_bar(&self, step: usize, act: impl FnOnce(&ProgressBar)) {
        if let Some(bar) = self.running.lock().unwrap_or_else(PoisonError::into_inner).get(&step) {
            act(bar);
        }
    }

    /// Prints a line for good, in the place of the live one.
    fn line(&self, step: usize, text: &str, important: bool) {
        let bar = self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&step);
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        let print = || if important { self.ui.complain(text) } else { self.ui.note(text) };
        match &self.bars {
            Some(bars) => bars.suspend(print),
            None if !self.silent || important => print(),
            None => {}
        }
    }
}

/// `9 done in 21.0 s.`, or what failed and what to do.
pub fn report_text(plan: &Plan, report: &Report) -> String {
    let seconds = report.took_ms as f64 / 1000.0;
    let mut parts = vec![format!("{} done", report.done.len())];
    if !report.failed.is_empty() {
        parts.push(format!("{} failed", report.failed.len()));
    }
    if !report.refused.is_empty() {
        parts.push(format!("{} refused", report.refused.len()));
    }
    if !report.not_started.is_empty() {
        parts.push(format!("{} not started", report.not_started.len()));
    }
    let complete = parts.len() == 1;
    let mut text = format!("{} in {seconds:.1} s.", parts.join(", "));
    if !complete {
        let done: Vec<String> =
            report.done.iter().filter_map(|d| plan.steps.get(d.step.wrapping_sub(1)).map(subject)).collect();
        if !done.is_empty() {
            text.push_str(&format!(" Done: {}.", done.join(", ")));
        }
        text.push_str(" Run the same command again after mending; it goes on from here.");
    }
    text
}
