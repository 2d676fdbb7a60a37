//! Finds the engine, opens the way to it, and agrees on a version of its API.

use super::endpoint::Endpoint;
use super::place::Layout;
use super::{Compose, problem, project};
use crate::Redactor;
use crate::error::{Error, Kind, Result};
use crate::host::{Host, SshOptions};
use bollard::{API_DEFAULT_VERSION, Docker};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long one answer of the engine may take, in seconds; stopping a container may take long.
const ANSWER: u64 = 120;

/// How a place is reached and where its files are.
#[derive(Debug, Clone)]
pub struct Options {
    /// The environment's `host`, if it has one.
    pub host: Option<String>,
    /// Where the rendered files are.
    pub layout: Layout,
    /// The generated folder when the engine turns out to be on another machine, be it by `DOCKER_HOST` or the
    /// current context; the layout's own where nothing is said.
    pub remote_generated: Option<PathBuf>,
    /// Knows the secret values that no output may contain.
    pub redactor: Redactor,
    /// How long a service may take to get as far as its step wants; from its health check where nothing is said.
    pub timeout: Option<Duration>,
    /// How `ssh` is called.
    pub ssh: SshOptions,
}

impl Options {
    /// A place with this layout and no special wishes.
    pub fn new(layout: Layout) -> Self {
        Options {
            host: None,
            layout,
            remote_generated: None,
            redactor: Redactor::default(),
            timeout: None,
            ssh: SshOptions::from_env(),
        }
    }
}

impl Compose {
    /// Opens the connection that the options and this process' environment ask for.
    ///
    /// # Errors
    /// `Usage` when an address is not understood, `Unreachable` when the host or the engine does not answer.
    pub async fn connect(options: Options) -> Result<Compose> {
        let endpoint = Endpoint::choose(options.host.as_deref(), &|name| std::env::var(name).ok())?;
        Compose::connect_to(&endpoint, options).await
    }

    /// Opens the connection to one engine.
    ///
    /// # Errors
    /// `Unreachable` when the host or the engine does not answer.
    pub async fn connect_to(endpoint: &Endpoint, options: Options) -> Result<Compose> {
        let Options { mut layout, remote_generated, redactor, timeout, ssh, .. } = options;
        let program = tokio::sync::OnceCell::new();
        let mut certificates = None;
        let (docker, host, address) = match endpoint {
            Endpoint::Unix(path) => (unix(path, path, None).await?, Host::Local, format!("unix://{path}")),
            Endpoint::Tcp(place) => (tcp(place).await?, Host::Local, format!("tcp://{place}")),
            Endpoint::Tls(place, folder) => {
                certificates = Some(folder.clone());
                (tls(place, folder).await?, Host::Local, format!("tcp://{place}"))
            }
            Endpoint::Ssh(address) => {
                let host = Host::connect(address, &ssh).await?;
                let found = project::find(&host).await?;
                layout.generated = Path::new(&found.home).join(remote_generated.unwrap_or(layout.generated));
                let Host::Ssh(ssh) = &host else {
                    return Err(Error::new(Kind::Internal, "a connection over ssh is none"));
                };
                let local = ssh.private("docker.sock");
                ssh.forward(&local, &found.socket).await?;
                if let Some(words) = found.program {
                    // The cell is new, so it is empty.
                    let _ = program.set(words);
                }
                let local = local.to_string_lossy();
                let docker = unix(&local, &found.socket, Some(&host)).await?;
                (docker, host, format!("unix://{}", found.socket))
            }
        };
        layout.generated = std::path::absolute(&layout.generated)
            .map_err(|error| Error::io("finding", layout.generated.display(), &error))?;
        Ok(Compose { docker, host, address, certificates, program, layout, redactor, timeout })
    }
}

async fn unix(path: &str, socket: &str, host: Option<&Host>) -> Result<Docker> {
    let place = host.map_or_else(|| socket.to_string(), |host| format!("{} ({socket})", host.name()));
    let failed = |error: &_| problem::unreachable(&place, Some(socket), host.is_none(), error);
    let docker =
        Docker::connect_with_unix(path, ANSWER, API_DEFAULT_VERSION).map_err(|error| failed(&error))?;
    docker.negotiate_version().await.map(with_version).map_err(|error| failed(&error))
}

async fn tcp(place: &str) -> Result<Docker> {
    let failed = |error: &_| problem::unreachable(place, None, false, error);
    let docker =
        Docker::connect_with_http(place, ANSWER, API_DEFAULT_VERSION).map_err(|error| failed(&error))?;
    docker.negotiate_version().await.map(with_version).map_err(|error| failed(&error))
}

async fn tls(place: &str, folder: &Path) -> Result<Docker> {
    let failed = |error: &_| problem::unreachable(place, None, false, error);
    let [key, cert, ca] = ["key.pem", "cert.pem", "ca.pem"].map(|name| folder.join(name));
    let docker = Docker::connect_with_ssl(place, &key, &cert, &ca, ANSWER, API_DEFAULT_VERSION)
        .map_err(|error| failed(&error))?;
    docker.negotiate_version().await.map(with_version).map_err(|error| failed(&error))
}

/// Puts the version before each path. The library (0.21) negotiates it and then leaves it out, and an engine that
/// is newer than we are would answer in the newest form it has.
fn with_version(docker: Docker) -> Docker {
    let version = docker.client_version();
    let prefix = format!("/v{}.{}", version.major_version, version.minor_version);
    docker.with_request_modifier(move |mut request| {
        let mut parts = request.uri().clone().into_parts();
        let path = parts.path_and_query.as_ref().map_or("/", |path| path.as_str());
        if !path.starts_with("/v1.") {
            parts.path_and_query = format!("{prefix}{path}").parse().ok();
        }
        if let Ok(uri) = parts.try_into() {
            *request.uri_mut() = uri;
        }
        request
    })
}
