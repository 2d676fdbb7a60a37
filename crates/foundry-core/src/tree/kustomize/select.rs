//! Which objects a patch, a replacement or a label is meant for.

use super::super::value;
use super::resource::{Id, Resource};
use crate::yaml::Node;
use regex::Regex;
use serde_json::Value;

/// A selector; empty parts select everything, the others are patterns for the whole text.
#[derive(Debug)]
pub(super) struct Selector {
    group: Option<Regex>,
    version: Option<Regex>,
    kind: Option<Regex>,
    name: Option<Regex>,
    namespace: Option<Regex>,
    labels: String,
    annotations: String,
}

impl Selector {
    pub(super) fn read(node: &Node) -> Result<Selector, String> {
        let text = |key: &str| node.get(key).and_then(|n| n.text()).unwrap_or_default().to_owned();
        let part = |key: &str| match text(key) {
            t if t.is_empty() => Ok(None),
            t => Regex::new(&format!("^(?:{t})$")).map(Some).map_err(|_| format!("`{t}` is no pattern")),
        };
        Ok(Selector {
            group: part("group")?,
            version: part("version")?,
            kind: part("kind")?,
            name: part("name")?,
            namespace: part("namespace")?,
            labels: text("labelSelector"),
            annotations: text("annotationSelector"),
        })
    }

    /// Whether nothing is said, so that nothing is rejected either.
    pub(super) fn selects(&self, resource: &Resource) -> bool {
        let (now, original) = (resource.id(), resource.original());
        let fits = |pattern: &Option<Regex>, text: &str| pattern.as_ref().is_none_or(|p| p.is_match(text));
        let either = |pattern: &Option<Regex>, part: fn(&Id) -> &str| {
            fits(pattern, part(&now)) || fits(pattern, part(&original))
        };
        either(&self.namespace, |id| &id.namespace)
            && either(&self.name, |id| &id.name)
            && fits(&self.group, &now.group)
            && fits(&self.version, &now.version)
            && fits(&self.kind, &now.kind)
            && matches(&self.labels, resource.object.get(&["metadata", "labels"]))
            && matches(&self.annotations, resource.object.get(&["metadata", "annotations"]))
    }
}

/// A label selector such as `app=x,tier in (a, b),!old`.
pub(super) fn matches(selector: &str, labels: Option<&Value>) -> bool {
    let label = |key: &str| labels.and_then(|l| l.get(key)).and_then(Value::as_str);
    requirements(selector).iter().all(|requirement| {
        let (key, rest) = match requirement.find([' ', '=', '!']).filter(|at| *at > 0) {
            Some(at) => (requirement[..at].trim(), requirement[at..].trim()),
            None => (requirement.as_str(), ""),
        };
        let values = || -> Vec<&str> {
            rest.split_once('(')
                .map_or("", |(_, v)| v.trim_end_matches(')'))
                .split(',')
                .map(str::trim)
                .collect()
        };
        match rest {
            "" => match key.strip_prefix('!') {
                Some(key) => label(key.trim()).is_none(),
                None => label(key).is_some(),
            },
            _ if rest.starts_with("notin") => label(key).is_none_or(|l| !values().contains(&l)),
            _ if rest.starts_with("in") => label(key).is_some_and(|l| values().contains(&l)),
            _ if rest.starts_with("!=") => label(key) != Some(rest[2..].trim()),
            _ => label(key) == Some(rest.trim_start_matches('=').trim()),
        }
    })
}

fn requirements(selector: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for c in selector.chars() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        match c {
            ',' if depth == 0 => parts.push(String::new()),
            c => parts.last_mut().into_iter().for_each(|p| p.push(c)),
        }
    }
    parts.into_iter().map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect()
}

/// The texts of a mapping, in order of their keys.
pub(super) fn pairs(node: Option<&std::sync::Arc<Node>>) -> Vec<(String, String)> {
    let entries = node.map_or(&[][..], |n| n.entries());
    let text = |n: &Node| match value::of(n) {
        Value::String(s) => s,
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let mut all: Vec<(String, String)> =
        entries.iter().filter_map(|e| Some((e.key.text()?.to_owned(), text(&e.value)))).collect();
    all.sort();
    all
}
