//! Every key of the Compose specification survives an import, or is named as one that does not: nothing is dropped.

use foundry_core::compose::{self, section_keys};
use foundry_core::import::{Imported, Source, compose as import};
use foundry_core::load::env::{parse_env, resolve};
use foundry_core::load::{FileContent, Files, load};
use foundry_core::model::LayerKind;
use foundry_core::render::render;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A value for each key of a service, as people write them.
const SERVICE: &[(&str, &str)] = &[
    ("annotations", "{a: b}"),
    ("attach", "false"),
    ("blkio_config", "{weight: 300}"),
    ("build", "{context: ./app, additional_contexts: {more: ./more}, args: {A: '1'}}"),
    ("cap_add", "[NET_ADMIN]"),
    ("cap_drop", "[ALL]"),
    ("cgroup", "host"),
    ("cgroup_parent", "m"),
    ("command", "[echo, '{{ x }}', '${A}']"),
    ("configs", "[c]"),
    ("container_name", "fixed"),
    ("credential_spec", "{config: c}"),
    ("depends_on", "{other: {condition: service_started}}"),
    ("deploy", "{replicas: 2, resources: {limits: {memory: 64m}}}"),
    ("develop", "{watch: []}"),
    ("device_cgroup_rules", "['c 1:3 mr']"),
    ("devices", "['/dev/null:/dev/null']"),
    ("dns", "1.1.1.1"),
    ("dns_opt", "[use-vc]"),
    ("dns_search", "example.org"),
    ("domainname", "example.org"),
    ("entrypoint", "sh -c"),
    ("env_file", "./app.env"),
    ("environment", "{A: '{% x %}', TOKEN: made-up-value}"),
    ("expose", "['80']"),
    ("external_links", "[x]"),
    ("extra_hosts", "['a:1.2.3.4']"),
    ("gpus", "all"),
    ("group_add", "[mail]"),
    ("healthcheck", "{test: 'exit 0', interval: 1m}"),
    ("hostname", "h"),
    ("image", "web:1.2.3"),
    ("init", "true"),
    ("ipc", "host"),
    ("isolation", "default"),
    ("label_file", "./labels"),
    ("labels", "{a: b}"),
    ("links", "[other]"),
    ("logging", "{driver: local}"),
    ("mac_address", "'02:42:ac:11:65:43'"),
    ("mem_limit", "64m"),
    ("mem_reservation", "32m"),
    ("memswap_limit", "128m"),
    ("models", "[m]"),
    ("network_mode", "host"),
    ("networks", "[front]"),
    ("oom_kill_disable", "true"),
    ("pid", "host"),
    ("platform", "linux/amd64"),
    ("ports", "['127.0.0.1:8080:80', '53:53/udp', {target: 81, published: 8081}, '9000-9001:9000-9001']"),
    ("post_start", "[{command: 'true'}]"),
    ("pre_stop", "[{command: 'true'}]"),
    ("privileged", "true"),
    ("profiles", "[p]"),
    ("provider", "{type: x}"),
    ("pull_policy", "always"),
    ("read_only", "true"),
    ("restart", "always"),
    ("runtime", "runc"),
    ("secrets", "[s]"),
    ("security_opt", "['no-new-privileges:true']"),
    ("shm_size", "64m"),
    ("stdin_open", "true"),
    ("stop_grace_period", "3s"),
    ("stop_signal", "SIGINT"),
    ("storage_opt", "{size: 1G}"),
    ("sysctls", "{a: '1'}"),
    ("tmpfs", "/run"),
    ("tty", "true"),
    ("ulimits", "{nofile: 5}"),
    ("use_api_socket", "true"),
    ("user", "'1000'"),
    ("userns_mode", "host"),
    ("uts", "host"),
    ("volumes", "['./html:/www:ro', 'data:/data', {type: bind, source: ../x, target: /x}]"),
    ("volumes_from", "[other]"),
    ("working_dir", "/srv"),
];

/// Keys that take a number.
const NUMBERS: &[&str] = &[
    "cpu_count",
    "cpu_percent",
    "cpu_period",
    "cpu_quota",
    "cpu_rt_period",
    "cpu_rt_runtime",
    "cpu_shares",
    "cpus",
    "cpuset",
    "mem_swappiness",
    "oom_score_adj",
    "pids_limit",
    "scale",
];

const AROUND: &str = "  other: {image: 'other:1.0.0'}\nnetworks: {front: {}}\nvolumes: {data: {}}\nsecrets: {s: {file: ./s}}\nconfigs: {c: {file: ./c}}\nx-note: {a: 1}\n";

fn project(key: &str, value: &str) -> String {
    let image = if key == "image" { String::new() } else { "    image: web:1.2.3\n".to_owned() };
    format!("services:\n  web:\n{image}    {key}: {value}\n{AROUND}")
}

fn imported(text: &str, variables: &BTreeMap<String, String>) -> Imported {
    let said = BTreeMap::from([("LOG".to_owned(), "info".to_owned())]);
    let env_files = BTreeMap::from([("/srv/shop/app.env".to_owned(), ("LOG=info\n".to_owned(), said))]);
    import(&Source {
        file: &Arc::from("compose.yml"),
        text,
        folder: "/srv/shop",
        project: "shop",
        domain: "shop",
        variables,
        env_files: &env_files,
        profiles: &[],
        taken: &BTreeMap::new(),
    })
}

/// The files that the domain renders to.
fn rendered(imported: &Imported) -> BTreeMap<String, String> {
    let mut files = Files::default();
    let mut add = |path: &str, text: String| {
        files.entries.insert(Arc::from(path), FileContent::Text(Arc::from(text)));
    };
    add("config-registry/env/domains.yml", "domains: [{name: shop, standalone: true}]\n".to_owned());
    let ports: String = imported
        .ports
        .iter()
        .map(|(name, binding)| format!("  {name}: {}\n", foundry_core::edit::written(binding)))
        .collect();
    let ports = if ports.is_empty() { String::new() } else { format!("shop:\n{ports}") };
    add("config-registry/env/ports.yml", ports);
    add("config-registry/env/overrides/dev.env", String::new());
    for (path, text) in &imported.templates {
        add(&format!("domains/shop/templates/{path}"), text.clone());
    }
    let (registry, findings) = load(&files);
    assert!(!findings.has_errors(), "{findings:?}");
    let values: String = imported.values.iter().map(|v| format!("{}={}\n", v.key, v.value)).collect();
    let (values, _) = parse_env(&Arc::from("vault"), &values, LayerKind::Vault);
    let (env, _) = resolve(&registry, "dev", Some(&values), &[]);
    let (artifacts, findings) = render(&registry, "dev", &env);
    assert!(!findings.has_errors(), "{findings:?}");
    artifacts.files.iter().map(|f| (f.path.clone(), f.content.expose().to_owned())).collect()
}

/// A service's normal form, its own variables filled in, paths from the folder that they mean.
fn normal(text: &str, variables: &BTreeMap<String, String>) -> Option<serde_json::Value> {
    let (project, findings) = compose::read(&Arc::from("compose.yml"), text, variables, "shop");
    assert!(!findings.has_errors(), "{findings:?}\n{text}");
    let project = project?;
    let service = project.services.iter().chain(&project.inactive).find(|s| s.name == "web")?;
    Some((*service.config).clone())
}

#[test]
fn every_key_of_a_service_survives() {
    let variables = BTreeMap::from([("A".to_owned(), "value of a".to_owned())]);
    for key in section_keys("service") {
        let sample = SERVICE.iter().find(|(name, _)| *name == key.name).map(|(_, value)| *value);
        let sample = sample.or_else(|| NUMBERS.contains(&key.name).then_some("1"));
        if !key.accepted {
            assert!(
                imported(&project(key.name, "{service: other}"), &variables).findings.has_errors(),
                "{}",
                key.name
            );
            continue;
        }
        let sample =
            sample.unwrap_or_else(|| panic!("a new key `{}`: say what an import makes of it", key.name));
        let text = project(key.name, sample);
        let text = if key.name == "network_mode" { text } else { text.replace("../x", "/srv/x") };
        let got = imported(&text, &variables);
        assert!(got.refused.is_empty() && !got.findings.has_errors(), "{}: {got:?}", key.name);
        let files = rendered(&got);
        let compose = &files["compose.yml"];
        let dotenv = files.get(".env").map(String::as_str).unwrap_or_default();
        let (dotenv, _) = parse_env(&Arc::from(".env"), dotenv, LayerKind::Extra);
        let after: BTreeMap<String, String> = dotenv.lines.into_iter().map(|l| (l.key, l.value)).collect();
        // The file of variables becomes one of the domain's own; everything else stays where it is.
        let moved = ["./html", "./app", "./more", "./labels"];
        let absolute = |text: &str| match key.name {
            "env_file" => text.to_owned(),
            _ => moved
                .iter()
                .fold(text.to_owned(), |text, path| text.replace(path, &path.replace("./", "/srv/shop/"))),
        };
        let before = normal(&absolute(&text), &variables).map(|v| v.to_string());
        assert_eq!(normal(compose, &after).map(|v| v.to_string()), before, "{}\n{compose}", key.name);
    }
}

#[test]
fn every_section_of_a_file_survives_or_is_refused() {
    for key in section_keys("compose file") {
        let text = match key.name {
            "name" => format!("name: shop\n{}", project("init", "true")),
            "version" => format!("version: '3'\n{}", project("init", "true")),
            "models" => format!("models: {{m: {{model: x}}}}\n{}", project("init", "true")),
            "include" => format!("include: [x.yml]\n{}", project("init", "true")),
            _ => project("init", "true"),
        };
        let got = imported(&text, &BTreeMap::new());
        assert_eq!(got.findings.has_errors(), !key.accepted, "{}: {got:?}", key.name);
        if key.accepted {
            let compose = &rendered(&got)["compose.yml"];
            assert!(compose.contains(&format!("{}:", key.name)), "{}\n{compose}", key.name);
            assert!(compose.contains("x-note: {a: 1}") && compose.contains("/srv/shop/s"), "{compose}");
        }
    }
}

#[test]
fn secrets_leave_the_text_and_everything_else_stays() {
    let text = "# head\nservices:\n  web:\n    image: web:1.2.3 # pinned\n    environment:\n      - API_TOKEN=made-up-token\n      - URL=redis://:made-up-pw@db/${A}\n      - PW_FILE=/run/x\n      - DB_PASSWORD=${DB_PASSWORD:-made-up-default}\n  other:\n    image: other:1.0.0\n    environment: {API_TOKEN: another-token, MODE: \"true\"}\n";
    let variables = BTreeMap::from([("A".to_owned(), "0".to_owned())]);
    let got = imported(text, &variables);
    let compose = &got.templates["compose.yml.j2"];
    for secret in ["made-up-token", "made-up-pw", "made-up-default", "another-token"] {
        assert!(got.templates.values().all(|text| !text.contains(secret)), "{secret}: {compose}");
        assert!(
            got.values.iter().any(|v| v.secret && v.value.contains(secret)),
            "{secret}: {:?}",
            got.values
        );
        assert!(!format!("{got:?}").contains(secret), "{secret} can be printed");
    }
    assert!(
        compose.starts_with("# head\nname: \"shop\"\nservices:\n") && compose.contains("# pinned"),
        "{compose}"
    );
    let keys: Vec<&str> = got.values.iter().map(|v| v.key.as_str()).collect();
    assert!(keys.contains(&"SHOP_API_TOKEN") && keys.contains(&"SHOP_OTHER_API_TOKEN"), "{keys:?}");
    let environment = |files: BTreeMap<String, String>| {
        let (dotenv, _) = parse_env(&Arc::from(".env"), &files[".env"], LayerKind::Extra);
        let after = dotenv.lines.into_iter().map(|l| (l.key, l.value)).collect();
        normal(&files["compose.yml"], &after)
    };
    assert_eq!(environment(rendered(&got)), normal(text, &variables));
}

#[test]
fn values_that_no_env_file_can_hold_are_refused() {
    let variables = BTreeMap::from([("CERT".to_owned(), "first\nsecond-line".to_owned())]);
    let got = imported("services: {web: {image: 'web:1.2.3', environment: {CERT: '${CERT}'}}}\n", &variables);
    assert_eq!(got.refused.len(), 1, "{got:?}");
    assert!(!format!("{got:?}").contains("second-line"));
}
