//! The field `images`: new names, tags and digests for images.

use regex::Regex;
use serde_json::Value;

/// One entry of `images`.
#[derive(Debug, Clone, Default)]
pub(super) struct Image {
    pub(super) name: String,
    pub(super) new_name: String,
    pub(super) new_tag: String,
    pub(super) digest: String,
    pub(super) tag_suffix: String,
}

/// Replaces the image wherever pods are declared, at any depth.
pub(super) fn apply(value: &mut Value, image: &Image) {
    let name = format!("^{}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$", image.name);
    if let Ok(pattern) = Regex::new(&name) {
        visit(value, image, &pattern);
    }
}

fn visit(value: &mut Value, image: &Image, pattern: &Regex) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|v| visit(v, image, pattern)),
        Value::Object(map) => {
            for (key, child) in map.iter_mut() {
                visit(child, image, pattern);
                let Value::Array(items) = child else { continue };
                for item in items.iter_mut() {
                    let at = match key.as_str() {
                        "containers" | "initContainers" => item.get_mut("image"),
                        "volumes" => item.get_mut("image").and_then(|i| i.get_mut("reference")),
                        _ => None,
                    };
                    if let Some(Value::String(text)) = at
                        && pattern.is_match(text)
                    {
                        *text = renamed(text, image);
                    }
                }
            }
        }
        _ => {}
    }
}

fn renamed(text: &str, image: &Image) -> String {
    let (mut name, mut tag, mut digest) = split(text);
    if !image.new_name.is_empty() {
        name.clone_from(&image.new_name);
    }
    match (image.new_tag.is_empty(), image.digest.is_empty()) {
        (true, true) if image.tag_suffix.is_empty() => {}
        (true, true) => {
            tag.push_str(&image.tag_suffix);
            digest.clear();
        }
        _ => {
            tag.clone_from(&image.new_tag);
            digest.clone_from(&image.digest);
        }
    }
    if !tag.is_empty() {
        name = format!("{name}:{tag}");
    }
    if !digest.is_empty() {
        name = format!("{name}@{digest}");
    }
    name
}

/// Name, tag and digest; a colon in the host's part is its port.
pub(super) fn split(image: &str) -> (String, String, String) {
    let (rest, digest) = image.split_once('@').unwrap_or((image, ""));
    let from = rest.find('/').unwrap_or(0);
    match rest[from..].find(':') {
        Some(colon) => {
            let at = from + colon;
            (rest[..at].to_owned(), rest[at + 1..].to_owned(), digest.to_owned())
        }
        None => (rest.to_owned(), String::new(), digest.to_owned()),
    }
}
