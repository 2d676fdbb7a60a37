//! What a profile saves of a domain: sources, and what stands for them.

use super::dump::Dump;
use super::policy::{Policy, named};
use super::state::{State, covering, said, states, within};
use crate::compose::Project;
use crate::model::Domain;
use crate::render::Artifacts;
use serde::{Deserialize, Serialize};

/// Everything that goes into one snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Set {
    /// The domain.
    pub domain: String,
    /// The profile.
    pub profile: String,
    /// The repository as the policy names it; secrets are still `${NAME}`.
    pub repository: String,
    /// Volumes and host paths.
    pub sources: Vec<Source>,
    /// Databases that are dumped first.
    pub dumps: Vec<Dump>,
    /// Paths and patterns that are left out.
    pub exclude: Vec<String>,
}

/// A volume or a host path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Host path (`generated/…` beside the compose file), or name of the volume.
    pub name: String,
    /// Whether it is a named volume.
    pub volume: bool,
    /// Where the first service that mounts it has it.
    pub target: String,
    /// Where it is on the host; empty until the engine was asked.
    pub path: String,
    /// Whether a dump stands for its files: they are not saved, and a restore begins with an empty folder.
    pub dumped: bool,
}

impl Set {
    /// `volume data, /srv/ci`; what a dump stands for is named by the dump.
    pub fn words(&self) -> String {
        let word = |s: &Source| if s.volume { format!("volume {}", s.name) } else { s.name.clone() };
        let mut words: Vec<String> = self.sources.iter().filter(|s| !s.dumped).map(word).collect();
        words.extend(self.dumps.iter().map(|d| format!("dump of {} ({})", d.service, d.kind.word())));
        if words.is_empty() { "what its script writes".to_owned() } else { words.join(", ") }
    }
}

/// The sets of a domain, one for each profile that has something of it. `scripted`: it has a script of its own, so
/// that it has something to save even where no path says so.
pub fn sets(
    policy: &Policy,
    domain: &Domain,
    project: &Project,
    artifacts: &Artifacts,
    scripted: bool,
) -> Vec<Set> {
    let states = states(domain, project, artifacts);
    let mut out = Vec::new();
    for (number, profile) in policy.profiles.iter().enumerate() {
        let dumps: Vec<Dump> =
            profile.dumps.iter().filter(|d| d.domain == domain.name.value).cloned().collect();
        let mut sources: Vec<Source> = Vec::new();
        for state in &states {
            let dumped = state.is_database()
                && dumps.iter().any(|d| d.service == state.service && d.kind.replaces_files());
            // Whether a line names it or not: a restore reads the dump into an empty folder.
            let names = if dumped { vec![state.name.clone()] } else { saved(policy, number, state) };
            for name in names {
                if sources.iter().any(|s| s.name == name) {
                    continue;
                }
                sources.push(Source {
                    volume: state.volume.is_some(),
                    target: format!("{}{}", state.mount.target, name.strip_prefix(&state.name).unwrap_or("")),
                    name,
                    path: String::new(),
                    dumped,
                });
            }
        }
        if sources.is_empty() && dumps.is_empty() {
            continue;
        }
        out.push(set(policy, number, domain, sources, dumps));
    }
    if out.is_empty() && scripted && !policy.profiles.is_empty() {
        out.push(set(policy, 0, domain, Vec::new(), Vec::new()));
    }
    out
}

fn set(policy: &Policy, number: usize, domain: &Domain, sources: Vec<Source>, dumps: Vec<Dump>) -> Set {
    let profile = &policy.profiles[number];
    let below =
        |path: &&String| sources.iter().any(|s| !s.volume && s.name != **path && within(path, &s.name));
    let mut exclude: Vec<String> = policy.ephemeral.iter().filter(below).cloned().collect();
    exclude.extend(profile.exclude.iter().cloned());
    Set {
        domain: domain.name.value.clone(),
        profile: profile.name.value.clone(),
        repository: policy.repository_of(profile).map(|r| r.value.clone()).unwrap_or_default(),
        sources,
        dumps,
        exclude,
    }
}

/// What of a state the profile saves: all of it, or the parts that it names.
fn saved(policy: &Policy, number: usize, state: &State<'_>) -> Vec<String> {
    match said(state) {
        Some((true, _)) | Some((_, Some("none"))) => return Vec::new(),
        Some((_, Some(profile))) => {
            let here = policy.profiles[number].name.value == profile;
            return if here { vec![state.name.clone()] } else { Vec::new() };
        }
        _ => {}
    }
    let lines = || policy.include.iter().filter(|i| i.profile == number).map(|i| named(&i.path));
    let whole = lines().any(|path| within(&state.name, path) || state.volume.is_some_and(|key| key == path));
    if whole {
        // A line about a folder above does not win over one that says that this very path need not be saved.
        let exact = lines().any(|path| path.trim_end_matches('/') == state.name);
        let not = !exact && covering(state, &policy.not_saved).is_some();
        return if not { Vec::new() } else { vec![state.name.clone()] };
    }
    let parts = lines().filter(|path| state.volume.is_none() && within(path, &state.name));
    parts.map(|p| p.trim_end_matches('/').to_owned()).collect()
}
