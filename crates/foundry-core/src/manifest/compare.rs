//! Two manifests, field by field.

use super::{Domain, Manifest, Service};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// One field that is not as recorded. `None` is a thing that is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The domain; `None` for a field of the environment.
    pub domain: Option<String>,
    /// The service, where the field is one's.
    pub service: Option<String>,
    /// The field: `image`, `digest`, `config_hash`, `state`, `source_hash`, `template_hash`, `file PATH`, `domain`, …
    pub field: String,
    /// As recorded.
    pub recorded: Option<String>,
    /// As it is now.
    pub now: Option<String>,
}

/// What differs. Commit and uncommitted paths say where a manifest comes from and take no part.
pub fn differences(recorded: &Manifest, now: &Manifest) -> Vec<Difference> {
    let mut out = Vec::new();
    for (field, old, new) in
        [("registry", &recorded.registry, &now.registry), ("engine", &recorded.engine, &now.engine)]
    {
        At { domain: None, service: None }.field(&mut out, field, Some(old), Some(new));
    }
    for name in names(recorded.domains.iter().chain(&now.domains).map(|d| &d.name)) {
        let find = |m: &'_ Manifest| m.domains.iter().find(|d| d.name == *name).cloned();
        domain(&mut out, name, find(recorded), find(now));
    }
    out
}

fn domain(out: &mut Vec<Difference>, name: &str, old: Option<Domain>, new: Option<Domain>) {
    let at = At { domain: Some(name), service: None };
    let (Some(old), Some(new)) = (&old, &new) else {
        let word = |d: &Option<Domain>| d.as_ref().map(|_| "declared".to_owned());
        return at.field(out, "domain", word(&old).as_ref(), word(&new).as_ref());
    };
    at.field(out, "source_hash", Some(&old.source_hash), Some(&new.source_hash));
    at.field(out, "template_hash", Some(&old.template_hash), Some(&new.template_hash));
    for service in names(old.services.iter().chain(&new.services).map(|s| &s.name)) {
        let at = At { domain: Some(name), service: Some(service) };
        let find = |d: &Domain| d.services.iter().find(|s| s.name == *service).cloned();
        let (old, new) = (find(old), find(new));
        type Field = (&'static str, fn(&Service) -> Option<String>);
        let fields: [Field; 4] = [
            ("image", |s| Some(s.image.clone())),
            ("digest", |s| s.digest.clone()),
            ("config_hash", |s| s.config_hash.clone()),
            ("state", |s| Some(s.state.word().to_owned())),
        ];
        for (field, value) in fields {
            at.field(
                out,
                field,
                old.as_ref().and_then(value).as_ref(),
                new.as_ref().and_then(value).as_ref(),
            );
        }
    }
    for path in names(old.files.keys().chain(new.files.keys())) {
        at.field(out, &format!("file {path}"), old.files.get(path), new.files.get(path));
    }
}

fn names<'a>(all: impl Iterator<Item = &'a String>) -> BTreeSet<&'a String> {
    all.collect()
}

#[derive(Clone, Copy)]
struct At<'a> {
    domain: Option<&'a str>,
    service: Option<&'a str>,
}

impl At<'_> {
    fn field(self, out: &mut Vec<Difference>, field: &str, old: Option<&String>, new: Option<&String>) {
        if old != new {
            out.push(Difference {
                domain: self.domain.map(str::to_owned),
                service: self.service.map(str::to_owned),
                field: field.to_owned(),
                recorded: old.cloned(),
                now: new.cloned(),
            });
        }
    }
}

/// The differences as lines: what each is about, `-` as recorded, `+` as it is now.
pub fn report(differences: &[Difference]) -> String {
    let mut out = String::new();
    for d in differences {
        let parts = [d.domain.as_deref(), d.service.as_deref()];
        let place: Vec<&str> = parts.into_iter().flatten().collect();
        let place = if place.is_empty() { "environment".to_owned() } else { place.join("/") };
        let _ = writeln!(out, "{place} {}", d.field);
        for (sign, value) in [('-', &d.recorded), ('+', &d.now)] {
            if let Some(value) = value {
                let _ = writeln!(out, "  {sign} {value}");
            }
        }
    }
    out
}
