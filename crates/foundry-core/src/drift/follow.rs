//! From one look after the other to events: one for each change, none for what comes and goes, never a storm.

use super::{Item, Report};
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};

/// When something is told; all in milliseconds of any clock that only goes forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// How long a difference has to be the same before it is told.
    pub settle: u64,
    /// Within which time changes of one thing are counted.
    pub window: u64,
    /// How many changes within it are told one by one.
    pub most: usize,
}

impl Default for Timing {
    fn default() -> Self {
        Timing { settle: 2_000, window: 600_000, most: 6 }
    }
}

/// How many differences are followed at once; more are counted and not followed.
const MOST_FOLLOWED: usize = 10_000;

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// Something differs that did not.
    Drift(Item),
    /// It differs otherwise than before.
    Changed(Item),
    /// It does not differ any more.
    Resolved(Item),
    /// It changed so often that it is told again only when it keeps still.
    Flapping(Item),
}

impl Event {
    /// The word that stands for it in logs and metrics.
    pub fn word(&self) -> &'static str {
        match self {
            Event::Drift(_) => "drift",
            Event::Changed(_) => "changed",
            Event::Resolved(_) => "resolved",
            Event::Flapping(_) => "flapping",
        }
    }

    /// What it is about.
    pub fn item(&self) -> &Item {
        match self {
            Event::Drift(item) | Event::Changed(item) | Event::Resolved(item) | Event::Flapping(item) => item,
        }
    }
}

/// One thing that differs, differed, or is about to.
#[derive(Debug)]
struct Followed {
    /// What was told last; `None` while nothing is told.
    told: Option<Item>,
    /// What was seen last, and since when it is so; `None`: it does not differ.
    seen: Option<Item>,
    since: u64,
    /// Times of the last events, `Timing::most` at most.
    times: VecDeque<u64>,
    /// Whether it flaps: then it is told when it has kept still for the window.
    held: bool,
}

/// Remembers what was told.
#[derive(Debug, Default)]
pub struct Follower {
    timing: Timing,
    all: BTreeMap<String, Followed>,
    /// Differences that are not followed because there are too many.
    pub surplus: usize,
}

impl Follower {
    /// Nothing told yet.
    pub fn new(timing: Timing) -> Follower {
        Follower { timing, ..Follower::default() }
    }

    /// What is to be told after a look at `now`.
    pub fn look(&mut self, report: &Report, now: u64) -> Vec<Event> {
        let mut found: BTreeMap<String, &Item> = BTreeMap::new();
        for item in &report.drift {
            found.entry(item.key()).or_insert(item);
        }
        for (key, followed) in &mut self.all {
            followed.see(found.remove(key), now);
        }
        let room = MOST_FOLLOWED.saturating_sub(self.all.len());
        self.surplus = found.len().saturating_sub(room);
        for (key, item) in found.into_iter().take(room) {
            let seen = Some(item.clone());
            let new = Followed { told: None, seen, since: now, times: VecDeque::new(), held: false };
            self.all.insert(key, new);
        }
        let timing = self.timing;
        let events = self.all.values_mut().filter_map(|followed| followed.tell(now, timing)).collect();
        self.all.retain(|_, followed| !followed.is_forgotten(now, timing));
        events
    }

    /// When to look again although nothing happens: something is seen and not told yet.
    pub fn due(&self) -> Option<u64> {
        self.all.values().filter(|f| !f.is_told()).map(|f| f.since + f.patience(self.timing)).min()
    }

    /// How many things are remembered.
    pub fn followed(&self) -> usize {
        self.all.len()
    }
}

impl Followed {
    fn see(&mut self, item: Option<&Item>, now: u64) {
        if !same(self.seen.as_ref(), item) {
            self.seen = item.cloned();
            self.since = now;
        }
    }

    fn is_told(&self) -> bool {
        same(self.told.as_ref(), self.seen.as_ref())
    }

    fn patience(&self, timing: Timing) -> u64 {
        if self.held { timing.window } else { timing.settle }
    }

    fn tell(&mut self, now: u64, timing: Timing) -> Option<Event> {
        if self.held && now.saturating_sub(self.since) >= timing.window {
            self.held = false;
            self.times.clear();
        }
        if self.is_told() || self.held || now.saturating_sub(self.since) < timing.settle {
            return None;
        }
        while self.times.front().is_some_and(|time| now.saturating_sub(*time) > timing.window) {
            self.times.pop_front();
        }
        if self.times.len() >= timing.most {
            self.held = true;
            return self.seen.clone().or_else(|| self.told.clone()).map(Event::Flapping);
        }
        self.times.push_back(now);
        let before = std::mem::replace(&mut self.told, self.seen.clone());
        match (before, self.seen.clone()) {
            (None, Some(item)) => Some(Event::Drift(item)),
            (Some(_), Some(item)) => Some(Event::Changed(item)),
            (Some(item), None) => Some(Event::Resolved(item)),
            (None, None) => None,
        }
    }

    /// What neither differs nor was told a short while ago needs not be remembered.
    fn is_forgotten(&self, now: u64, timing: Timing) -> bool {
        let old = self.times.back().is_none_or(|time| now.saturating_sub(*time) > timing.window);
        self.told.is_none() && self.seen.is_none() && old && !self.held
    }
}

/// Whether two looks saw the same difference; times and ways out are no difference.
fn same(a: Option<&Item>, b: Option<&Item>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.causes == b.causes && a.key() == b.key(),
        (a, b) => a.is_none() && b.is_none(),
    }
}

#[cfg(test)]
#[path = "follow_tests.rs"]
mod tests;
