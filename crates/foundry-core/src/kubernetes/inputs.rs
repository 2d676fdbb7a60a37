//! Runtime inputs: which Secrets of a tree take which values from outside of Git, and how a value survives the way.

use super::settings::Settings;
use crate::tree::{Known, Object, Seen, Tree, emit, substitute, value};
use crate::yaml::{Limits, parse};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The Secret in Flux's namespace that holds every value.
pub const RUNTIME_INPUTS: &str = "platform-runtime-inputs";

/// A Secret of the tree that takes values from runtime inputs.
#[derive(Debug, Clone)]
pub struct InputTarget {
    /// Its file.
    pub file: String,
    /// Its name.
    pub name: String,
    /// The layer whose folder it stands in; empty outside of all.
    pub layer: &'static str,
    /// The keys that it takes.
    pub keys: BTreeSet<String>,
    texts: Vec<String>,
}

/// Every Secret of the tree that takes values, by file: it declares who needs which key.
pub fn input_targets(tree: &Tree, settings: &Settings) -> Vec<InputTarget> {
    let secrets = tree.objects().filter(|(_, object)| object.is("", "Secret"));
    let target = |(file, object): (&Arc<str>, &Object)| {
        let maps = ["stringData", "data"].into_iter().filter_map(|part| object.get(&[part])?.as_object());
        let texts: Vec<String> =
            maps.flat_map(|m| m.values()).filter_map(|v| Some(v.as_str()?.to_owned())).collect();
        let mut seen = Seen::default();
        for text in &texts {
            substitute(text, &BTreeMap::new(), &mut seen);
        }
        let keys: BTreeSet<String> = seen.used.into_iter().collect();
        let (file, name) = (file.to_string(), object.name().to_owned());
        let layer = layer(settings, &file);
        (!keys.is_empty()).then_some(InputTarget { file, name, layer, keys, texts })
    };
    secrets.filter_map(target).collect()
}

fn layer(settings: &Settings, file: &str) -> &'static str {
    let root = settings.path.trim_matches('/').trim_start_matches("./").trim_start_matches('.');
    let layout = &settings.layout;
    let layers =
        [(&layout.infrastructure, "infrastructure"), (&layout.platform, "platform"), (&layout.apps, "apps")];
    let below = |folder: &str| {
        let folder = if root.is_empty() { folder.to_owned() } else { format!("{root}/{folder}") };
        file.strip_prefix(&folder).is_some_and(|rest| rest.starts_with('/'))
    };
    layers.into_iter().find(|(folder, _)| below(folder)).map_or("", |(_, word)| word)
}

/// The values as they have to stand in runtime inputs, so that each target gets exactly what was meant; and the keys
/// whose values no way of writing brings through: Flux puts them into YAML as they are.
pub fn written_inputs(
    targets: &[InputTarget],
    values: &BTreeMap<String, SecretString>,
) -> (BTreeMap<String, SecretString>, BTreeSet<String>) {
    let (mut written, mut lost) = (BTreeMap::new(), BTreeSet::new());
    for (key, plain) in values {
        let texts: Vec<&String> =
            targets.iter().filter(|t| t.keys.contains(key)).flat_map(|t| &t.texts).collect();
        let quoted = SecretString::from(Value::from(plain.expose_secret()).to_string());
        let survives =
            |as_written: &SecretString| texts.iter().all(|text| arrives(text, key, plain, as_written));
        match [plain, &quoted].into_iter().find(|candidate| survives(candidate)) {
            Some(way) => drop(written.insert(key.clone(), way.clone())),
            None => drop(lost.insert(key.clone())),
        }
    }
    (written, lost)
}

/// Whether `text`, emitted and substituted as Flux does it, reads as what was meant.
fn arrives(text: &str, key: &str, plain: &SecretString, written: &SecretString) -> bool {
    let mut seen = Seen::default();
    substitute(text, &BTreeMap::new(), &mut seen);
    let with = |value: &SecretString| -> BTreeMap<String, Known> {
        let other = |name: &String| (name.clone(), Known::Text("x".to_owned()));
        let mut all: BTreeMap<String, Known> = seen.used.iter().map(other).collect();
        all.insert(key.to_owned(), Known::Text(value.expose_secret().to_owned()));
        all
    };
    let meant = substitute(text, &with(plain), &mut Seen::default());
    let yaml = substitute(&emit::emit(&json!({"v": text})), &with(written), &mut Seen::default());
    let (documents, findings) = parse(&Arc::from("substituted"), &yaml, &Limits::default());
    let read = documents.first().filter(|_| !findings.has_errors() && documents.len() == 1);
    read.is_some_and(|document| value::of(document) == json!({"v": meant}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(texts: &[&str], plain: &str) -> Option<String> {
        let target = InputTarget {
            file: "a.yaml".into(),
            name: "a".into(),
            layer: "apps",
            keys: BTreeSet::from(["KEY".to_owned()]),
            texts: texts.iter().map(|t| (*t).to_owned()).collect(),
        };
        let values = BTreeMap::from([("KEY".to_owned(), SecretString::from(plain.to_owned()))]);
        let (mut written, _) = written_inputs(&[target], &values);
        written.remove("KEY").map(|v| v.expose_secret().to_owned())
    }

    #[test]
    fn a_value_is_quoted_where_yaml_would_read_something_else() {
        assert_eq!(written(&["${KEY}"], "plain-text"), Some("plain-text".into()));
        assert_eq!(written(&["${KEY}"], "12345678"), Some("\"12345678\"".into()), "not a number");
        assert_eq!(written(&["${KEY}"], "true"), Some("\"true\"".into()));
        assert_eq!(written(&["${KEY}"], "a: \"b\"\nc"), Some("\"a: \\\"b\\\"\\nc\"".into()));
        assert_eq!(written(&["user ${KEY}"], "plain-text"), Some("plain-text".into()));
        assert_eq!(written(&["user ${KEY}\nnext\n"], "two\nlines"), None, "no way brings it through");
        assert_eq!(written(&["${KEY}", "user ${KEY}"], "12345678"), None, "one wants quotes, the other none");
    }
}
