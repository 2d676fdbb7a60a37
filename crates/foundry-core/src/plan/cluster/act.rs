//! What a step does on a cluster: a closed set, beside the actions on a Compose place.

use super::Reference;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One thing to do on a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum Act {
    /// Apply an object on the server's side.
    Apply {
        /// The object; values of secrets are marks, filled in the moment of writing.
        object: Value,
        /// Whether it is new.
        create: bool,
        /// Whether fields that somebody else changed are taken over.
        force: bool,
        /// Whether the step lasts until the object is healthy.
        wait: bool,
    },
    /// Delete an object, wait until it is gone, and apply it anew: what it says cannot be changed in place.
    Replace {
        /// The object.
        object: Value,
        /// Whether the step lasts until the object is healthy.
        wait: bool,
    },
    /// Wait for an object that is on its way.
    Wait {
        /// The object.
        object: Reference,
    },
    /// Delete an object and wait until it is gone.
    Delete {
        /// The object.
        object: Reference,
    },
    /// Let a workload start its pods anew.
    Restart {
        /// The workload.
        object: Reference,
    },
}

impl Act {
    /// The object that it is about.
    ///
    /// # Panics
    /// When the object of a step is none, which planning rules out.
    pub fn object(&self) -> Reference {
        match self {
            Act::Apply { object, .. } | Act::Replace { object, .. } => {
                Reference::of(object).unwrap_or_else(|| panic!("a step without an object: {object}"))
            }
            Act::Wait { object } | Act::Delete { object } | Act::Restart { object } => object.clone(),
        }
    }

    /// What it is about, for the plan.
    pub fn subject(&self) -> String {
        self.object().to_string()
    }

    /// What it does, in one word.
    pub fn verb(&self) -> &'static str {
        match self {
            Act::Apply { create: true, .. } => "create",
            Act::Apply { .. } => "update",
            Act::Replace { .. } => "replace",
            Act::Wait { .. } => "wait",
            Act::Delete { .. } => "remove",
            Act::Restart { .. } => "restart",
        }
    }
}
