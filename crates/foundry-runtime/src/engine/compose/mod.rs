//! Docker Compose on one Docker Engine: observed through its API, changed through `docker compose` and the API.

mod apply;
mod config;
mod connect;
mod distribution;
mod endpoint;
mod events;
mod expect;
mod facts;
mod inspect;
mod logs;
mod observe;
mod place;
mod problem;
mod project;
mod scratch;
mod wait;

pub use config::{Sources, Values};
pub use connect::Options;
pub use distribution::RemoteImage;
pub use endpoint::Endpoint;
pub use logs::{LogLine, LogOptions};
pub use observe::Scope;
pub use place::{Contents, Layout};
pub use scratch::Mountpoint;

use crate::host::Host;
use crate::{Cancel, Error, Redactor};
use bollard::Docker;
use std::time::Duration;

/// A connection to one place.
#[derive(Debug)]
pub struct Compose {
    docker: Docker,
    /// Where the files are and where `docker compose` runs.
    host: Host,
    /// The engine's address as that host sees it.
    address: String,
    /// The folder with the client's certificate, where the engine is reached over TLS.
    certificates: Option<std::path::PathBuf>,
    /// The words that start Compose; looked for when it is first needed.
    program: tokio::sync::OnceCell<Vec<String>>,
    layout: Layout,
    redactor: Redactor,
    timeout: Option<Duration>,
}

/// Why a step failed: the error, and what the container or the program said last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What happened.
    pub error: Error,
    /// The last lines of the container's log or of the program's output, without secrets.
    pub log: Vec<String>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure { error, log: Vec::new() }
    }
}

/// What accompanies a running action.
#[derive(Clone, Copy)]
pub struct During<'a> {
    /// Contents of the files that `Action::WriteFiles` names.
    pub contents: &'a Contents,
    /// Raised when the run shall end.
    pub cancel: &'a Cancel,
    /// Called with what is going on, one fragment at a time.
    pub progress: &'a (dyn Fn(String) + Send + Sync),
}

impl AsRef<Compose> for Compose {
    fn as_ref(&self) -> &Compose {
        self
    }
}

impl Compose {
    /// The place's name for people.
    pub fn place(&self) -> String {
        match &self.host {
            Host::Local if self.address.starts_with("unix:") => self.host.name(),
            Host::Local => self.address.clone(),
            Host::Ssh(_) => self.host.name(),
        }
    }

    /// The machine where the files are.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Where the files are on that machine.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }
}
