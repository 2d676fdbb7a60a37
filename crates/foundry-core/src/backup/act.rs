//! What a step about backups does: a closed set, beside the actions on the engine.

use super::dump::Dump;
use super::marker::Marker;
use super::set::Set;
use serde::{Deserialize, Serialize};

/// A program of the registry that runs at the place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// Path below the registry.
    pub path: String,
    /// The profile that it is run for.
    pub profile: String,
}

/// One folder or file that a restore replaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Where it is on the host.
    pub path: String,
    /// Where it is in the snapshot.
    pub from: String,
    /// Whether it begins empty, because a dump stands for it.
    pub empty: bool,
    /// Whether there was something before.
    pub had: bool,
}

impl Piece {
    /// Where what was there is kept until the domain is healthy again.
    pub fn aside(&self) -> String {
        format!("{}.foundry-aside", self.path)
    }

    /// Where the restored data waits to be put in its place.
    pub fn fetched(&self) -> String {
        format!("{}.foundry-restored", self.path)
    }
}

/// One thing to do about a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum Act {
    /// Make the repository.
    Init {
        /// As the policy names it.
        repository: String,
    },
    /// Run a program before or after, at the place.
    Run {
        /// The program.
        script: Script,
        /// Whether it is the domain's own, which writes into the staging folder.
        writes: bool,
    },
    /// Dump a database into the staging folder.
    Dump {
        /// The profile.
        profile: String,
        /// The database.
        dump: Dump,
        /// Id of its container.
        container: String,
        /// Where an SQLite file is on the host.
        file: Option<String>,
    },
    /// Write a snapshot.
    Save {
        /// What goes into it.
        set: Set,
    },
    /// Remove the staging folder.
    Tidy {
        /// The profile.
        profile: String,
    },
    /// Check the repository's structure.
    Check {
        /// As the policy names it.
        repository: String,
    },
    /// Restore a whole snapshot into a folder and compare it with what the snapshot says.
    Fetch {
        /// As the policy names it.
        repository: String,
        /// The snapshot.
        snapshot: String,
        /// The folder.
        folder: String,
    },
    /// Restore the pieces beside what they will replace.
    Prepare {
        /// As the policy names it.
        repository: String,
        /// What to do, kept for a run that ends early.
        marker: Marker,
    },
    /// Move the old data aside and the restored data into its place.
    Swap {
        /// What to do.
        marker: Marker,
    },
    /// Read a dump into a service that runs on an empty database.
    Load {
        /// The database.
        dump: Dump,
        /// Its Compose project.
        project: String,
        /// The file on the host.
        file: String,
    },
    /// Run the domain's own `restore.sh` with what its `backup.sh` wrote.
    Restore {
        /// Path below the registry.
        script: String,
        /// The folder on the host.
        folder: String,
    },
    /// Remove the old data.
    Settle {
        /// What was done.
        marker: Marker,
    },
    /// Put the old data back.
    PutBack {
        /// What was done.
        marker: Marker,
    },
    /// Write into the repository that a restore of the snapshot was proved.
    Record {
        /// As the policy names it.
        repository: String,
        /// The snapshot.
        snapshot: String,
    },
    /// Remove a scratch project and its folder.
    TearDown {
        /// The Compose project.
        project: String,
        /// The folder.
        folder: String,
    },
    /// Remove snapshots, and the records about them.
    Forget {
        /// As the policy names it.
        repository: String,
        /// Their ids.
        snapshots: Vec<String>,
    },
    /// Remove what no snapshot needs from the repository.
    Prune {
        /// As the policy names it.
        repository: String,
    },
}

impl Act {
    /// What it is about, for the plan.
    pub fn subject(&self, domain: &str) -> String {
        match self {
            Act::Init { repository } | Act::Check { repository } | Act::Prune { repository } => {
                format!("repository {repository}")
            }
            Act::Run { script, .. } => script.path.clone(),
            Act::Dump { dump, .. } | Act::Load { dump, .. } => {
                format!("database of {domain}/{}", dump.service)
            }
            Act::Save { set } => format!("{domain} ({})", set.profile),
            Act::Tidy { profile } => format!("staging of {domain} ({profile})"),
            Act::Fetch { snapshot, .. } | Act::Record { snapshot, .. } => {
                format!("snapshot {} of {domain}", short(snapshot))
            }
            Act::Prepare { marker, .. } => format!("snapshot {} of {domain}", short(&marker.snapshot)),
            Act::Swap { .. } => format!("data of {domain}"),
            Act::Settle { .. } | Act::PutBack { .. } => format!("old data of {domain}"),
            Act::Restore { script, .. } => script.clone(),
            Act::TearDown { project, .. } => format!("scratch project {project}"),
            Act::Forget { snapshots, .. } => match snapshots.as_slice() {
                [one] => format!("snapshot {} of {domain}", short(one)),
                all => format!("{} snapshots of {domain}", all.len()),
            },
        }
    }

    /// What it does, in one word.
    pub fn verb(&self) -> &'static str {
        match self {
            Act::Init { .. } => "create",
            Act::Run { .. } | Act::Restore { .. } => "run",
            Act::Dump { .. } => "dump",
            Act::Save { .. } => "save",
            Act::Tidy { .. } | Act::TearDown { .. } | Act::Settle { .. } => "remove",
            Act::Check { .. } => "check",
            Act::Fetch { .. } | Act::Prepare { .. } => "fetch",
            Act::Swap { .. } => "replace",
            Act::Load { .. } => "load",
            Act::PutBack { .. } => "put back",
            Act::Record { .. } => "record",
            Act::Forget { .. } => "forget",
            Act::Prune { .. } => "prune",
        }
    }
}

fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}
