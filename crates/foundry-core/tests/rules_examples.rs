//! The examples keep every rule in every environment; what is said about them is listed here.

mod rules_support;

use foundry_core::yaml::Limits;
use rules_support::example_files;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Said about any ad blocker.
const PORT_53: &str = "info PORT-007 config-registry/env/ports.yml:15:8: port 53 on every address is taken where the \
                       host's resolver listens on loopback";

/// Made up: what the vault of a real pi-forge would hold.
const SECRETS: &str = "GITLAB_ROOT_PASSWORD=made-up-1\nGITLAB_RUNNER_TOKEN=made-up-2\n\
                       GRAFANA_ADMIN_PASSWORD=made-up-3\nSMTP_PASSWORD=made-up-4\nPIHOLE_PASSWORD=made-up-5\n\
                       TUNNEL_SECRET=made-up-6\n";

#[test]
fn hello_has_nothing_to_be_said_about() {
    for environment in [None, Some("dev"), Some("prod")] {
        assert_eq!(said("hello", environment, ""), [""; 0], "{environment:?}");
    }
}

#[test]
fn pi_forge_has_nothing_to_be_said_about() {
    for (environment, secrets) in [(None, ""), (Some("prod"), SECRETS)] {
        assert_eq!(said("pi-forge", environment, secrets), [PORT_53], "{environment:?}");
    }
}

/// Only prod has the runner that the waiver is for.
#[test]
fn pi_forge_is_told_where_a_waiver_is_not_needed() {
    for (environment, others) in [("dev", ""), ("staging", SECRETS)] {
        let waiver = format!(
            "info WVR-002 config-registry/env/domains.yml:15:15: the waiver of SEC-005 is not needed in {environment}"
        );
        assert_eq!(said("pi-forge", Some(environment), others), [&waiver, PORT_53]);
    }
}

#[test]
fn pi_forge_without_its_secrets_says_which_are_missing() {
    let said = said("pi-forge", Some("prod"), "");
    for key in ["GITLAB_ROOT_PASSWORD", "GRAFANA_ADMIN_PASSWORD", "PIHOLE_PASSWORD", "TUNNEL_SECRET"] {
        assert!(said.iter().any(|s| s.starts_with("error ENV-001") && s.contains(key)), "{key} in {said:#?}");
    }
}

/// Every finding of every phase, waivers applied.
fn said(example: &str, environment: Option<&str>, extra: &str) -> Vec<String> {
    let mut scenario = example_files(example);
    scenario.environment = environment.map(str::to_owned);
    scenario.extra = extra.to_owned();
    let line = |f: foundry_core::diag::Finding| {
        let place = f.span.map(|s| s.to_string()).unwrap_or_default();
        format!("{} {} {place}: {}", f.severity.word(), f.rule, f.message)
    };
    scenario.run().into_iter().map(line).collect()
}

/// What a service of a cluster has to say (EVG) is said by both examples and by everything in the catalogue.
#[test]
fn every_service_says_what_a_cluster_asks() {
    let cluster = "environments: {home: {engine: kubernetes, platform: {cert_issuer: letsencrypt}}}\n";
    let all = [
        ("hello", example_files("hello"), 4),
        ("pi-forge", example_files("pi-forge"), 4),
        ("catalog", catalogue(), 8),
    ];
    for (name, mut scenario, count) in all {
        scenario.environment = Some("home".to_owned());
        scenario.extra.push_str(SECRETS);
        scenario.files.insert("config-registry/env/environments.yml".into(), cluster.into());
        let (registry, _) = scenario.load();
        let projects = scenario.world(&registry, "home").projects.len();
        assert_eq!(projects, count, "{name}: not everything was rendered");
        let found: Vec<String> =
            scenario.run().iter().filter(|f| f.rule.starts_with("EVG")).map(|f| f.message.clone()).collect();
        assert_eq!(found, [""; 0], "{name}");
    }
}

/// Everything in the catalogue as one registry.
fn catalogue() -> rules_support::Scenario {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
    let mut scenario = rules_support::Scenario::default();
    let (mut domains, mut ports) = (Vec::new(), json!({}));
    for entry in fs::read_dir(folder).expect("the catalogue") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let entry = add(&mut scenario, &path, &name);
        domains.push(entry.0);
        ports[&name] = entry.1;
    }
    let mut put = |path: &str, value: Value| {
        scenario.files.insert(format!("config-registry/env/{path}"), foundry_core::yaml::emit(&value));
    };
    put("domains.yml", json!({"domains": domains}));
    put("ports.yml", ports);
    scenario
}

/// Its record and its ports; its values and templates are added to the scenario.
fn add(scenario: &mut rules_support::Scenario, folder: &Path, name: &str) -> (Value, Value) {
    let text = fs::read_to_string(folder.join("domain.yml")).expect("an entry of the catalogue");
    let (documents, _) = foundry_core::yaml::parse(&"domain.yml".into(), &text, &Limits::default());
    let entry = documents[0].to_json();
    let mut record = json!({"name": name});
    for (key, value) in entry["record"].as_object().expect("a record") {
        record[key] = value.clone();
    }
    for key in entry["secrets"].as_object().into_iter().flat_map(serde_json::Map::keys) {
        scenario.extra.push_str(&format!("{key}=made-up\n"));
    }
    for (key, value) in entry["env"].as_object().into_iter().flatten() {
        let value = value["value"].as_str().map_or_else(|| value["value"].to_string(), str::to_owned);
        scenario.extra.push_str(&format!("{key}={value}\n"));
    }
    let templates = folder.join("templates");
    let mut open = vec![templates.clone()];
    while let Some(next) = open.pop() {
        for path in fs::read_dir(next).expect("a folder").map(|e| e.expect("an entry").path()) {
            let below = path.strip_prefix(&templates).expect("below").display().to_string();
            match path.is_dir() {
                true => open.push(path),
                false => {
                    let text = fs::read_to_string(&path).expect("a template is text");
                    scenario.files.insert(format!("domains/{name}/templates/{below}"), text);
                }
            }
        }
    }
    (record, entry["ports"].clone())
}
