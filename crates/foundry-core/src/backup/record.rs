//! What a snapshot says about itself: tags, and a manifest beside the data.

use super::dump::Dump;
use super::set::Set;
use serde::{Deserialize, Serialize};

/// The manifest's file, the last path of a snapshot.
pub(super) const FILE: &str = "foundry-backup.json";

/// Written into every snapshot, so that it can be restored where nothing else is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Form of this file: 1.
    pub version: u32,
    /// The domain.
    pub domain: String,
    /// The profile.
    pub profile: String,
    /// Volumes and paths, and where they were.
    pub sources: Vec<SavedSource>,
    /// Databases and the files of their dumps below `staging`.
    pub dumps: Vec<Dump>,
    /// The folder of dumps and of what the domain's script wrote; empty when there is none.
    pub staging: String,
    /// What the domain's script wrote, below `staging/script`: what its last line named, if it named something there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
}

/// A volume or path as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSource {
    /// Name of the volume, or the path as the registry has it.
    pub name: String,
    /// Whether it was a volume.
    pub volume: bool,
    /// Where it was on the host, and is in the snapshot.
    pub path: String,
    /// Whether a dump stands for its files.
    pub dumped: bool,
    /// Where the service had it.
    pub target: String,
}

impl Manifest {
    /// The manifest of a set whose sources have their paths.
    pub fn new(set: &Set, staging: &str, script: Option<String>) -> Manifest {
        let source = |s: &super::Source| SavedSource {
            name: s.name.clone(),
            volume: s.volume,
            path: s.path.clone(),
            dumped: s.dumped,
            target: s.target.clone(),
        };
        Manifest {
            version: 1,
            domain: set.domain.clone(),
            profile: set.profile.clone(),
            sources: set.sources.iter().map(source).collect(),
            dumps: set.dumps.clone(),
            staging: staging.to_owned(),
            script,
        }
    }

    /// The name of its file.
    pub fn file_name() -> &'static str {
        FILE
    }

    /// Where `file` in a container is on the host, as it was when saved: the source's number and the rest of the path.
    pub fn place_of(&self, file: &str) -> Option<(usize, String)> {
        let fitting = self.sources.iter().enumerate().filter_map(|(number, source)| {
            let rest = file.strip_prefix(source.target.as_str())?.strip_prefix('/')?;
            Some((number, rest.to_owned(), source.target.len()))
        });
        fitting.max_by_key(|(_, _, length)| *length).map(|(number, rest, _)| (number, rest))
    }
}

/// The tags of everything of ours in a repository, then those of the set.
pub fn tags(registry: &str, environment: &str, set: Option<(&str, &str)>) -> Vec<String> {
    let mut tags = vec!["foundry".to_owned(), format!("registry:{registry}"), format!("env:{environment}")];
    if let Some((domain, profile)) = set {
        tags.extend([format!("domain:{domain}"), format!("profile:{profile}")]);
    }
    tags
}
