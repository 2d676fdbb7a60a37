//! What the Docker Engine or the way to it answers, as an error with a way out.

use crate::error::{Error, Kind, lower};
use bollard::errors::Error as Docker;

/// Whether the engine says that there is no such object.
pub(super) fn is_absent(error: &Docker) -> bool {
    matches!(error, Docker::DockerResponseServerError { status_code: 404, .. })
}

/// Something did not work: `action` says what, as in "creating network web".
pub(super) fn engine(action: &str, error: &Docker) -> Error {
    match error {
        Docker::DockerResponseServerError { message, .. } => {
            Error::new(Kind::Engine, format!("{action}: {}", lower(message)))
        }
        Docker::JsonDataError { message, .. } => {
            Error::new(Kind::Engine, format!("{action}: the engine's answer is not understood: {message}"))
        }
        other => Error::new(Kind::Unreachable, format!("{action}: {}", root(other)))
            .hint("check that the Docker Engine still runs, then run the same command again"),
    }
}

/// The engine at `place` cannot be reached at all. `local` says that it is on this machine.
pub(super) fn unreachable(place: &str, socket: Option<&str>, local: bool, error: &Docker) -> Error {
    let reason = root(error);
    let message = format!("no Docker Engine answers at {place}: {reason}");
    let error = Error::new(Kind::Unreachable, message);
    if reason.contains("permission denied") {
        let whose = if local { "$USER" } else { "the login" };
        return error.hint(format!(
            "add {whose} to the group of {}: sudo usermod -aG docker {whose}, then log in anew",
            socket.unwrap_or("the socket")
        ));
    }
    match socket {
        Some(_) if local => error
            .hint("start it: sudo systemctl start docker")
            .hint("install it: foundry bootstrap, or see https://docs.docker.com/engine/install/"),
        Some(_) => error.hint("start it on that machine: sudo systemctl start docker"),
        None => error.hint("check the address and that the engine listens there"),
    }
}

/// The innermost cause: the outer ones only say that a client could not send a request.
fn root(error: &Docker) -> String {
    if let Docker::SocketNotFoundError(path) = error {
        return format!("there is no socket {path}");
    }
    let mut inner: &dyn std::error::Error = error;
    while let Some(next) = inner.source() {
        inner = next;
    }
    lower(&inner.to_string())
}
