//! Where in the registry a changed value comes from, so that a cause can name file and line.

use crate::compose::{Project, shorten};
use crate::diag::Span;
use crate::load::env::ResolvedEnv;
use crate::model::{Domain, Registry};
use secrecy::ExposeSecret;
use std::collections::BTreeMap;

/// Places in the registry (`ports.yml:4`) of what a domain's services are made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins {
    /// Host port → where ports.yml assigns it.
    ports: BTreeMap<u16, String>,
    /// Variable → the env file that sets it last.
    variables: BTreeMap<String, String>,
    /// Image as causes show it → where the value stands that it comes from.
    images: BTreeMap<String, String>,
}

impl Origins {
    /// What is known of `domain`, whose rendered file is `project`.
    pub fn new(registry: &Registry, env: &ResolvedEnv, domain: &Domain, project: &Project) -> Origins {
        let ports = registry.ports_of(&domain.name.value).map(|p| p.ports.as_slice()).unwrap_or_default();
        let ports = ports.iter().filter_map(|port| Some((port.binding.as_ref()?.port, place(&port.span))));
        let variables = project.services.iter().flat_map(|s| s.environment.keys());
        let variable = |name: &String| Some((name.clone(), place(&env.get(name)?.layers.first()?.span)));
        let images = project.services.iter().filter_map(|s| s.image.as_ref());
        let image = |name: &String| Some((shorten(name).to_string(), value_in(env, name)?));
        Origins {
            ports: ports.collect(),
            variables: variables.filter_map(variable).collect(),
            images: images.filter_map(|i| image(&i.value)).collect(),
        }
    }

    /// The cause with the place that its new value comes from; as it was where none is known.
    pub(super) fn named(&self, cause: String) -> String {
        let new = cause.rsplit_once(" → ").map(|(_, new)| new);
        let origin = match cause.split_once(' ') {
            Some(("port", rest)) => self.ports.get(&port(new.or(rest.strip_suffix(" added")).unwrap_or(""))),
            Some(("image", _)) => new.and_then(|image| self.images.get(image)),
            Some(("environment", rest)) => return format!("environment {}", self.variables(rest)),
            _ => None,
        };
        origin.map_or(cause.clone(), |place| format!("{cause} ({place})"))
    }

    /// `A, B changed, C added` with the place behind every name that has one.
    fn variables(&self, names: &str) -> String {
        let name = |part: &str| {
            let (name, how) = part.split_once(' ').unwrap_or((part, ""));
            let place = match how {
                "removed" => None,
                _ => self.variables.get(name),
            };
            let place = place.map_or(String::new(), |place| format!(" ({place})"));
            if how.is_empty() { format!("{name}{place}") } else { format!("{name}{place} {how}") }
        };
        names.split(", ").map(name).collect::<Vec<_>>().join(", ")
    }
}

/// The number in `127.0.0.1:8080/udp`; 0 when there is none.
fn port(text: &str) -> u16 {
    let address = text.split('/').next().unwrap_or_default();
    address.rsplit(':').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Where the longest value stands that is a part of `image`: its reference, or only its tag.
fn value_in(env: &ResolvedEnv, image: &str) -> Option<String> {
    let values = env.values.values().filter(|value| !value.secret);
    let part_of = |text: &str| {
        let ends = |at: usize| !image[at..].starts_with(|c: char| c.is_alphanumeric() || c == '.');
        let begins = |at: usize| !image[..at].ends_with(|c: char| c.is_alphanumeric() || c == '.');
        !text.is_empty() && image.match_indices(text).any(|(at, _)| begins(at) && ends(at + text.len()))
    };
    let fitting = values.filter(|value| part_of(value.value.expose_secret()));
    let longest = fitting.max_by_key(|value| value.value.expose_secret().len())?;
    Some(place(&longest.layers.first()?.span))
}

fn place(span: &Span) -> String {
    let file = span.file.strip_prefix("config-registry/env/").unwrap_or(&span.file);
    format!("{file}:{}", span.line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_names_the_line_that_its_new_value_comes_from() {
        let map = |list: &[(&str, &str)]| list.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        let origins = Origins {
            ports: BTreeMap::from([(3100, "ports.yml:4".to_owned())]),
            variables: map(&[("LEVEL", "base.env:7"), ("URL", "overrides/pi.env:2")]),
            images: map(&[("forgejo:13.0.3", "base.env:9")]),
        };
        let cases = [
            ("port 3001 → 3100", "port 3001 → 3100 (ports.yml:4)"),
            ("port 127.0.0.1:3100/udp added", "port 127.0.0.1:3100/udp added (ports.yml:4)"),
            ("port 3100 removed", "port 3100 removed"),
            ("port 1 → 2", "port 1 → 2"),
            ("ports changed", "ports changed"),
            ("image forgejo:13.0.2 → forgejo:13.0.3", "image forgejo:13.0.2 → forgejo:13.0.3 (base.env:9)"),
            ("environment LEVEL changed", "environment LEVEL (base.env:7) changed"),
            (
                "environment A, URL changed, LEVEL removed",
                "environment A, URL (overrides/pi.env:2) changed, LEVEL removed",
            ),
            ("no container", "no container"),
        ];
        for (cause, named) in cases {
            assert_eq!(origins.named(cause.to_owned()), named);
        }
    }
}
