//! A section in its normal form, kept as its JSON text: a tree of values takes ten times the memory, and few ask for it.

use serde_json::Value;
use std::fmt::Write as _;
use std::ops::{Deref, Range};
use std::sync::{Arc, OnceLock};

/// A normalised mapping with its keys in order. It reads as a [`Value`], which is made when first asked for.
/// Printing it shows no value: they may be secret.
#[derive(Clone, Default)]
pub struct Config(Arc<Kept>);

#[derive(Default)]
struct Kept {
    text: Box<str>,
    parts: Box<[Part]>,
    value: OnceLock<Value>,
}

/// Where in the text the name of an entry and its value stand.
struct Part {
    name: Range<u32>,
    value: Range<u32>,
}

impl Config {
    /// Keeps `value`; the keys of every mapping in it are put in order.
    pub(super) fn new(mut value: Value) -> Config {
        value.sort_all_objects();
        let mut text = String::new();
        let mut parts = Vec::new();
        for (name, value) in value.as_object().into_iter().flatten() {
            let start = text.len() as u32;
            text.push_str(name);
            let middle = text.len() as u32;
            write!(text, "{value}").unwrap_or_default();
            parts.push(Part { name: start..middle, value: middle..text.len() as u32 });
        }
        Config(Arc::new(Kept { text: text.into(), parts: parts.into(), value: OnceLock::new() }))
    }

    /// The entries: each key and the JSON text of its value.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.parts.iter().map(|part| (self.slice(&part.name), self.slice(&part.value)))
    }

    /// The JSON text of the value under `key`.
    pub fn json(&self, key: &str) -> Option<&str> {
        self.entries().find(|(name, _)| *name == key).map(|(_, json)| json)
    }

    /// Replaces the value under `key`, or adds it.
    pub fn set(&mut self, key: &str, value: Value) {
        let mut all = (**self).clone();
        all[key] = value;
        *self = Config::new(all);
    }

    fn slice(&self, range: &Range<u32>) -> &str {
        self.0.text.get(range.start as usize..range.end as usize).unwrap_or_default()
    }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Config({} keys)", self.0.parts.len())
    }
}

impl Deref for Config {
    type Target = Value;

    fn deref(&self) -> &Value {
        // What was printed as JSON reads as JSON.
        let read =
            |(name, json): (&str, &str)| (name.to_owned(), serde_json::from_str(json).unwrap_or_default());
        self.0.value.get_or_init(|| Value::Object(self.entries().map(read).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::Config;
    use serde_json::json;

    #[test]
    fn what_is_kept_reads_as_what_was_given_in_order() {
        let value = json!({"b": {"y": 1, "x": [0.1, null, "ü\"\n"]}, "a\"": true, "": {}});
        let config = Config::new(value.clone());
        assert_eq!(*config, value);
        let keys: Vec<&str> = config.entries().map(|(key, _)| key).collect();
        assert_eq!(keys, ["", "a\"", "b"]);
        assert_eq!(config.json("b"), Some(r#"{"x":[0.1,null,"ü\"\n"],"y":1}"#));
        assert_eq!(config.json("c"), None);
    }

    #[test]
    fn a_replaced_value_is_seen_by_everybody() {
        let mut config = Config::new(json!({"image": "a", "user": "1"}));
        assert_eq!(config["image"], "a");
        config.set("image", json!("b"));
        assert_eq!((config["image"].as_str(), config.json("image")), (Some("b"), Some("\"b\"")));
        assert_eq!(config["user"], "1");
    }
}
