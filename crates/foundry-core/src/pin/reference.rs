//! An image reference in its parts.

use crate::compose::tag;

/// `HOST/REPOSITORY:TAG@DIGEST`, as written and as a registry is asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// All of it, as written.
    pub written: String,
    /// What stands before the tag, as written.
    pub name: String,
    /// The registry's host, with a port where one is written; `docker.io` where none is.
    pub host: String,
    /// The repository as that registry knows it.
    pub repository: String,
    /// The tag.
    pub tag: Option<String>,
    /// The digest, `sha256:…`.
    pub digest: Option<String>,
}

impl Reference {
    /// Reads a reference; `None` when it is none, or an image's id.
    pub fn parse(written: &str) -> Option<Reference> {
        let (rest, digest) = match written.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.to_owned())),
            None => (written, None),
        };
        let tag = tag(rest).map(str::to_owned);
        let name = match &tag {
            Some(tag) => rest.strip_suffix(tag.as_str())?.strip_suffix(':')?,
            None => rest,
        };
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/".contains(c);
        // Only a first part that looks like a host is one.
        let (host, repository) = match name.split_once('/') {
            Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => (host, rest),
            _ => ("docker.io", name),
        };
        let is_digest =
            |digest: &String| digest.split_once(':').is_some_and(|(kind, hex)| is_word(kind) && is_word(hex));
        let is_tag = |tag: &String| is_word(tag);
        let part = |part: &str| part.starts_with(|c: char| c.is_ascii_alphanumeric());
        let sound = is_host(host)
            && repository.split('/').all(part)
            && repository.chars().all(allowed)
            && tag.as_ref().is_none_or(is_tag)
            && digest.as_ref().is_none_or(is_digest);
        if !sound || name == "sha256" {
            return None;
        }
        let host =
            if matches!(host, "index.docker.io" | "registry-1.docker.io") { "docker.io" } else { host };
        let official = host == "docker.io" && !repository.contains('/');
        let repository = if official { format!("library/{repository}") } else { repository.to_owned() };
        Some(Reference {
            written: written.to_owned(),
            name: name.to_owned(),
            host: host.to_owned(),
            repository,
            tag,
            digest,
        })
    }

    /// The same image with another tag and digest.
    pub fn with(&self, tag: &str, digest: Option<&str>) -> String {
        let digest = digest.map(|digest| format!("@{digest}")).unwrap_or_default();
        format!("{}:{tag}{digest}", self.name)
    }
}

/// What a tag may be.
fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

/// A name or address, with a port or without.
fn is_host(host: &str) -> bool {
    let begins = host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[');
    let port = host.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')).map(|(_, port)| port);
    begins
        && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c))
        && port.is_none_or(|port| port.parse::<u16>().is_ok())
}
