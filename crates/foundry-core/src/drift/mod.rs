//! The three drifts, told apart: metadata against the registry, rendered files against what they should be, and what
//! runs against what was rendered.

mod follow;
mod live;
mod metadata;
mod rendered;
mod since;
mod text;
mod values;
mod ways;

pub use follow::{Event, Follower, Timing};
pub use since::{Happened, since};
pub use text::text;
pub use values::values;

use crate::model::Registry;
use crate::plan::{Desired, Maintenance, Observed};
use serde::Serialize;

/// What differs from what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The registry and the committed metadata.
    Metadata,
    /// The rendered files at the place and what would be rendered now.
    Rendered,
    /// What runs and the rendered files.
    Live,
}

impl Kind {
    /// The word for tables and labels.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Metadata => "metadata",
            Kind::Rendered => "rendered",
            Kind::Live => "live",
        }
    }
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// What differs from what.
    pub kind: Kind,
    /// The domain.
    pub domain: String,
    /// What it is about: `domains/web/metadata.yml`, `generated/web/page.html`, `web/web`, `network x`.
    pub subject: String,
    /// What differs, as in plans: `memory 32 MiB → 64 MiB`. Names of variables only, never their values.
    pub causes: Vec<String>,
    /// With `--explain`: each field, as found and as wanted. Values that look secret are masked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// With `--explain`: since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Since>,
    /// How to take it over into the registry.
    pub accept: Vec<String>,
    /// The command that makes it as declared.
    pub deploy: String,
    /// Containers that it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub containers: Vec<String>,
    /// File, and line where one is known, in which the registry says otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

impl Item {
    /// What makes it the same difference when it is seen again.
    pub fn key(&self) -> String {
        format!("{} {} {}", self.kind.word(), self.domain, self.subject)
    }
}

/// One field of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Its name: `memory`, `environment.GREETING`, `ports.http`.
    pub name: String,
    /// As it is; `None` where there is none.
    pub found: Option<String>,
    /// As it should be; `None` where there should be none.
    pub wanted: Option<String>,
}

/// A time, and what happened then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Since {
    /// RFC 3339.
    pub time: String,
    /// `container was updated`, `commit 1a2b3c4`.
    pub what: String,
}

/// A place in the registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Path below the registry's root.
    pub file: String,
    /// 1-based; 0 where the whole file is meant.
    pub line: u32,
}

/// Everything that is compared.
pub struct Input<'a> {
    /// The registry, for metadata.
    pub registry: &'a Registry,
    /// What is wanted.
    pub desired: &'a Desired,
    /// The same as far as it was rendered: projects and digests of the files at the place.
    pub rendered: &'a Desired,
    /// What is there.
    pub observed: &'a Observed,
    /// The time, RFC 3339 in UTC and whole seconds: what is in maintenance then does not drift.
    pub now: &'a str,
}

/// What differs at one place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The environment.
    pub environment: String,
    /// Where.
    pub place: String,
    /// The differences, by kind, domain and subject.
    pub drift: Vec<Item>,
    /// Selected domains that were never brought to the place: nothing of them can drift.
    pub absent: Vec<String>,
    /// What is ours at the place and declared nowhere.
    pub orphans: Vec<String>,
    /// Domains that are meant to be away: that they do not run is no difference.
    pub maintenance: Vec<Maintenance>,
}

/// Compares everything about the selected domains.
pub fn drift(input: &Input<'_>) -> Report {
    let Input { desired, observed, .. } = input;
    let absent: Vec<String> = desired
        .domains
        .iter()
        .filter(|d| desired.selected.contains(&d.name) && !d.external && !live::was_here(input, d))
        .map(|d| d.name.clone())
        .collect();
    let mut items = metadata::compare(input.registry, desired);
    for domain in desired.domains.iter().filter(|d| desired.selected.contains(&d.name) && !d.external) {
        if !absent.contains(&domain.name) {
            items.extend(rendered::compare(input, domain));
        }
    }
    let (plan, findings) = crate::plan::compare(desired, observed);
    items.extend(live::compare(input, &plan, &absent));
    items.extend(live::networks(desired, &findings));
    let mut maintenance = crate::plan::maintenance(desired, observed);
    maintenance.retain(|m| m.is_active(input.now) && desired.selected.contains(&m.domain));
    items.retain(|i| i.kind != Kind::Live || !maintenance.iter().any(|m| m.domain == i.domain));
    items.sort_by(|a, b| (a.kind, &a.domain, &a.subject).cmp(&(b.kind, &b.domain, &b.subject)));
    let (environment, place) = (desired.environment.clone(), desired.place.clone());
    Report { environment, place, drift: items, absent, orphans: plan.orphans, maintenance }
}
