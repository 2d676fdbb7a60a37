//! Where events go: the log, the webhook, the counters.

use crate::session::Session;
use foundry_core::drift::{Event, Item, Report};
use foundry_runtime::clock;
use foundry_runtime::error::{Error, Kind};
use foundry_runtime::watch::{Metrics, Webhook};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Tells what happens.
pub struct Teller<'a> {
    session: &'a Session,
    environment: String,
    metrics: Metrics,
    webhook: Option<Webhook>,
    json: bool,
}

/// Something about watching itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It begins.
    Started,
    /// It ends.
    Stopped,
    /// The engine does not answer any more.
    EngineGone,
    /// It answers again.
    EngineBack,
    /// The registry's files cannot be read or rendered.
    RegistryInvalid,
    /// They can again.
    RegistryValid,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            State::Started => "started",
            State::Stopped => "stopped",
            State::EngineGone => "engine-gone",
            State::EngineBack => "engine-back",
            State::RegistryInvalid => "registry-invalid",
            State::RegistryValid => "registry-valid",
        }
    }
}

impl<'a> Teller<'a> {
    /// On a terminal lines to read, unless JSON is asked for.
    pub fn new(
        session: &'a Session,
        environment: &str,
        metrics: Metrics,
        webhook: Option<Webhook>,
        json: bool,
    ) -> Teller<'a> {
        let json = json || !session.ui.is_terminal();
        Teller { session, environment: environment.to_owned(), metrics, webhook, json }
    }

    /// The environment that is watched.
    pub fn environment(&self) -> &str {
        &self.environment
    }

    /// Something differs, or does not any more.
    pub fn event(&self, event: &Event) {
        let Item { kind, domain, subject, causes, accept, deploy, .. } = event.item();
        let fields = json!({
            "kind": kind, "domain": domain, "subject": subject, "causes": causes, "accept": accept, "deploy": deploy,
        });
        let text = format!("{:<8} {:<8} {subject}  {}", event.word(), kind.word(), causes.join("; "));
        self.tell(event.word(), fields, &text);
    }

    /// Something about watching itself.
    pub fn state(&self, state: State, message: &str) {
        let text = format!("{:<8} {message}", state.word());
        self.tell(state.word(), json!({"message": message}), text.trim_end());
    }

    /// What a look found, for the metrics.
    pub fn looked(&self, report: &Report, domains: &[String]) {
        self.metrics.looked(report, domains);
    }

    /// Whether the engine answers, for the metrics.
    pub fn engine(&self, up: bool) {
        self.metrics.engine(up);
    }

    fn tell(&self, word: &'static str, fields: Value, text: &str) {
        self.metrics.event(word);
        let time = clock::now_utc();
        let mut line = Map::new();
        line.insert("time".into(), time.clone().into());
        line.insert("event".into(), word.into());
        line.insert("environment".into(), self.environment.clone().into());
        line.extend(fields.as_object().cloned().unwrap_or_default());
        let line = Value::Object(line).to_string();
        match self.json {
            true => self.session.ui.print(&line),
            false => self.session.ui.print(format!("{time}  {text}")),
        }
        if let Some(webhook) = &self.webhook {
            webhook.send(line);
        }
    }

    /// Lets what waits for the webhook go out, for so long at most.
    pub async fn end(&mut self, limit: Duration) {
        if let Some(webhook) = self.webhook.take() {
            webhook.end(limit).await;
        }
    }
}

/// An option that is not understood.
pub fn usage(message: String) -> Error {
    Error::new(Kind::Usage, format!("--webhook: {message}"))
}
