//! Image references: one spelling for each, so that what is wanted and what is there can be compared.

/// The reference as Docker shows it: no `docker.io/library/`, `:latest` where nothing is said, and where there is a
/// digest no tag.
pub fn familiar(reference: &str) -> String {
    let (name, digest) = match reference.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (reference, None),
    };
    let (repository, tag) = split(name);
    let repository = repository
        .strip_prefix("index.docker.io/")
        .or_else(|| repository.strip_prefix("docker.io/"))
        .unwrap_or(repository);
    let repository = repository.strip_prefix("library/").unwrap_or(repository);
    match digest {
        Some(digest) => format!("{repository}@{digest}"),
        None => format!("{repository}:{}", tag.unwrap_or("latest")),
    }
}

/// The reference for people: a digest or bare id is cut to 12 digits.
pub fn shorten(reference: &str) -> String {
    match reference.rfind("sha256:") {
        Some(at) => reference.chars().take(reference[..at].chars().count() + 7 + 12).collect(),
        None => reference.to_owned(),
    }
}

/// The repository that a reference is in, as Docker shows it: no tag, no digest, no `docker.io/library/`.
pub fn repository(reference: &str) -> String {
    let name = reference.split_once('@').map_or(reference, |(name, _)| name);
    let familiar = familiar(split(name).0);
    split(&familiar).0.to_owned()
}

/// The tag of a reference.
pub fn tag(reference: &str) -> Option<&str> {
    split(reference.split_once('@').map_or(reference, |(name, _)| name)).1
}

/// A colon after the last slash begins the tag; one before it is a registry's port.
fn split(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (name, None),
    }
}
