//! What fields objects have: Kubernetes' own in two minor versions, common extensions, and CRDs of the tree.

use super::object::Object;
use crate::load::did_you_mean;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Made by scripts/kubernetes-schemas, which says what the entries mean.
static DATA: &[u8] = include_bytes!("../../data/kubernetes.json.z");

/// More than the data unpacks to.
const UNPACKED: usize = 32 << 20;

static SHIPPED: LazyLock<Value> = LazyLock::new(|| {
    let text = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(DATA, UNPACKED)
        .unwrap_or_else(|e| panic!("the schemas do not unpack: {e}"));
    serde_json::from_slice(&text).unwrap_or_else(|e| panic!("the schemas are broken: {e}"))
});

/// The minor versions of Kubernetes that are known, the newest first.
pub const MINORS: [&str; 2] = ["1.36", "1.35"];

/// Something that an object's schema does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Where, from the object's root.
    pub path: Vec<String>,
    /// A lowercase fragment.
    pub message: String,
    /// The way out, where there is one.
    pub help: Option<String>,
}

/// The schemas that count for one tree.
#[derive(Debug, Default)]
pub struct Schemas {
    /// CRDs of the tree: schema by `group/version/Kind`.
    own: HashMap<String, Value>,
}

impl Schemas {
    /// The shipped schemas and those of the CRDs among `objects`, which come first.
    pub fn new<'o>(objects: impl Iterator<Item = &'o Object>) -> Schemas {
        let mut own = HashMap::new();
        for crd in objects.filter(|o| o.is("apiextensions.k8s.io", "CustomResourceDefinition")) {
            let (group, kind) = (crd.text(&["spec", "group"]), crd.text(&["spec", "names", "kind"]));
            for version in crd.list(&["spec", "versions"]) {
                let name = version.get("name").and_then(Value::as_str).unwrap_or_default();
                if let Some(schema) = version.pointer("/schema/openAPIV3Schema") {
                    let mut node = compact(schema);
                    if let Some(fields) = node.get_mut("p").and_then(Value::as_object_mut) {
                        for open in ["apiVersion", "kind", "metadata", "status"] {
                            fields.insert(open.to_owned(), json!("*"));
                        }
                    }
                    own.insert(format!("{group}/{name}/{kind}"), node);
                }
            }
        }
        Schemas { own }
    }

    /// What is wrong in `object`; `None` when its kind is not known. In brackets the minor version that minds, when
    /// not all do.
    pub fn check(&self, object: &Object) -> Option<Vec<(Wrong, Option<&'static str>)>> {
        let key = format!("{}/{}", object.api_version(), object.kind());
        let extension = self.own.get(&key).or_else(|| SHIPPED["extensions"].get(&key));
        if let Some(schema) = extension {
            let found = Checker { defs: &[], wrong: Vec::new() }.run(&object.value, schema);
            return Some(found.into_iter().map(|w| (w, None)).collect());
        }
        let per_minor: Vec<Option<Vec<Wrong>>> = MINORS
            .iter()
            .map(|minor| {
                let version = &SHIPPED["versions"][minor];
                let schema = version["kinds"].get(&key)?;
                let defs = version["defs"].as_array().map_or(&[][..], Vec::as_slice);
                Some(Checker { defs, wrong: Vec::new() }.run(&object.value, schema))
            })
            .collect();
        match (&per_minor[0], &per_minor[1]) {
            (None, None) => None,
            (Some(newest), Some(older)) => {
                let mut all: Vec<(Wrong, Option<&'static str>)> = Vec::new();
                for (minor, (mine, other)) in [(MINORS[0], (newest, older)), (MINORS[1], (older, newest))] {
                    for wrong in mine {
                        let only = (!other.contains(wrong)).then_some(minor);
                        if !all.iter().any(|(w, _)| w == wrong) {
                            all.push((wrong.clone(), only));
                        }
                    }
                }
                Some(all)
            }
            (Some(found), None) | (None, Some(found)) => {
                Some(found.iter().cloned().map(|w| (w, None)).collect())
            }
        }
    }
}

/// A CRD's schema in the form of the shipped ones.
fn compact(schema: &Value) -> Value {
    let said = |key: &str| schema.get(key).and_then(Value::as_bool) == Some(true);
    if said("x-kubernetes-int-or-string") {
        return json!("q");
    }
    let kind = schema.get("type").and_then(Value::as_str).unwrap_or_default();
    if kind == "array" {
        return json!({"a": schema.get("items").map_or(json!("*"), compact)});
    }
    if let Some(fields) = schema.get("properties").and_then(Value::as_object) {
        let fields: Map<String, Value> = fields.iter().map(|(k, v)| (k.clone(), compact(v))).collect();
        let mut node = json!({"p": fields});
        if let Some(required) = schema.get("required") {
            node["r"] = required.clone();
        }
        let open = schema.get("additionalProperties").is_some_and(|a| a != &json!(false));
        if said("x-kubernetes-preserve-unknown-fields") || open {
            node["x"] = json!(1);
        }
        return node;
    }
    match (kind, schema.get("additionalProperties").filter(|a| a.is_object()), schema.get("enum")) {
        ("object", Some(values), _) => json!({"m": compact(values)}),
        ("string", _, Some(options)) => json!({"e": options}),
        ("string", ..) => json!("s"),
        ("integer", ..) => json!("i"),
        ("number", ..) => json!("n"),
        ("boolean", ..) => json!("b"),
        _ => json!("*"),
    }
}

struct Checker<'s> {
    defs: &'s [Value],
    wrong: Vec<Wrong>,
}

impl Checker<'_> {
    fn run(mut self, value: &Value, schema: &Value) -> Vec<Wrong> {
        self.visit(value, schema, &mut Vec::new());
        self.wrong
    }

    fn say(&mut self, path: &[String], message: String, help: Option<String>) {
        self.wrong.push(Wrong { path: path.to_vec(), message, help });
    }

    fn visit(&mut self, value: &Value, schema: &Value, path: &mut Vec<String>) {
        // The server drops nulls, and what substitution will fill in is not known here.
        if value.is_null() || value.as_str().is_some_and(|s| s.contains("${") || s.starts_with("ENC[")) {
            return;
        }
        match schema {
            Value::Number(index) => {
                let defs = self.defs;
                let target = index.as_u64().and_then(|i| defs.get(i as usize));
                if let Some(target) = target {
                    self.visit(value, target, path);
                }
            }
            Value::String(word) => self.scalar(value, word, path),
            Value::Object(node) => self.collection(value, node, path),
            _ => {}
        }
    }

    fn scalar(&mut self, value: &Value, word: &str, path: &[String]) {
        let (fits, wanted) = match word {
            "s" => (value.is_string(), "a string"),
            "i" => (value.is_i64() || value.is_u64(), "an integer"),
            "n" => (value.is_number(), "a number"),
            "b" => (value.is_boolean(), "a boolean"),
            "q" => (value.is_string() || value.is_i64(), "an integer or a string"),
            "Q" => (value.is_string() || value.is_number(), "a quantity"),
            _ => (true, ""),
        };
        if !fits {
            self.wrong_type(value, wanted, path);
        }
    }

    fn wrong_type(&mut self, value: &Value, wanted: &str, path: &[String]) {
        let found = match value {
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "a mapping",
            Value::Null => "nothing",
        };
        let quote = wanted == "a string" && matches!(value, Value::Bool(_) | Value::Number(_));
        let help = quote.then(|| "write it in quotes".to_owned());
        self.say(path, format!("`{}` takes {wanted}, found {found}", name(path)), help);
    }

    fn collection(&mut self, value: &Value, node: &Map<String, Value>, path: &mut Vec<String>) {
        if let Some(items) = node.get("a") {
            let Value::Array(list) = value else { return self.wrong_type(value, "a list", path) };
            for (i, item) in list.iter().enumerate() {
                path.push(i.to_string());
                self.visit(item, items, path);
                path.pop();
            }
        } else if let Some(options) = node.get("e").and_then(Value::as_array) {
            let Value::String(text) = value else { return self.wrong_type(value, "a string", path) };
            if !options.iter().any(|o| o.as_str() == Some(text)) {
                let list: Vec<&str> = options.iter().filter_map(Value::as_str).collect();
                let help = did_you_mean(text, list.iter().copied())
                    .map(|n| format!("write `{n}`, if that is what you mean"));
                self.say(path, format!("`{text}` is none of: {}", list.join(", ")), help);
            }
        } else if let Some(values) = node.get("m") {
            let Value::Object(map) = value else { return self.wrong_type(value, "a mapping", path) };
            for (key, child) in map {
                path.push(key.clone());
                self.visit(child, values, path);
                path.pop();
            }
        } else if let Some(fields) = node.get("p").and_then(Value::as_object) {
            let Value::Object(map) = value else { return self.wrong_type(value, "a mapping", path) };
            self.fields(map, fields, node, path);
        }
    }

    fn fields(
        &mut self,
        map: &Map<String, Value>,
        fields: &Map<String, Value>,
        node: &Map<String, Value>,
        path: &mut Vec<String>,
    ) {
        for (key, child) in map {
            path.push(key.clone());
            match fields.get(key) {
                Some(schema) => self.visit(child, schema, path),
                // What SOPS adds is taken away before anything is applied.
                None if node.contains_key("x")
                    || key.contains("${")
                    || (path.len() == 1 && key == "sops") => {}
                None => {
                    let near = did_you_mean(key, fields.keys().map(String::as_str));
                    let help = near.map(|n| format!("write `{n}`, if that is what you mean"));
                    let within = if path.len() > 1 {
                        format!(" in `{}`", name(&path[..path.len() - 1]))
                    } else {
                        String::new()
                    };
                    self.say(path, format!("unknown field `{key}`{within}"), help);
                }
            }
            path.pop();
        }
        for required in
            node.get("r").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
        {
            if map.get(required).is_none_or(Value::is_null) {
                self.say(path, format!("`{required}` is missing in `{}`", name(path)), None);
            }
        }
    }
}

/// The last field's name on the way: positions in lists say little.
fn name(path: &[String]) -> &str {
    path.iter().rev().find(|p| p.parse::<usize>().is_err()).map_or("the object", String::as_str)
}
