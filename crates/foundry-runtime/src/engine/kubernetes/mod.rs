//! A Kubernetes cluster through its API server: observed by reading and by dry runs, changed by server-side apply.

mod call;
mod connect;
mod fill;
mod inputs;
mod kinds;
mod observe;
mod perform;
mod pods;
mod problem;
mod wait;

pub use call::{Answer, Apply, Refusal};
pub use connect::Options;
pub use fill::Values;
pub use inputs::InputChange;
pub use kinds::{Kind, Kinds};

use crate::Redactor;
use kube::Client;
use std::time::Duration;
use tokio::sync::OnceCell;

/// The field manager of what Foundry itself applies.
pub const MANAGER: &str = "foundry";

/// A connection to one cluster.
pub struct Cluster {
    client: Client,
    /// Address of the API server.
    address: String,
    /// The context of the kubeconfig that was used.
    context: String,
    /// How long one answer may take.
    limit: Duration,
    /// What the cluster serves; asked for when it is first needed.
    kinds: OnceCell<Kinds>,
    redactor: Redactor,
    /// What goes into Secrets.
    values: Values,
    /// How long an object may take to become healthy or to go.
    timeout: Option<Duration>,
}

impl Cluster {
    /// The cluster's name for people: its context and its address.
    pub fn place(&self) -> String {
        format!("{} at {}", self.context, self.address)
    }

    /// Knows the secret values that no output may contain.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// How long an object may take to become healthy or to go; from its kind where nothing is said.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster").field("address", &self.address).field("context", &self.context).finish()
    }
}
