//! JSON to values and back.

use super::super::error::{Eval, Fault};
use super::{Key, Map, Value};
use serde_json::Value as Json;

/// The value of a JSON document.
pub(in super::super) fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::None,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => match n.as_i64().map(i128::from).or_else(|| n.as_u64().map(i128::from)) {
            Some(n) => Value::Int(n),
            None => Value::Float(n.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(s) => Value::str(&**s),
        Json::Array(items) => Value::list(items.iter().map(from_json).collect()),
        Json::Object(map) => {
            let entry = |(k, v): (&String, &Json)| (Key::text(k), from_json(v));
            Value::dict(map.iter().map(entry).collect::<Map>())
        }
    }
}

impl Value {
    /// The key of a JSON object that Python's `json` makes of this key.
    pub(in super::super) fn json_key(&self) -> Eval<String> {
        Ok(match self {
            Value::Str(s) => s.to_string(),
            Value::None => "null".to_owned(),
            Value::Bool(b) => b.to_string(),
            Value::Int(n) => n.to_string(),
            Value::Float(n) => super::float(*n),
            other => return Err(Fault::new(format!("a {} cannot be a key in JSON", other.type_name()))),
        })
    }
}
