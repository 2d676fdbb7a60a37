//! What an API server or the way to it answers, as an error with a way out.

use crate::error::{Error, Kind, lower};
use kube::Error as Kube;
use kube::core::Status;

/// Something did not work: `action` says what, as in "reading deployments".
pub(super) fn of(action: &str, context: &str, error: &Kube) -> Error {
    match error {
        Kube::Api(status) => refused(action, context, status),
        Kube::Auth(auth) => credentials(action, context, auth),
        Kube::SerdeError(_) => Error::new(
            Kind::Engine,
            format!("{action}: what answers is no API server of Kubernetes, or a proxy before it"),
        )
        .hint("check the cluster's address in the kubeconfig"),
        other => unreachable(action, &root(other)),
    }
}

/// No answer in time.
pub(super) fn late(action: &str, seconds: u64) -> Error {
    Error::new(Kind::Unreachable, format!("{action}: no answer within {seconds} s"))
        .hint("check that the cluster is up, then run the same command again")
}

fn refused(action: &str, context: &str, status: &Status) -> Error {
    let said = first_line(&status.message);
    match status.code {
        401 => Error::new(
            Kind::Engine,
            format!("{action}: the cluster does not accept the credentials of context {context}"),
        )
        .hint("log in to the cluster anew, or renew the token or certificate in the kubeconfig")
        .hint("name another one with `context:` in config-registry/env/environments.yml"),
        // The server's own sentence names user, verb, resource and namespace.
        403 if said.contains("cannot ") => Error::new(Kind::Engine, format!("{action}: {}", lower(said)))
            .hint("give that user the right by a Role or ClusterRole, or use another context"),
        _ if said.is_empty() => Error::new(Kind::Engine, format!("{action}: answered with {}", status.code)),
        _ => Error::new(Kind::Engine, format!("{action}: {}", lower(said))),
    }
}

/// What a program for credentials prints may hold some, so none of it is shown.
fn credentials(action: &str, context: &str, error: &kube::client::AuthError) -> Error {
    use kube::client::AuthError;
    let said = match error {
        AuthError::AuthExecRun { out, .. } => format!("its program ended with {}", out.status),
        AuthError::AuthExecStart(error) => {
            format!("its program does not start: {}", lower(&error.to_string()))
        }
        AuthError::ReadTokenFile(error, path) => {
            format!("{}: {}", path.display(), lower(&error.to_string()))
        }
        AuthError::AuthExecParse(_) | AuthError::AuthExec(_) | AuthError::ExecPluginFailed => {
            "its program answers with something else than credentials".to_owned()
        }
        _ => "they are not understood".to_owned(),
    };
    Error::new(Kind::Engine, format!("{action}: getting the credentials of context {context}: {said}"))
        .hint("run `kubectl get namespaces` with the same kubeconfig and mend what it says")
}

fn unreachable(action: &str, reason: &str) -> Error {
    let error = Error::new(Kind::Unreachable, format!("{action}: {reason}"));
    if ["certificate", "UnknownIssuer", "handshake"].iter().any(|word| reason.contains(word)) {
        return error
            .hint("compare `certificate-authority` and the address in the kubeconfig with the cluster's");
    }
    error.hint("check that the cluster is up and the address in the kubeconfig is right, then run the same command again")
}

/// The innermost cause: the outer ones only say that a client could not send a request.
pub(super) fn root(error: &dyn std::error::Error) -> String {
    let mut inner = error;
    while let Some(next) = inner.source() {
        inner = next;
    }
    lower(first_line(&inner.to_string()))
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default().trim()
}
