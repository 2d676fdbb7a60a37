//! The same compose files read here and by `docker compose config`: both have to come to the same project.

use foundry_core::compose::{self, Project};
use foundry_core::diag::Severity;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Every file of `tests/compose/` that both sides accept.
#[test]
fn files_become_what_docker_compose_makes_of_them() {
    if !compose_answers() {
        testkit::skip!("docker compose", "what files become was not compared");
    }
    let mut seen = 0;
    for path in files("tests/compose") {
        let text = std::fs::read_to_string(&path).unwrap();
        let theirs = docker_config(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let (project, findings) = compose::read(&"compose.yml".into(), text.as_str(), &variables(), "case");
        let wrong: Vec<_> = findings.iter().filter(|f| f.severity == Severity::Error).collect();
        assert!(wrong.is_empty(), "{}: {wrong:#?}", path.display());
        assert_same(&path, &ours(&project.unwrap()), &theirs);
        seen += 1;
    }
    assert!(seen >= 8, "only {seen} files compared");
}

/// Every document of `tests/compose/refused.txt`: what Docker Compose refuses, this refuses too.
#[test]
fn what_docker_compose_refuses_is_refused() {
    if !compose_answers() {
        testkit::skip!("docker compose", "what is refused was not compared");
    }
    let text = std::fs::read_to_string(manifest("tests/compose/refused.txt")).unwrap();
    let mut differs = Vec::new();
    for document in text.split("\n---\n") {
        let (_, findings) = compose::read(&"compose.yml".into(), document, &variables(), "case");
        if docker_config(document).is_ok() {
            differs.push(format!("docker compose accepts:\n{document}"));
        }
        if !findings.has_errors() {
            differs.push(format!("accepted here:\n{document}"));
        }
    }
    assert!(differs.is_empty(), "{}", differs.join("\n\n"));
}

fn manifest(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn files(folder: &str) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        std::fs::read_dir(manifest(folder)).unwrap().map(|e| e.unwrap().path()).collect();
    all.retain(|p| p.extension().is_some_and(|e| e == "yml"));
    all.sort();
    all
}

fn compose_answers() -> bool {
    Command::new("docker").args(["compose", "version"]).output().is_ok_and(|o| o.status.success())
}

fn variables() -> BTreeMap<String, String> {
    [("SET", "value"), ("EMPTY", ""), ("PORT", "8080"), ("COUNT", "2"), ("YES", "true")]
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .into()
}

fn docker_config(text: &str) -> Result<Value, String> {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let outer = std::env::temp_dir().join(format!("foundry-compose-{}-{number}", std::process::id()));
    let folder = outer.join("case");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("compose.yml"), text).unwrap();
    std::fs::write(folder.join("x.env"), "").unwrap();
    let env: String = variables().iter().map(|(k, v)| format!("{k}={v}\n")).collect();
    std::fs::write(folder.join(".env"), env).unwrap();
    let output = Command::new("docker")
        .args(["compose", "-f", "compose.yml", "config", "--format", "json"])
        .current_dir(&folder)
        .env_clear()
        .envs(std::env::vars().filter(|(k, _)| k == "PATH" || k == "HOME"))
        .output()
        .unwrap();
    std::fs::remove_dir_all(&outer).unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let home = std::env::var("HOME").unwrap_or_default();
    let inside = folder.to_string_lossy().into_owned();
    let above = outer.to_string_lossy().into_owned();
    let mut value: Value = serde_json::from_str(&text).unwrap();
    each_text(&mut value, &|text| {
        let text = text.replace("$$", "$");
        if text == inside {
            return ".".to_owned();
        }
        if text == above {
            return "..".to_owned();
        }
        match text.strip_prefix(&format!("{inside}/")) {
            Some(rest) => format!("./{rest}"),
            None => match text.strip_prefix(&format!("{above}/")) {
                Some(rest) => format!("../{rest}"),
                None => text.replace(&format!("{home}/"), "~/"),
            },
        }
    });
    Ok(trim(value))
}

fn each_text(value: &mut Value, change: &dyn Fn(&str) -> String) {
    match value {
        Value::String(s) => *s = change(s),
        Value::Array(items) => items.iter_mut().for_each(|v| each_text(v, change)),
        Value::Object(map) => map.values_mut().for_each(|v| each_text(v, change)),
        _ => {}
    }
}

/// Drops what Compose prints without anybody having said it.
fn trim(mut value: Value) -> Value {
    for service in value["services"].as_object_mut().into_iter().flat_map(|m| m.values_mut()) {
        let Some(service) = service.as_object_mut() else { continue };
        service.retain(|_, v| !v.is_null());
        service.remove("blkio_config");
        service.remove("develop");
        if let Some(Value::Object(deploy)) = service.get_mut("deploy") {
            if let Some(Value::Object(resources)) = deploy.get_mut("resources") {
                resources.retain(|_, v| v != &json!({}));
            }
            deploy.retain(|_, v| v != &json!({}));
        }
    }
    for network in value["networks"].as_object_mut().into_iter().flat_map(|m| m.values_mut()) {
        if let Some(network) = network.as_object_mut() {
            network.retain(|k, v| !(k == "ipam" && v == &json!({})));
        }
    }
    value
}

fn ours(project: &Project) -> Value {
    let mut services = Map::new();
    for service in &project.services {
        let mut config = (*service.config).clone();
        if let Some(map) = config.as_object_mut() {
            // Compose reads these files while it normalises; here they take part by their digest.
            map.remove("env_file");
            map.retain(|k, v| !(k.starts_with("x-") || k == "profiles" && v == &json!([])));
            map.remove("blkio_config");
            map.remove("develop");
        }
        services.insert(service.name.clone(), config);
    }
    let networks: Map<_, _> =
        project.used_networks().map(|(k, n)| (k.clone(), (*n.config).clone())).collect();
    let volumes: Map<_, _> = project.used_volumes().map(|(k, v)| (k.clone(), (*v.config).clone())).collect();
    let mut out =
        json!({"name": project.name, "services": services, "networks": networks, "volumes": volumes});
    trim(std::mem::take(&mut out))
}

fn assert_same(path: &Path, ours: &Value, theirs: &Value) {
    let empty = json!({});
    let mut differs = Vec::new();
    for section in ["name", "services", "networks", "volumes"] {
        let (a, b) = (ours.get(section).unwrap_or(&empty), theirs.get(section).unwrap_or(&empty));
        if section == "services" {
            let names: BTreeSet<_> =
                a.as_object().into_iter().chain(b.as_object()).flat_map(|m| m.keys()).collect();
            for name in names {
                let (a, b) = (&a[name], &b[name]);
                assert!(a.is_object() && b.is_object(), "{}: only one side has {name}", path.display());
                let keys: BTreeSet<_> =
                    a.as_object().into_iter().chain(b.as_object()).flat_map(|m| m.keys()).collect();
                for key in keys {
                    if a[key] != b[key] {
                        differs
                            .push(format!("services.{name}.{key}\n  ours   {}\n  docker {}", a[key], b[key]));
                    }
                }
            }
        }
        if a != b && section != "services" {
            differs.push(format!("{section}\n  ours   {a}\n  docker {b}"));
        }
    }
    assert!(differs.is_empty(), "{}\n{}", path.display(), differs.join("\n"));
}
