//! Logins of registries: what `docker login` keeps, and tokens for the questions of one run.

use super::http::{Client, is_loopback};
use crate::error::{Error, Kind, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use foundry_core::pin::Reference;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Under this name Docker keeps the login of Docker Hub.
const HUB: &str = "https://index.docker.io/v1/";

/// What is known of logins. Printing it shows none.
#[derive(Default)]
pub(super) struct Logins {
    /// Registry → `user:password`, base64.
    basic: HashMap<String, SecretString>,
    /// Registry and repository → the value of `Authorization`.
    tokens: Mutex<HashMap<(String, String), SecretString>>,
}

impl std::fmt::Debug for Logins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Logins({})", self.basic.len())
    }
}

impl Logins {
    /// Reads Docker's `config.json`. Credential helpers are not asked.
    pub fn read(variable: &dyn Fn(&str) -> Option<String>) -> Logins {
        let folder = variable("DOCKER_CONFIG")
            .map(PathBuf::from)
            .or_else(|| variable("HOME").map(|home| Path::new(&home).join(".docker")));
        let text = folder.and_then(|folder| std::fs::read_to_string(folder.join("config.json")).ok());
        let json: Value = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let auths = json.get("auths").and_then(Value::as_object).into_iter().flatten();
        let auths = auths.filter_map(|(host, entry)| {
            let auth = entry.get("auth")?.as_str().filter(|auth| !auth.is_empty())?;
            Some((host.clone(), SecretString::from(auth.to_owned())))
        });
        Logins { basic: auths.collect(), tokens: Mutex::default() }
    }

    /// The header's value that was good for this repository before.
    pub fn token(&self, image: &Reference) -> Option<SecretString> {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.get(&(image.host.clone(), image.repository.clone())).cloned()
    }

    /// What to answer to a registry that wants a login; `None` when there is nothing to answer.
    pub async fn answer(
        &self,
        client: &Client,
        image: &Reference,
        challenge: &str,
    ) -> Result<Option<SecretString>> {
        let basic = self.basic(&image.host);
        let value = match challenge.split_once(' ') {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => {
                Some(token(client, image, &parameters(rest), basic.as_ref()).await?)
            }
            Some((scheme, _)) if scheme.eq_ignore_ascii_case("basic") => basic,
            _ => None,
        };
        if let Some(value) = &value {
            let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
            tokens.insert((image.host.clone(), image.repository.clone()), value.clone());
        }
        Ok(value)
    }

    fn basic(&self, host: &str) -> Option<SecretString> {
        let names = match host {
            "docker.io" => vec![HUB.to_owned(), "docker.io".to_owned()],
            host => vec![host.to_owned(), format!("https://{host}")],
        };
        let auth = names.iter().find_map(|name| self.basic.get(name))?;
        // A value that is no base64 of `user:password` is none of Docker's.
        let decoded = STANDARD.decode(auth.expose_secret()).ok()?;
        decoded.contains(&b':').then(|| SecretString::from(format!("Basic {}", auth.expose_secret())))
    }
}

/// Asks the server that gives tokens for one to read this repository.
async fn token(
    client: &Client,
    image: &Reference,
    parameters: &HashMap<String, String>,
    basic: Option<&SecretString>,
) -> Result<SecretString> {
    let host = &image.host;
    let bad = |what: &str| Error::new(Kind::Unreachable, format!("{host} wants a login, and {what}"));
    let realm = parameters.get("realm").ok_or_else(|| bad("does not say where"))?;
    // A server elsewhere does not learn what is on this machine.
    let authority =
        realm.split("://").nth(1).and_then(|rest| rest.split(['/', '?']).next()).unwrap_or_default();
    if is_loopback(authority) && !is_loopback(host) {
        return Err(bad("sends us to this machine for it"));
    }
    let scope = format!("repository:{}:pull", image.repository);
    let service = parameters.get("service").map(|s| format!("&service={}", encoded(s))).unwrap_or_default();
    let separator = if realm.contains('?') { '&' } else { '?' };
    let url = format!("{realm}{separator}scope={}{service}", encoded(&scope));
    let answer = client.send("GET", &url, "application/json", basic).await?;
    if answer.status != 200 {
        let error = bad(&format!("{authority} gives no token ({})", answer.status));
        return Err(error.hint(format!("log in: docker login {host}")));
    }
    let json = answer.json(authority)?;
    let token = ["token", "access_token"].iter().find_map(|key| json.get(*key)?.as_str());
    let token = token.filter(|token| token.bytes().all(|b| b.is_ascii_graphic()));
    token.map(|token| SecretString::from(format!("Bearer {token}"))).ok_or_else(|| bad("gives no token"))
}

/// `realm="…",service="…"`; a comma inside quotes separates nothing.
fn parameters(text: &str) -> HashMap<String, String> {
    let mut out = HashMap::new();
    let mut rest = text.trim();
    while let Some((key, after)) = rest.split_once('=') {
        let (value, more) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(',').unwrap_or((after, "")),
        };
        out.insert(key.trim().to_ascii_lowercase(), value.to_owned());
        rest = more.trim_start_matches([',', ' ']);
    }
    out
}

/// Percent-encoding of everything that is not plain in a query.
fn encoded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/:".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::{encoded, parameters};

    #[test]
    fn a_challenge_is_taken_apart() {
        let found = parameters("realm=\"https://auth.example.org/token\",service=\"a, b\", scope=x,error=y");
        assert_eq!(found["realm"], "https://auth.example.org/token");
        assert_eq!(
            (found["service"].as_str(), found["scope"].as_str(), found["error"].as_str()),
            ("a, b", "x", "y")
        );
        assert!(parameters("").is_empty() && parameters("nothing").is_empty());
        assert_eq!(encoded("a b&c=d"), "a%20b%26c%3Dd");
    }
}
