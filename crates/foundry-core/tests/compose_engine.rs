//! What Docker Compose makes of our second compose file, networks and volumes, on a real engine.

use foundry_core::compose::{self, Marks, OVERLAY_FILE, config_hash, overlay};
use foundry_core::plan::{
    Action, Container, ContainerState, Desired, Domain, Health, Observed, ObservedImage, compare,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

struct Bench {
    docker: testkit::Docker,
    folder: PathBuf,
    project: String,
}

impl Bench {
    fn new(docker: testkit::Docker) -> Self {
        let folder = std::env::temp_dir().join(docker.name("compose"));
        std::fs::create_dir_all(&folder).unwrap();
        let project = docker.name("web");
        Bench { docker, folder, project }
    }

    /// `docker compose … up` of one service as the engine does it; returns what it said.
    fn up(&self, arguments: &[&str]) -> String {
        let files = [
            "-f",
            "compose.yml",
            "-f",
            OVERLAY_FILE,
            "up",
            "-d",
            "--no-deps",
            "--no-build",
            "--pull",
            "never",
        ];
        let output = self
            .docker
            .command()
            .args(["compose", "-p", &self.project])
            .args(files)
            .args(arguments)
            .current_dir(&self.folder)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        said
    }

    fn inspect(&self, what: &str, name: &str) -> Value {
        let text = self.docker.out(&[what, "inspect", name]);
        serde_json::from_str::<Value>(&text).unwrap()[0].take()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Makes what the plan says, except containers; `docker compose` has to take it as its own.
fn make(bench: &Bench, action: &Action) {
    match action {
        Action::CreateNetwork(spec) => {
            let mut args =
                vec!["network".to_owned(), "create".into(), "--driver".into(), spec.driver.clone()];
            args.extend(spec.internal.then(|| "--internal".to_owned()));
            args.extend(spec.labels.iter().map(|(k, v)| format!("--label={k}={v}")));
            args.extend(spec.pools.iter().filter_map(|p| p.subnet.as_ref()).map(|s| format!("--subnet={s}")));
            args.push(spec.name.clone());
            bench.docker.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
        }
        Action::CreateVolume(spec) => {
            let mut args = vec!["volume".to_owned(), "create".into()];
            args.extend(spec.labels.iter().map(|(k, v)| format!("--label={k}={v}")));
            args.push(spec.name.clone());
            bench.docker.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
        }
        Action::WriteFiles { .. } | Action::Create { .. } => {}
        other => panic!("not in this plan: {other:?}"),
    }
}

#[test]
fn docker_compose_takes_what_we_make_and_carries_our_labels() {
    let bench = Bench::new(testkit::need!(testkit::docker()));
    let image = bench.docker.image_busybox().to_owned();
    let text = format!(
        "services:\n  web:\n    image: {image}\n    command: [sleep, '1000']\n    init: true\n    \
         environment: {{PRICE: '5$$', A: '${{UNSET:-dollar}}'}}\n    labels: {{own: label}}\n    \
         networks: [front, default]\n    volumes: [data:/data, './conf:/conf:ro']\n\
         networks: {{front: {{internal: true}}}}\nvolumes: {{data: }}\n"
    );
    let (desired, project, files) = declared(&bench, &text);
    let images = vec![ObservedImage {
        id: bench.inspect("image", &image)["Id"].as_str().unwrap().to_owned(),
        tags: vec![image.clone()],
        digests: vec![],
    }];
    let (plan, findings) = compare(&desired, &Observed { images: images.clone(), ..Observed::default() });
    assert!(findings.is_empty(), "{findings:#?}");
    plan.steps.iter().for_each(|s| make(&bench, &s.action));

    let said = bench.up(&["web"]);
    assert!(!said.contains("warn") && !said.contains("was not created"), "compose complains: {said}");
    let name = format!("{}-web-1", bench.project);
    let seen = bench.inspect("container", &name);
    let labels = &seen["Config"]["Labels"];
    let service = project.service("web").unwrap();
    assert_eq!(labels["foundry.config-hash"], config_hash(&project, service, &files));
    assert_eq!(labels["own"], "label");
    assert_eq!(labels["foundry.domain"], "web");

    // Neither a second run nor another order of files makes a new container.
    bench.up(&["web"]);
    assert_eq!(bench.inspect("container", &name)["Id"], seen["Id"]);

    // What was made fits what is declared, by the labels and also by sight alone.
    let mut container = observed(&seen, &project.name);
    let world = |container: &Container| {
        let network = |name: &str| {
            let seen = bench.inspect("network", name);
            foundry_core::plan::ObservedNetwork {
                id: seen["Id"].as_str().unwrap().into(),
                name: name.into(),
                driver: seen["Driver"].as_str().unwrap().into(),
                internal: seen["Internal"].as_bool().unwrap(),
                subnets: vec![],
                labels: serde_json::from_value(seen["Labels"].clone()).unwrap(),
            }
        };
        Observed {
            containers: vec![container.clone()],
            networks: ["front", "default"]
                .iter()
                .map(|n| network(&format!("{}_{n}", project.name)))
                .collect(),
            volumes: vec![foundry_core::plan::ObservedVolume {
                name: format!("{}_data", project.name),
                driver: "local".into(),
                labels: BTreeMap::new(),
            }],
            images: images.clone(),
            files: desired.domains[0].files.clone(),
            ..Observed::default()
        }
    };
    let (left, findings) = compare(&desired, &world(&container));
    assert!(left.steps.is_empty() && findings.is_empty(), "{left}\n{findings:#?}");
    container.labels.retain(|key, _| !key.starts_with("foundry."));
    let (left, _) = compare(&desired, &world(&container));
    assert!(left.steps.is_empty(), "by sight:\n{left}");

    // A changed file makes a new container.
    std::fs::write(bench.folder.join("conf/a.conf"), "b").unwrap();
    let mut files = files;
    files.insert("conf/a.conf".into(), compose::fingerprint("b"));
    write_overlay(&bench.folder, &overlay(&project, &desired.marks("web"), &files));
    bench.up(&["web"]);
    assert_ne!(bench.inspect("container", &name)["Id"], seen["Id"], "the changed file went unseen");
}

fn declared(bench: &Bench, text: &str) -> (Desired, compose::Project, BTreeMap<String, String>) {
    let (project, findings) = compose::read(&"compose.yml".into(), text, &BTreeMap::new(), &bench.project);
    assert!(findings.is_empty(), "{findings:#?}");
    let project = project.unwrap();
    let files = BTreeMap::from([("conf/a.conf".to_owned(), compose::fingerprint("a"))]);
    std::fs::create_dir_all(bench.folder.join("conf")).unwrap();
    std::fs::write(bench.folder.join("conf/a.conf"), "a").unwrap();
    std::fs::write(bench.folder.join("compose.yml"), text).unwrap();
    let marks = Marks { registry: "home $HOME".into(), environment: "dev".into(), domain: "web".into() };
    write_overlay(&bench.folder, &overlay(&project, &marks, &files));
    let domain = Domain {
        name: "web".into(),
        project: Some(project.clone()),
        files: files.iter().map(|(path, digest)| (format!("web/{path}"), digest.clone())).collect(),
        ..Domain::default()
    };
    let desired = Desired {
        registry: marks.registry,
        environment: marks.environment,
        selected: ["web".to_owned()].into(),
        domains: vec![domain],
        ..Desired::default()
    };
    (desired, project, files)
}

fn write_overlay(folder: &Path, text: &str) {
    std::fs::write(folder.join(OVERLAY_FILE), text).unwrap();
}

fn observed(seen: &Value, project: &str) -> Container {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let environment =
        seen["Config"]["Env"].as_array().unwrap().iter().filter_map(|v| v.as_str()?.split_once('='));
    Container {
        id: text(&seen["Id"]),
        name: text(&seen["Name"]).trim_start_matches('/').to_owned(),
        project: project.to_owned(),
        service: "web".into(),
        number: 1,
        image: text(&seen["Config"]["Image"]),
        image_id: text(&seen["Image"]),
        state: ContainerState::Running,
        exit_code: 0,
        health: Health::None,
        started_at: String::new(),
        finished_at: String::new(),
        restart_count: 0,
        labels: serde_json::from_value(seen["Config"]["Labels"].clone()).unwrap(),
        environment: environment.map(|(k, v)| (k.to_owned(), compose::fingerprint(v))).collect(),
        networks: seen["NetworkSettings"]["Networks"].as_object().unwrap().keys().cloned().collect(),
        ports: vec![],
        command: compose::fingerprint(&seen["Config"]["Cmd"].to_string()),
        restart: text(&seen["HostConfig"]["RestartPolicy"]["Name"]),
        mounts: seen["Mounts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| foundry_core::plan::ObservedMount {
                target: text(&m["Destination"]),
                kind: text(&m["Type"]),
                source: if m["Type"] == "volume" { text(&m["Name"]) } else { text(&m["Source"]) },
                read_only: m["RW"] == false,
            })
            .collect(),
        ..Container::default()
    }
}
