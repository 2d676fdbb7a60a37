//! The loop: waits for a sign, lets it settle, looks, tells; holds still while another run works.

use super::tell::{State, Teller};
use crate::drifting::look;
use crate::live::Live;
use crate::scope::{DomainScope, EnvScope};
use crate::session::Session;
use foundry_core::drift::{Follower, Happened, Report, Timing};
use foundry_runtime::Cancel;
use foundry_runtime::engine::compose::Compose;
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::watch::{Files, stillness};
use futures_util::StreamExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

/// Signs that come one after the other are one, until this long after the first.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// How often the lock is looked at while another run holds it.
const WHILE_BUSY: Duration = Duration::from_secs(1);
/// What nobody tells (files on another machine) is found after this long at the latest.
const WITHOUT_SIGN: Duration = Duration::from_secs(15 * 60);
/// The longest pause between two tries to reach the engine.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Looks on.
pub struct Lookout<'a> {
    session: &'a Session,
    domains: &'a DomainScope,
    scope: &'a EnvScope,
    root: PathBuf,
    environment: String,
    /// Tells what happens.
    pub teller: Teller<'a>,
    follower: Follower,
    settle: Duration,
    began: Instant,
    valid: bool,
    engine_up: bool,
}

/// How a stretch of following ended.
enum End {
    Cancelled,
    /// The engine or the way to it is gone.
    Lost(Error),
}

impl<'a> Lookout<'a> {
    /// For the chosen domains of one environment.
    pub fn new(
        session: &'a Session,
        domains: &'a DomainScope,
        scope: &'a EnvScope,
        root: &Path,
        teller: Teller<'a>,
        timing: Timing,
    ) -> Lookout<'a> {
        Lookout {
            session,
            domains,
            scope,
            root: root.to_path_buf(),
            environment: teller.environment().to_owned(),
            teller,
            follower: Follower::new(timing),
            settle: Duration::from_millis(timing.settle),
            began: Instant::now(),
            valid: true,
            engine_up: true,
        }
    }

    /// Reads the registry as it is now. The scope is fresh each time: an opened vault is not kept.
    fn read(&self) -> Result<(Live, Vec<String>)> {
        Live::new(self.session, &self.scope.clone(), |l, e| self.domains.choose_or_all(l, e), false)
    }

    /// One look; what differs is told at once.
    pub async fn once(&mut self) -> Result<()> {
        let (live, chosen) = self.read()?;
        let engine = live.connect(None).await?;
        let report = look(&live, &engine, &chosen, false).await?;
        report.drift.iter().for_each(|item| {
            self.teller.event(&foundry_core::drift::Event::Drift(item.clone()));
        });
        Ok(())
    }

    /// Looks on until the flag is raised.
    pub async fn follow(&mut self, cancel: &Cancel) -> Result<()> {
        // What is wrong at the beginning is an error, not an event: a unit that cannot work has to fail.
        let (live, _) = self.read()?;
        let mut engine = Some(live.connect(None).await?);
        let changed = Arc::new(Notify::new());
        let mut files = Files::follow(&self.root, changed.clone())?;
        self.teller.state(State::Started, &format!("watching {}", live.environment.name));
        let mut pause = Duration::from_secs(1);
        loop {
            let lost = match engine.take() {
                Some(engine) => match self.with_engine(&engine, &mut files, &changed, cancel).await {
                    End::Cancelled => break,
                    End::Lost(error) => {
                        pause = Duration::from_secs(1);
                        error
                    }
                },
                None => {
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        () = cancel.cancelled() => break,
                    }
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    match self.connect().await {
                        Ok(found) => {
                            engine = Some(found);
                            continue;
                        }
                        Err(error) => error,
                    }
                }
            };
            self.engine_is(false, &lost.message);
        }
        self.teller.state(State::Stopped, "");
        Ok(())
    }

    async fn connect(&self) -> Result<Compose> {
        let (live, _) = self.read()?;
        live.connect(None).await
    }

    fn engine_is(&mut self, up: bool, message: &str) {
        self.teller.engine(up);
        if self.engine_up != up {
            self.engine_up = up;
            self.teller.state(if up { State::EngineBack } else { State::EngineGone }, message);
        }
    }

    async fn with_engine(
        &mut self,
        engine: &Compose,
        files: &mut Files,
        changed: &Notify,
        cancel: &Cancel,
    ) -> End {
        let mut events = std::pin::pin!(engine.follow());
        let Ok(mut hangup) = signal(SignalKind::hangup()) else { return End::Cancelled };
        // The first look needs no sign.
        let mut first_sign = Some(Instant::now());
        let mut at = Instant::now();
        loop {
            let sign = tokio::select! {
                () = cancel.cancelled() => return End::Cancelled,
                () = changed.notified() => true,
                _ = hangup.recv() => true,
                event = events.next() => match event {
                    Some(Ok(event)) => matters(&event),
                    Some(Err(error)) => return End::Lost(error),
                    None => return End::Lost(Error::new(Kind::Engine, "the engine ended the connection")),
                },
                () = tokio::time::sleep_until(at.into()) => {
                    match self.look(engine, files).await {
                        Err(error) => return End::Lost(error),
                        Ok(next) => {
                            first_sign = None;
                            at = Instant::now() + next;
                        }
                    }
                    false
                }
            };
            if sign {
                let first = *first_sign.get_or_insert_with(Instant::now);
                at = (Instant::now() + self.settle / 2).min(first + LONGEST_WAIT);
            }
        }
    }

    /// Looks, tells, and says after which time to look again.
    async fn look(&mut self, engine: &Compose, files: &mut Files) -> Result<Duration> {
        let before = stillness(&self.root, &self.environment);
        if before.busy {
            return Ok(WHILE_BUSY);
        }
        files.renew()?;
        let Some((live, chosen)) = self.read_or_tell() else { return Ok(WITHOUT_SIGN) };
        let report = look(&live, engine, &chosen, false).await?;
        self.engine_is(true, "");
        // A run that came and went meanwhile: what was seen is neither before nor after it.
        if !stillness(&self.root, &self.environment).since(&before) {
            return Ok(WHILE_BUSY);
        }
        self.tell(&report, &chosen);
        let now = self.now();
        let due = self.follower.due().map(|due| Duration::from_millis(due.saturating_sub(now) + 1));
        let over = report.maintenance.iter().filter_map(|m| foundry_runtime::clock::seconds(&m.until)).min();
        let over = over
            .map(|end| Duration::from_secs(end.saturating_sub(foundry_runtime::clock::now_seconds()) + 1));
        Ok([due, over].into_iter().flatten().min().unwrap_or(WITHOUT_SIGN).min(WITHOUT_SIGN))
    }

    fn tell(&mut self, report: &Report, chosen: &[String]) {
        self.teller.looked(report, chosen);
        let now = self.now();
        for event in self.follower.look(report, now) {
            self.teller.event(&event);
        }
    }

    /// The registry, or nothing while its files are wrong, which is told once.
    fn read_or_tell(&mut self) -> Option<(Live, Vec<String>)> {
        let read = self.read();
        if self.valid != read.is_ok() {
            self.valid = read.is_ok();
            match &read {
                Ok(_) => self.teller.state(State::RegistryValid, ""),
                Err(error) => self.teller.state(State::RegistryInvalid, &error.message),
            }
        }
        read.ok()
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Whether an event of the engine may change what a look finds. Health checks and what is run inside containers do not.
fn matters(event: &Happened) -> bool {
    const IDLE: [&str; 10] = [
        "exec_create",
        "exec_start",
        "exec_die",
        "exec_detach",
        "top",
        "attach",
        "detach",
        "resize",
        "mount",
        "unmount",
    ];
    !IDLE.contains(&event.action.as_str())
}
