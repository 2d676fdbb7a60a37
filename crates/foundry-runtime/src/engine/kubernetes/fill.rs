//! Values of secrets on their way into Secrets, and out of everything that is looked at.

use crate::error::{Error, Kind, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use foundry_core::kubernetes::{Piece, pieces};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The values of an environment's secrets by their keys, and a key of this run that hides them.
pub struct Values {
    values: BTreeMap<String, SecretString>,
    run: [u8; 16],
}

impl Default for Values {
    fn default() -> Self {
        Values::new(BTreeMap::new())
    }
}

impl std::fmt::Debug for Values {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Values({})", self.values.len())
    }
}

impl Values {
    /// Knows these values.
    pub fn new(values: BTreeMap<String, SecretString>) -> Values {
        Values { values, run: random() }
    }

    /// `object` as it is written: in a Secret every mark is replaced by its value, and all of it is data.
    pub(super) fn filled(&self, object: &Value) -> Result<Value> {
        if !is_secret(object) {
            return Ok(object.clone());
        }
        let mut object = object.clone();
        let Some(map) = object.as_object_mut() else { return Ok(object) };
        let mut data = map.remove("data").and_then(|d| d.as_object().cloned()).unwrap_or_default();
        // The server keeps what is said as text under `data`, and would not notice when a key is no longer said.
        if let Some(Value::Object(texts)) = map.remove("stringData") {
            for (key, text) in texts {
                let plain = self.plain(text.as_str().unwrap_or_default())?;
                data.insert(key, STANDARD.encode(plain.expose_secret()).into());
            }
        }
        map.insert("data".to_owned(), Value::Object(data));
        Ok(object)
    }

    /// `object` without any value: in a Secret each is a digest that only this run can make.
    pub(super) fn hidden(&self, mut object: Value) -> Value {
        if !is_secret(&object) {
            return object;
        }
        for part in ["data", "stringData"] {
            let Some(Value::Object(map)) = object.get_mut(part) else { continue };
            let hide = |(key, value): (String, Value)| {
                let text = value.as_str().unwrap_or_default();
                (key, Value::from(digest(&self.run, [text])))
            };
            *map = std::mem::take(map).into_iter().map(hide).collect::<Map<_, _>>();
        }
        if let Some(Value::Object(annotations)) = object.pointer_mut("/metadata/annotations") {
            annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        }
        object
    }

    /// A digest of the values of a Secret under a salt that stays.
    pub(super) fn digest(&self, secret: &Value, salt: &str) -> Result<String> {
        let filled = self.filled(secret)?;
        Ok(digest(salt.as_bytes(), [filled["data"].to_string().as_str()]))
    }

    fn plain(&self, text: &str) -> Result<SecretString> {
        let mut out = String::new();
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Secret(key) => match self.values.get(key) {
                    Some(value) => out.push_str(value.expose_secret()),
                    None => {
                        return Err(Error::new(Kind::Findings, format!("the secret {key} has no value"))
                            .hint(format!("set it: foundry secret set {key}")));
                    }
                },
            }
        }
        Ok(out.into())
    }
}

/// Sixteen bytes that nobody can guess.
pub(super) fn random() -> [u8; 16] {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).unwrap_or_else(|error| panic!("the system gives no random bytes: {error}"));
    bytes
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn is_secret(object: &Value) -> bool {
    object["kind"] == "Secret" && object["apiVersion"] == "v1"
}

fn digest<'a>(key: &[u8], parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    hash.update(key);
    parts.into_iter().for_each(|part| hash.update(part));
    hex(&hash.finalize()[..12])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_written_and_never_looked_at() {
        let values = Values::new(BTreeMap::from([("KEY".to_owned(), "made-up".to_owned().into())]));
        let object = json!({"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "x FOUNDRY_SECRET_KEY_FOUNDRY_END y"}});
        let filled = values.filled(&object).expect("a value");
        assert_eq!(filled["data"]["a"], STANDARD.encode("x made-up y"));
        assert!(filled.get("stringData").is_none());
        let hidden = values.hidden(filled.clone());
        assert_eq!(
            hidden["data"]["a"],
            values.hidden(filled.clone())["data"]["a"],
            "the same all through a run"
        );
        assert_ne!(hidden["data"]["a"], Values::default().hidden(filled)["data"]["a"], "and in no other");
        let none = Values::default().filled(&object).expect_err("no value");
        assert_eq!(none.message, "the secret KEY has no value");
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "1"}});
        assert_eq!(values.hidden(map.clone()), map);
    }
}
