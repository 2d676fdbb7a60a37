//! Where an image reference is written: in keys of env files, in a template, or in parts of both.

use super::Reference;

/// One change of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// A key of the env layers gets another value.
    Env {
        /// The key.
        key: String,
        /// Its new value.
        value: String,
    },
    /// A text in the domain's Compose template becomes another one.
    Template {
        /// The text.
        old: String,
        /// What stands there then.
        new: String,
    },
}

/// Ways to make `image` say `tag` and `digest`, the likeliest first. Each has to be tried: only rendering tells whether
/// it has this effect and no other. `values` are the keys that no secret takes part in, as they are written.
pub fn proposals(
    image: &Reference,
    tag: &str,
    digest: Option<&str>,
    values: &[(&str, &str)],
) -> Vec<Vec<Edit>> {
    let new = image.with(tag, digest);
    let mut out: Vec<Vec<Edit>> = Vec::new();
    for key in set_to(values, &image.written) {
        out.push(vec![env(key, &new)]);
    }
    out.push(vec![Edit::Template { old: image.written.clone(), new }]);
    // The digest has a place of its own when there is one; otherwise it goes behind the tag.
    let own_place = match (&image.digest, digest) {
        (Some(old), Some(new)) => digest_places(values, old, new),
        _ => Vec::new(),
    };
    let bare = image.with(tag, None);
    let old_bare = image.tag.as_ref().map(|tag| format!("{}:{tag}", image.name));
    for place in &own_place {
        for key in old_bare.iter().flat_map(|old| set_to(values, old)) {
            out.push(vec![env(key, &bare), place.clone()]);
        }
    }
    if let Some(old) = &image.tag {
        parts(&mut out, old, tag, &image.digest, digest, values, &own_place);
    }
    out
}

/// The tag, or a part of it, in a key.
fn parts(
    out: &mut Vec<Vec<Edit>>,
    old: &str,
    new: &str,
    old_digest: &Option<String>,
    digest: Option<&str>,
    values: &[(&str, &str)],
    own_place: &[Edit],
) {
    let behind = |tag: &str, digest: Option<&str>| match digest {
        Some(digest) => format!("{tag}@{digest}"),
        None => tag.to_owned(),
    };
    for key in set_to(values, &behind(old, old_digest.as_deref())) {
        out.push(vec![env(key, &behind(new, digest))]);
    }
    for place in own_place {
        out.extend(set_to(values, old).map(|key| vec![env(key, new), place.clone()]));
        if old == new {
            out.push(vec![place.clone()]);
        }
    }
    for (key, value) in values.iter().filter(|(_, value)| value.len() > 1 && old != *value) {
        let Some((before, after)) = old.split_once(value) else { continue };
        let Some(middle) = new.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)) else {
            continue;
        };
        match (own_place, digest) {
            ([], Some(_)) => {}
            ([], None) => out.push(vec![env(key, middle)]),
            (places, _) => out.extend(places.iter().map(|place| vec![env(key, middle), place.clone()])),
        }
    }
}

fn digest_places(values: &[(&str, &str)], old: &str, new: &str) -> Vec<Edit> {
    let mut places: Vec<Edit> = set_to(values, old).map(|key| env(key, new)).collect();
    places.extend(set_to(values, &format!("@{old}")).map(|key| env(key, &format!("@{new}"))));
    places.push(Edit::Template { old: old.to_owned(), new: new.to_owned() });
    places
}

fn set_to<'v>(values: &'v [(&str, &str)], wanted: &str) -> impl Iterator<Item = &'v str> {
    values.iter().filter(move |(_, value)| *value == wanted).map(|(key, _)| *key)
}

fn env(key: &str, value: &str) -> Edit {
    Edit::Env { key: key.to_owned(), value: value.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{Edit, env, proposals};
    use crate::pin::Reference;

    #[track_caller]
    fn proposed(image: &str, tag: &str, digest: Option<&str>, values: &[(&str, &str)], wanted: &[Edit]) {
        let image = Reference::parse(image).expect("a reference");
        let all = proposals(&image, tag, digest, values);
        assert!(all.iter().any(|edits| edits == wanted), "{wanted:?} is none of {all:#?}");
    }

    #[test]
    fn the_whole_the_tag_and_parts_of_it() {
        let d = Some("sha256:2");
        proposed("db:16.8", "16.9", d, &[("IMAGE", "db:16.8")], &[env("IMAGE", "db:16.9@sha256:2")]);
        proposed("db:16.8", "16.9", d, &[("TAG", "16.8")], &[env("TAG", "16.9@sha256:2")]);
        proposed("db:16.8@sha256:1", "16.9", d, &[("TAG", "16.8@sha256:1")], &[env("TAG", "16.9@sha256:2")]);
        let two = [("TAG", "16.8"), ("DIGEST", "sha256:1")];
        proposed("db:16.8@sha256:1", "16.9", d, &two, &[env("TAG", "16.9"), env("DIGEST", "sha256:2")]);
        proposed("db:16.8@sha256:1", "16.8", d, &two, &[env("DIGEST", "sha256:2")]);
        proposed("db:v16.8-alpine", "v16.9-alpine", None, &[("V", "16.8")], &[env("V", "16.9")]);
        let literal = Edit::Template {
            old: "r.example.org:5000/db:16.8".into(),
            new: "r.example.org:5000/db:16.9@sha256:2".into(),
        };
        proposed("r.example.org:5000/db:16.8", "16.9", d, &[], &[literal]);
    }

    #[test]
    fn references_are_taken_apart_as_docker_does() {
        let parts = |text| Reference::parse(text).map(|r| (r.host, r.repository, r.tag, r.digest));
        let some = |host: &str, repository: &str, tag: Option<&str>, digest: Option<&str>| {
            Some((host.to_owned(), repository.to_owned(), tag.map(str::to_owned), digest.map(str::to_owned)))
        };
        assert_eq!(parts("postgres:16.8"), some("docker.io", "library/postgres", Some("16.8"), None));
        assert_eq!(parts("grafana/grafana"), some("docker.io", "grafana/grafana", None, None));
        assert_eq!(
            parts("localhost:5000/a/b:1@sha256:9"),
            some("localhost:5000", "a/b", Some("1"), Some("sha256:9"))
        );
        assert_eq!(parts("ghcr.io/x/y@sha256:9"), some("ghcr.io", "x/y", None, Some("sha256:9")));
        for bad in [
            "",
            "sha256:0123",
            "UPPER:1",
            "a b:1",
            "{{ X }}",
            "a:1 # b",
            "a:1@sha256",
            "a:1@sha256:../b",
            "a:../b",
        ] {
            assert_eq!(parts(bad), None, "{bad}");
        }
    }
}
