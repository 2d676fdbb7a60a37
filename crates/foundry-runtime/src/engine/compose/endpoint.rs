//! Which Docker Engine: the environment's `host`, `DOCKER_HOST`, the current context, the local socket, in this order.

use crate::error::{Error, Kind, Result, lower};
use crate::host::Address;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// The socket where nothing else is said.
pub(super) const LOCAL_SOCKET: &str = "/var/run/docker.sock";

/// How an engine is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A socket on this machine.
    Unix(String),
    /// Unencrypted TCP: `host:port`.
    Tcp(String),
    /// TCP with TLS: `host:port`, and the folder with `ca.pem`, `cert.pem` and `key.pem`.
    Tls(String, PathBuf),
    /// The engine of another machine, over SSH.
    Ssh(Address),
}

impl Endpoint {
    /// Chooses the engine. `variable` looks up this process' environment.
    ///
    /// # Errors
    /// `Usage` when an address is not understood, `Host` when the current context cannot be read.
    pub fn choose(host: Option<&str>, variable: &dyn Fn(&str) -> Option<String>) -> Result<Endpoint> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        if let Some(host) = host {
            return Endpoint::parse(host).map_err(|error| error.context("host in environments.yml"));
        }
        let config = set("DOCKER_CONFIG")
            .map(PathBuf::from)
            .or_else(|| set("HOME").map(|home| Path::new(&home).join(".docker")));
        if let Some(host) = set("DOCKER_HOST") {
            let endpoint = Endpoint::parse(&host).map_err(|error| error.context("DOCKER_HOST"))?;
            if set("DOCKER_TLS_VERIFY").is_none() {
                return Ok(endpoint);
            }
            let folder = set("DOCKER_CERT_PATH").map(PathBuf::from).or(config);
            return endpoint.with_certificates(folder.unwrap_or_default());
        }
        let Some(config) = config else { return Ok(Endpoint::Unix(LOCAL_SOCKET.to_string())) };
        let context = match set("DOCKER_CONTEXT") {
            Some(context) => Some(context),
            None => current_context(&config)?,
        };
        match context.as_deref() {
            None | Some("" | "default") => Ok(Endpoint::Unix(LOCAL_SOCKET.to_string())),
            Some(context) => of_context(&config, context),
        }
    }

    /// Reads an address in the form of `DOCKER_HOST`.
    ///
    /// # Errors
    /// `Usage` when its scheme is none of `unix`, `tcp`, `ssh`.
    pub fn parse(text: &str) -> Result<Endpoint> {
        match text.split_once("://") {
            Some(("unix", path)) if path.starts_with('/') => Ok(Endpoint::Unix(path.to_string())),
            Some(("tcp" | "http", place)) if !place.is_empty() => {
                Ok(Endpoint::Tcp(place.trim_end_matches('/').to_string()))
            }
            Some(("ssh", _)) => Address::parse(text).map(Endpoint::Ssh),
            _ => Err(Error::new(Kind::Usage, format!("{text} is no address of a Docker Engine"))
                .hint("write ssh://user@host, unix:///path/to/docker.sock or tcp://host:port")),
        }
    }

    /// The same engine over TLS where it is reached by TCP; sockets and SSH need none.
    fn with_certificates(self, folder: PathBuf) -> Result<Endpoint> {
        let Endpoint::Tcp(place) = self else { return Ok(self) };
        match ["ca.pem", "cert.pem", "key.pem"].iter().find(|name| !folder.join(name).is_file()) {
            None => Ok(Endpoint::Tls(place, folder)),
            Some(name) => {
                let message =
                    format!("there is no {} to reach {place} over TLS", folder.join(name).display());
                Err(Error::new(Kind::Usage, message)
                    .hint("name the folder with ca.pem, cert.pem and key.pem: DOCKER_CERT_PATH=…")
                    .hint("or use ssh://user@host"))
            }
        }
    }
}

fn read_json(path: &Path) -> Result<Option<serde_json::Value>> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        text => text.map_err(|error| Error::io("reading", path.display(), &error))?,
    };
    serde_json::from_str(&text).map(Some).map_err(|error| {
        Error::new(Kind::Host, format!("{} is no JSON: {}", path.display(), lower(&error.to_string())))
            .hint(format!("mend or remove {}", path.display()))
    })
}

fn current_context(config: &Path) -> Result<Option<String>> {
    let json = read_json(&config.join("config.json"))?;
    Ok(json.and_then(|json| json.get("currentContext")?.as_str().map(str::to_string)))
}

/// A context's description is kept in a folder named by the SHA-256 of the context's name.
fn of_context(config: &Path, context: &str) -> Result<Endpoint> {
    let folder: String = Sha256::digest(context).iter().map(|byte| format!("{byte:02x}")).collect();
    let json = read_json(&config.join("contexts/meta").join(&folder).join("meta.json"))?;
    let host = json.as_ref().and_then(|json| json.pointer("/Endpoints/docker/Host")?.as_str());
    let Some(host) = host else {
        return Err(Error::new(Kind::Host, format!("docker's current context {context} does not exist"))
            .hint("run docker context use default, or set DOCKER_HOST"));
    };
    let endpoint = Endpoint::parse(host)
        .map_err(|error| error.context(format!("docker's current context {context}")))?;
    let certificates = config.join("contexts/tls").join(&folder).join("docker");
    if certificates.is_dir() { endpoint.with_certificates(certificates) } else { Ok(endpoint) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(host: Option<&str>, set: &[(&str, &str)]) -> Result<Endpoint> {
        let variable =
            |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_string());
        Endpoint::choose(host, &variable)
    }

    fn unix(path: &str) -> Endpoint {
        Endpoint::Unix(path.to_string())
    }

    #[test]
    fn the_nearest_word_wins() {
        let env = [("DOCKER_HOST", "tcp://127.0.0.1:2375/"), ("HOME", "/nonexistent")];
        assert_eq!(choose(Some("unix:///run/a.sock"), &env).unwrap(), unix("/run/a.sock"));
        assert_eq!(choose(None, &env).unwrap(), Endpoint::Tcp("127.0.0.1:2375".to_string()));
        assert_eq!(choose(None, &env[1..]).unwrap(), unix(LOCAL_SOCKET));
        assert_eq!(choose(None, &[]).unwrap(), unix(LOCAL_SOCKET));
    }

    #[test]
    fn the_current_context_is_read_from_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path();
        std::fs::write(config.join("config.json"), r#"{"auths": {}, "currentContext": "pi"}"#).unwrap();
        let env = [("DOCKER_CONFIG", config.to_str().unwrap())];
        let error = choose(None, &env).unwrap_err();
        assert_eq!(error.message, "docker's current context pi does not exist");

        // What `printf pi | sha256sum` prints.
        let name = "85b42e1702877c851eb7412fe958c8fb447c3207b4798fadab42ea8539046ce1";
        let meta = config.join("contexts/meta").join(name);
        std::fs::create_dir_all(&meta).unwrap();
        std::fs::write(
            meta.join("meta.json"),
            r#"{"Name": "pi", "Endpoints": {"docker": {"Host": "ssh://pi@pi"}}}"#,
        )
        .unwrap();
        assert_eq!(choose(None, &env).unwrap(), Endpoint::Ssh(Address::parse("pi@pi").unwrap()));
        let other = [env[0], ("DOCKER_CONTEXT", "default")];
        assert_eq!(choose(None, &other).unwrap(), unix(LOCAL_SOCKET));
    }

    #[test]
    fn what_is_no_address_is_said_with_its_origin() {
        let error = choose(Some("pi.example.org"), &[]).unwrap_err();
        assert_eq!(
            error.message,
            "host in environments.yml: pi.example.org is no address of a Docker Engine"
        );
        let error = choose(None, &[("DOCKER_HOST", "fd://")]).unwrap_err();
        assert_eq!((error.kind.exit_code(), error.hints.len()), (2, 1));
        let error = choose(None, &[("DOCKER_HOST", "tcp://a:2376"), ("DOCKER_TLS_VERIFY", "1")]).unwrap_err();
        assert_eq!(error.message, "there is no ca.pem to reach a:2376 over TLS");

        let folder = tempfile::tempdir().unwrap();
        for name in ["ca.pem", "cert.pem", "key.pem"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let path = folder.path().to_str().unwrap();
        let set = |host| {
            choose(None, &[("DOCKER_HOST", host), ("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", path)])
        };
        assert_eq!(set("tcp://a:2376").unwrap(), Endpoint::Tls("a:2376".to_string(), folder.path().into()));
        assert_eq!(set("unix:///run/a.sock").unwrap(), unix("/run/a.sock"));
    }
}
