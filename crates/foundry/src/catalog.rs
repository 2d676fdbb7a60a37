//! The catalogue that is part of the binary: data only.

use foundry_core::edit::Component;

include!(concat!(env!("OUT_DIR"), "/catalog.rs"));

/// The names of its domains.
pub fn names() -> Vec<&'static str> {
    CATALOG.iter().filter_map(|(path, _)| path.strip_suffix("/domain.yml")).collect()
}

/// A domain of the catalogue.
pub fn component(name: &str) -> Option<Component> {
    let path = format!("{name}/domain.yml");
    let (_, text) = CATALOG.iter().find(|(p, _)| *p == path)?;
    Some(Component::parse(&path, text).unwrap_or_else(|e| panic!("the catalogue is broken: {e}")))
}

/// The files for `domains/<name>/`: path below it and text.
pub fn files(name: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let folder = format!("{name}/");
    CATALOG
        .iter()
        .filter_map(move |(path, text)| Some((path.strip_prefix(&folder)?, *text)))
        .filter(|(p, _)| *p != "domain.yml")
}
