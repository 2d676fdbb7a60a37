//! Mounts, short (`./conf:/etc/conf:ro`) and long, and paths below the project's folder.

use super::normal::Reader;
use super::project::Mount;
use super::units;
use crate::diag::Finding;
use crate::yaml::{Kind, Node};
use serde_json::{Map, Value, json};

/// Every mount of a `volumes` list with its normal form.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Vec<(Mount, Value)> {
    let mut out = Vec::new();
    for item in reader.items("volumes", node) {
        if matches!(item.kind, Kind::Mapping(_)) {
            out.extend(long(reader, item));
        } else if let Some(text) = units::text(item) {
            match short(&text) {
                Some(config) => out.push((mount(&config, item), Value::Object(config))),
                None => reader.findings.push(
                    Finding::error("SVC-005", &item.span, "a mount that cannot be read")
                        .help("write SOURCE:TARGET[:OPTIONS], such as ./conf:/etc/conf:ro"),
                ),
            }
        } else {
            reader.wrong(item, "a mount", "a text or a mapping");
        }
    }
    out
}

fn long(reader: &mut Reader<'_>, node: &Node) -> Option<(Mount, Value)> {
    let mut config = reader.section("mount", node)?;
    let kind = config.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    if !matches!(kind.as_str(), "bind" | "volume" | "tmpfs" | "npipe" | "cluster" | "image") {
        let message = "a mount without a known `type`";
        let help = "add `type: bind`, `type: volume` or `type: tmpfs`";
        reader.findings.push(Finding::error("SVC-005", &node.span, message).help(help));
        return None;
    }
    if let Some(target) = config.get("target").and_then(Value::as_str) {
        let target = slash(target);
        config.insert("target".into(), target.into());
    }
    if kind == "bind" {
        if let Some(source) = config.get("source").and_then(Value::as_str) {
            let source = clean_source(source);
            config.insert("source".into(), source.into());
        }
        // `false` is what a long bind means when it says nothing, and Compose leaves it out.
        if let Some(Value::Object(bind)) = config.get_mut("bind")
            && bind.get("create_host_path") == Some(&Value::Bool(false))
        {
            bind.remove("create_host_path");
        }
    }
    if config.get("read_only") == Some(&Value::Bool(false)) {
        config.remove("read_only");
    }
    Some((mount(&config, node), Value::Object(config)))
}

fn mount(config: &Map<String, Value>, node: &Node) -> Mount {
    let text = |key: &str| config.get(key).and_then(Value::as_str).map(str::to_owned);
    Mount {
        kind: text("type").unwrap_or_default(),
        source: text("source"),
        target: text("target").unwrap_or_default(),
        read_only: config.get("read_only") == Some(&Value::Bool(true)),
        span: node.span.clone(),
    }
}

fn short(text: &str) -> Option<Map<String, Value>> {
    let parts: Vec<&str> = text.split(':').collect();
    let mut config = Map::new();
    let (source, target, options) = match parts.as_slice() {
        [target] if !target.is_empty() => (None, *target, ""),
        [source, target] => (Some(*source), *target, ""),
        [source, target, options] => (Some(*source), *target, *options),
        _ => return None,
    };
    if target.is_empty() || source == Some("") {
        return None;
    }
    let bind = source.is_some_and(|s| s.starts_with(['.', '/', '~']));
    let mut detail = Map::new();
    config.insert("type".into(), if bind { "bind" } else { "volume" }.into());
    if let Some(source) = source {
        let source = if bind { clean_source(source) } else { source.to_owned() };
        config.insert("source".into(), source.into());
    }
    config.insert("target".into(), slash(target).into());
    for option in options.split(',') {
        match option {
            "ro" => _ = config.insert("read_only".into(), true.into()),
            "z" | "Z" if bind => _ = detail.insert("selinux".into(), option.into()),
            "nocopy" if !bind => _ = detail.insert("nocopy".into(), true.into()),
            "shared" | "rshared" | "slave" | "rslave" | "private" | "rprivate" if bind => {
                detail.insert("propagation".into(), option.into());
            }
            _ => {}
        }
    }
    if bind {
        detail.insert("create_host_path".into(), json!(true));
    }
    config.insert(if bind { "bind" } else { "volume" }.into(), Value::Object(detail));
    Some(config)
}

/// A target without its closing slash.
fn slash(target: &str) -> String {
    match target.trim_end_matches('/') {
        "" => "/".to_owned(),
        target => target.to_owned(),
    }
}

/// Absolute sources stay as written; relative ones get their normal form.
fn clean_source(source: &str) -> String {
    if source.starts_with(['/', '~']) { source.to_owned() } else { clean(source) }
}

/// A relative path in its normal form: `./a/b`, `.`, `../x`. Absolute paths, `~` and URLs stay as they are.
pub(super) fn clean(path: &str) -> String {
    if path.starts_with(['/', '~']) || path.contains("://") {
        return path.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|p| *p != "..") => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    match parts.first() {
        None => ".".to_owned(),
        Some(&"..") => parts.join("/"),
        Some(_) => format!("./{}", parts.join("/")),
    }
}

/// An absolute path without doubled slashes, `.` and `..`.
pub fn clean_path(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}
