//! Image registries, asked by the OCI distribution API: which tags a repository has, and what a tag means.

mod http;
mod login;

use crate::error::{Error, Kind, Result};
use foundry_core::pin::Reference;
use http::{Answer, Client};
use login::Logins;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// How many pages of tags are read.
const PAGES: usize = 500;

/// What a tag may mean: one image, or an index of one for each architecture.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json";

/// What a tag means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Digest of the index or, where there is none, of the manifest.
    pub digest: String,
    /// Architectures in Go's words, sorted; empty where nothing says so.
    pub architectures: Vec<String>,
}

/// The registries of the world.
#[derive(Debug)]
pub struct Registries {
    client: Client,
    logins: Logins,
}

impl Registries {
    /// With the logins that `docker login` keeps; `variable` looks up this process' environment.
    pub fn new(variable: &dyn Fn(&str) -> Option<String>) -> Registries {
        Registries { client: Client::new(), logins: Logins::read(variable) }
    }

    /// Every tag of an image's repository.
    ///
    /// # Errors
    /// `Unreachable` with what the registry said.
    pub async fn tags(&self, image: &Reference) -> Result<Vec<String>> {
        let mut url = format!("{}/v2/{}/tags/list?n=1000", base(&image.host), image.repository);
        let mut tags = Vec::new();
        for _ in 0..PAGES {
            let answer = self.ask(image, "GET", &url, "application/json").await?;
            if answer.status == 404 {
                return Err(unreachable(format!("{} has no repository {}", image.host, image.repository)));
            }
            let json: Value = answer.json(&image.host)?;
            let list = json.get("tags").and_then(Value::as_array).into_iter().flatten();
            tags.extend(list.filter_map(Value::as_str).map(str::to_owned));
            match answer.header("link").and_then(next_page) {
                Some(next) if next.starts_with('/') => url = format!("{}{next}", base(&image.host)),
                Some(next) if next.starts_with(&format!("{}/", base(&image.host))) => url = next.to_owned(),
                Some(_) => return Err(unreachable(format!("{} sends its next page elsewhere", image.host))),
                None => return Ok(tags),
            }
        }
        Err(unreachable(format!("{} has more tags than can be read", image.written)))
    }

    /// The digest of a tag; `None` when there is no such tag.
    ///
    /// # Errors
    /// `Unreachable` with what the registry said.
    pub async fn digest(&self, image: &Reference, tag: &str) -> Result<Option<String>> {
        let answer = self.ask(image, "HEAD", &manifest_url(image, tag), MANIFESTS).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        match answer.header("docker-content-digest").filter(|digest| is_digest(digest)) {
            Some(digest) => Ok(Some(digest.to_owned())),
            None => Ok(self.manifest(image, tag).await?.map(|(digest, _)| digest)),
        }
    }

    /// The digest and the architectures of a tag or digest; `None` when there is no such thing.
    ///
    /// # Errors
    /// `Unreachable` with what the registry said.
    pub async fn find(&self, image: &Reference, tag: &str) -> Result<Option<Found>> {
        let Some((digest, manifest)) = self.manifest(image, tag).await? else { return Ok(None) };
        let word = |value: &Value| value.as_str().filter(|w| *w != "unknown").map(str::to_owned);
        let mut architectures: Vec<String> = match manifest.get("manifests").and_then(Value::as_array) {
            Some(list) => list.iter().filter_map(|m| word(m.pointer("/platform/architecture")?)).collect(),
            None => self.configuration(image, &manifest).await?.iter().filter_map(word).collect(),
        };
        architectures.sort();
        architectures.dedup();
        Ok(Some(Found { digest, architectures }))
    }

    async fn manifest(&self, image: &Reference, tag: &str) -> Result<Option<(String, Value)>> {
        let answer = self.ask(image, "GET", &manifest_url(image, tag), MANIFESTS).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        let digest: String = Sha256::digest(&answer.body).iter().map(|b| format!("{b:02x}")).collect();
        let digest = format!("sha256:{digest}");
        let told = answer.header("docker-content-digest").filter(|d| d.starts_with("sha256:"));
        if told.is_some_and(|told| told != digest) || tag.starts_with("sha256:") && tag != digest {
            return Err(unreachable(format!(
                "what {} sends for {} has another digest",
                image.host, image.written
            )));
        }
        Ok(Some((digest, answer.json(&image.host)?)))
    }

    /// The architecture that an image's configuration names.
    async fn configuration(&self, image: &Reference, manifest: &Value) -> Result<Option<Value>> {
        let Some(digest) = manifest.pointer("/config/digest").and_then(Value::as_str) else {
            return Ok(None);
        };
        let url = format!("{}/v2/{}/blobs/{digest}", base(&image.host), image.repository);
        let answer = self.ask(image, "GET", &url, "*/*").await?;
        if answer.status == 404 {
            return Ok(None);
        }
        Ok(answer.json(&image.host)?.get("architecture").cloned())
    }

    /// One question, with the login that the registry wants. An answer is 200 or 404.
    async fn ask(&self, image: &Reference, method: &str, url: &str, accept: &str) -> Result<Answer> {
        let known = self.logins.token(image);
        let mut answer = self.client.send(method, url, accept, known.as_ref()).await?;
        if answer.status == 401 {
            let challenge = answer.header("www-authenticate").unwrap_or_default().to_owned();
            if let Some(token) = self.logins.answer(&self.client, image, &challenge).await? {
                answer = self.client.send(method, url, accept, Some(&token)).await?;
            }
        }
        let host = &image.host;
        match answer.status {
            200 | 404 => Ok(answer),
            401 | 403 => Err(unreachable(format!("{host} does not let us see {}", image.repository))
                .hint(format!("log in: docker login {host}"))),
            429 => {
                let when = answer.header("retry-after").map(|after| match after.parse::<u64>() {
                    Ok(seconds) => format!("; try again in {seconds} s"),
                    Err(_) => format!("; try again after {after}"),
                });
                Err(unreachable(format!("{host} has had too many questions{}", when.unwrap_or_default())))
            }
            status => Err(unreachable(format!("{host} answered {status}"))),
        }
    }
}

fn unreachable(message: String) -> Error {
    Error::new(Kind::Unreachable, message)
}

/// Where a registry is. Only loopback is asked without TLS.
fn base(host: &str) -> String {
    match host {
        "docker.io" => "https://registry-1.docker.io".to_owned(),
        host if http::is_loopback(host) => format!("http://{host}"),
        host => format!("https://{host}"),
    }
}

fn manifest_url(image: &Reference, tag: &str) -> String {
    format!("{}/v2/{}/manifests/{tag}", base(&image.host), image.repository)
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|d| d.len() == 64 && d.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// `</v2/…>; rel="next"`.
fn next_page(link: &str) -> Option<&str> {
    let (address, rest) = link.trim().strip_prefix('<')?.split_once('>')?;
    let rest = rest.replace(['"', ' '], "");
    rest.split(';').any(|part| part == "rel=next").then_some(address)
}

#[cfg(test)]
mod tests {
    use super::{base, next_page};

    #[test]
    fn the_next_page_is_a_link() {
        assert_eq!(
            next_page("</v2/a/tags/list?last=x&n=2>; rel=\"next\""),
            Some("/v2/a/tags/list?last=x&n=2")
        );
        assert_eq!(next_page("<https://r.example.org/v2/a>;rel=next"), Some("https://r.example.org/v2/a"));
        assert_eq!(next_page("</v2/a>; rel=\"prev\""), None);
    }

    #[test]
    fn only_loopback_goes_without_tls() {
        for host in ["127.0.0.1:5000", "localhost", "localhost:5000", "[::1]:5000"] {
            assert_eq!(base(host), format!("http://{host}"));
        }
        for host in
            ["registry.example.org", "10.0.0.1:5000", "localhost.example.org", "127.0.0.1.example.org"]
        {
            assert_eq!(base(host), format!("https://{host}"));
        }
    }
}
