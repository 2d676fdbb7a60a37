//! The names that templates see: plain values and secrets, in layers that share their base.

use indexmap::IndexMap;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value as Json;
use std::sync::Arc;

/// Names and values for templates. Cheap to stack: a domain's few names over an environment's many.
///
/// It has neither `Debug` nor `Serialize`, because it may hold secrets.
#[derive(Default, Clone)]
pub struct Context {
    base: Option<Arc<Context>>,
    names: IndexMap<String, Entry>,
}

#[derive(Clone)]
enum Entry {
    Plain(Json),
    Secret(SecretString),
}

impl Context {
    /// A context with no names.
    pub fn new() -> Context {
        Context::default()
    }

    /// A context whose own names cover those of `base`.
    pub fn over(base: Arc<Context>) -> Context {
        Context { base: Some(base), names: IndexMap::new() }
    }

    /// Sets an ordinary value.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<Json>) {
        self.names.insert(name.into(), Entry::Plain(value.into()));
    }

    /// Sets a secret text. A template that looks it up is marked as containing a secret.
    pub fn set_secret(&mut self, name: impl Into<String>, value: SecretString) {
        self.names.insert(name.into(), Entry::Secret(value));
    }

    /// Whether `name` is set in any layer.
    pub fn contains(&self, name: &str) -> bool {
        self.entry(name).is_some()
    }

    /// Whether `name` is set and a secret.
    pub fn is_secret(&self, name: &str) -> bool {
        matches!(self.entry(name), Some(Entry::Secret(_)))
    }

    /// The value of `name` unless it is a secret.
    pub fn get(&self, name: &str) -> Option<&Json> {
        match self.entry(name)? {
            Entry::Plain(value) => Some(value),
            Entry::Secret(_) => None,
        }
    }

    /// All names, own ones first; a covered name of the base comes twice.
    pub fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        let own = self.names.keys().map(String::as_str);
        match &self.base {
            Some(base) => Box::new(own.chain(base.names())),
            None => Box::new(own),
        }
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        self.names.get(name).or_else(|| self.base.as_ref()?.entry(name))
    }

    /// The value for a render, and whether it is a secret.
    pub(super) fn value(&self, name: &str) -> Option<(super::value::Value, bool)> {
        if let Some(entry) = self.names.get(name) {
            return Some(match entry {
                Entry::Plain(json) => (super::value::from_json(json), false),
                Entry::Secret(secret) => (super::value::Value::str(secret.expose_secret()), true),
            });
        }
        let base = self.base.as_ref()?;
        match base.names.get(name) {
            Some(Entry::Plain(json @ (Json::Object(_) | Json::Array(_)))) => {
                Some((super::shared::value(base, name, json), false))
            }
            _ => base.value(name),
        }
    }
}
