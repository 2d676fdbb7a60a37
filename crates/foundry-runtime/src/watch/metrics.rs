//! Prometheus metrics over HTTP: one page, bounded connections, nothing secret.

use crate::Cancel;
use crate::error::{Error, Result};
use foundry_core::drift::{Kind, Report};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// How many are answered at once; others wait.
const AT_ONCE: usize = 8;
/// How long a client may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest head of a request that is read.
const LONGEST: usize = 8 * 1024;

/// What is measured; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Metrics(Arc<Mutex<Values>>);

#[derive(Debug, Default)]
struct Values {
    environment: String,
    registry: String,
    engine_up: bool,
    last_look: u64,
    looks: u64,
    drift: BTreeMap<(String, &'static str), usize>,
    away: BTreeMap<String, u64>,
    events: BTreeMap<&'static str, u64>,
    webhook: BTreeMap<&'static str, u64>,
}

impl Metrics {
    /// Nothing measured yet.
    pub fn new(registry: &str, environment: &str) -> Metrics {
        let metrics = Metrics::default();
        metrics.with(|values| {
            values.registry = registry.to_owned();
            values.environment = environment.to_owned();
        });
        metrics
    }

    /// After a look: what differs for the domains, which are `domains`.
    pub fn looked(&self, report: &Report, domains: &[String]) {
        self.with(|values| {
            values.looks += 1;
            values.last_look = crate::clock::now_seconds();
            values.drift = domains
                .iter()
                .flat_map(|d| {
                    [Kind::Metadata, Kind::Rendered, Kind::Live].map(|k| ((d.clone(), k.word()), 0))
                })
                .collect();
            for item in &report.drift {
                *values.drift.entry((item.domain.clone(), item.kind.word())).or_default() += 1;
            }
            let until = |m: &foundry_core::plan::Maintenance| {
                Some((m.domain.clone(), crate::clock::seconds(&m.until)?))
            };
            values.away = report.maintenance.iter().filter_map(until).collect();
        });
    }

    /// Whether the engine answers.
    pub fn engine(&self, up: bool) {
        self.with(|values| values.engine_up = up);
    }

    /// One event more.
    pub fn event(&self, word: &'static str) {
        self.with(|values| *values.events.entry(word).or_default() += 1);
    }

    /// One delivery to the webhook more: `sent`, `failed` or `dropped`.
    pub fn webhook(&self, how: &'static str) {
        self.with(|values| *values.webhook.entry(how).or_default() += 1);
    }

    /// The page.
    pub fn text(&self) -> String {
        self.with(|values| values.text())
    }

    fn with<R>(&self, act: impl FnOnce(&mut Values) -> R) -> R {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Values {
    fn text(&self) -> String {
        let mut out = String::new();
        let whose =
            format!("environment=\"{}\",registry=\"{}\"", label(&self.environment), label(&self.registry));
        let mut family = |name: &str, kind: &str, help: &str, series: Vec<(String, u64)>| {
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
            for (labels, value) in series {
                let comma = if labels.is_empty() { "" } else { "," };
                let _ = writeln!(out, "{name}{{{labels}{comma}{whose}}} {value}");
            }
        };
        let one = |value: u64| vec![(String::new(), value)];
        let drift = self.drift.iter().map(|((domain, kind), count)| {
            (format!("domain=\"{}\",kind=\"{kind}\"", label(domain)), *count as u64)
        });
        family("foundry_drift", "gauge", "Differences of a domain, by kind.", drift.collect());
        let away = self.away.iter().map(|(domain, until)| (format!("domain=\"{}\"", label(domain)), *until));
        let help = "Time until which a domain is meant to be away.";
        family("foundry_maintenance_until_timestamp_seconds", "gauge", help, away.collect());
        family(
            "foundry_watch_engine_up",
            "gauge",
            "Whether the engine answers.",
            one(u64::from(self.engine_up)),
        );
        family(
            "foundry_watch_last_look_timestamp_seconds",
            "gauge",
            "Time of the last look.",
            one(self.last_look),
        );
        family("foundry_watch_looks_total", "counter", "How often was looked.", one(self.looks));
        let events = self.events.iter().map(|(word, count)| (format!("event=\"{word}\""), *count));
        family("foundry_watch_events_total", "counter", "Events that were told.", events.collect());
        let sent = self.webhook.iter().map(|(how, count)| (format!("result=\"{how}\""), *count));
        family("foundry_watch_webhook_total", "counter", "Deliveries to the webhook.", sent.collect());
        out
    }
}

fn label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Answers `GET /metrics` at `address` until the flag is raised; gives the address that it really has.
///
/// # Errors
/// `Host` when the address cannot be listened on.
pub async fn serve(address: SocketAddr, metrics: Metrics, cancel: Cancel) -> Result<SocketAddr> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        Error::io("listening for metrics on", address, &error).hint("choose another address with --metrics")
    })?;
    let bound = listener.local_addr().map_err(|error| Error::io("listening on", address, &error))?;
    tokio::spawn(async move {
        let room = Arc::new(Semaphore::new(AT_ONCE));
        loop {
            let Ok(permit) = room.clone().acquire_owned().await else { return };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = cancel.cancelled() => return,
            };
            match accepted {
                Ok((stream, _)) => {
                    let metrics = metrics.clone();
                    tokio::spawn(async move {
                        // Whoever asks slowly or goes away concerns nobody else.
                        let _ = tokio::time::timeout(PATIENCE, answer(stream, &metrics)).await;
                        drop(permit);
                    });
                }
                // Out of file descriptors, most likely: it passes.
                Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        }
    });
    Ok(bound)
}

async fn answer(mut stream: TcpStream, metrics: &Metrics) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut part = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = stream.read(&mut part).await?;
        if count == 0 || head.len() > LONGEST {
            return Ok(());
        }
        head.extend_from_slice(&part[..count]);
    }
    let first = head.split(|b| *b == b'\r').next().unwrap_or_default();
    let first = String::from_utf8_lossy(first);
    let mut words = first.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = path.split('?').next().unwrap_or_default();
    let (status, body) = match (method, path) {
        ("GET" | "HEAD", "/metrics") => ("200 OK", metrics.text()),
        ("GET" | "HEAD", _) => ("404 Not Found", "the metrics are at /metrics\n".to_owned()),
        _ => ("405 Method Not Allowed", "only GET\n".to_owned()),
    };
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let body = if method == "HEAD" { "" } else { &body };
    stream.write_all(format!("{head}{body}").as_bytes()).await?;
    stream.shutdown().await
}
