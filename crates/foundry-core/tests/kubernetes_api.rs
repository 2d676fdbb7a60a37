//! A real API server takes everything that the examples become, with strict validation of every field.

mod rules_support;

use foundry_core::kubernetes::{self, Input, Object, namespace};
use rules_support::{Scenario, example_files};
use std::collections::BTreeSet;

const HOME: &str = "environments: {home: {engine: kubernetes}}\n";

/// Made up: what the vault of a real pi-forge would hold.
const SECRETS: &str = "GITLAB_ROOT_PASSWORD=made-up-1\nGRAFANA_ADMIN_PASSWORD=made-up-3\nSMTP_PASSWORD=made-up-4\n\
                       PIHOLE_PASSWORD=made-up-5\nTUNNEL_SECRET=made-up-6\n";

#[test]
fn the_server_takes_what_the_examples_become() {
    let hello = objects(&hello(), &[]);
    assert_eq!(hello.iter().filter(|o| o.kind == "Deployment").count(), 3);
    assert_eq!(hello.iter().filter(|o| o.kind == "StatefulSet").count(), 1);
    let forge = objects(&pi_forge(), &["warning TRN-003"]);
    let text = kubernetes::documents(&forge);
    assert!(
        !text.contains("made-up") && !text.contains("_FOUNDRY_END"),
        "a secret or its mark is in the tree"
    );
    assert!(text.contains("kind: ExternalSecret"));
    let kube = testkit::need!(testkit::kube_api());
    for objects in [hello, forge] {
        let names: BTreeSet<&str> = objects.iter().filter_map(|o| o.namespace.as_deref()).collect();
        for name in names.into_iter().filter(|n| !kube.kubectl(&["get", "ns", "-o", "name"]).contains(n)) {
            kube.kubectl(&["create", "namespace", name]);
        }
        kube.apply(&kubernetes::documents(&objects));
    }
}

fn hello() -> Scenario {
    let mut scenario = example_files("hello");
    scenario.files.insert("config-registry/env/environments.yml".into(), HOME.into());
    scenario
}

/// With what the findings ask for: no engine's socket, no fixed address, a port where one is asked for.
fn pi_forge() -> Scenario {
    let mut scenario = example_files("pi-forge");
    scenario.extra = SECRETS.to_owned();
    scenario.files.insert("config-registry/env/environments.yml".into(), HOME.into());
    let mut edit = |domain: &str, from: &str, to: &str| {
        let file = scenario.files.get_mut(&format!("domains/{domain}/templates/compose.yml.tmpl")).unwrap();
        assert!(file.contains(from), "{from} is not in the compose file of {domain}");
        *file = file.replace(from, to);
    };
    edit("monitoring", "      - /var/run/docker.sock:/var/run/docker.sock:ro\n", "");
    edit("adblocker", "      adblocker-network: {ipv4_address: 172.30.53.2}", "      adblocker-network: {}");
    edit("tunnel", "    restart: unless-stopped\n", "    restart: unless-stopped\n    expose: [\"2000\"]\n");
    scenario
}

/// Every object, in its namespace; nothing but what begins like one of `allowed` is found on the way.
fn objects(scenario: &Scenario, allowed: &[&str]) -> Vec<Object> {
    let (registry, loading) = scenario.load();
    assert!(!loading.has_errors(), "{loading:?}");
    let environment = registry.environment("home").expect("declared above");
    let world = scenario.world(&registry, "home");
    assert!(!world.findings.has_errors(), "{:?}", world.findings);
    let (env, artifacts, projects) = (&world.env, &world.artifacts, &world.projects);
    let (all, findings) =
        kubernetes::translate(&Input { registry: &registry, environment, env, artifacts, projects });
    for finding in findings.iter() {
        let line = format!("{} {}", finding.severity.word(), finding.rule);
        assert!(allowed.contains(&line.as_str()), "{finding:?}");
    }
    let inside = |(name, translation): (String, kubernetes::Translation)| {
        let namespace = namespace(registry.domain(&name).expect("a domain"));
        translation.objects.into_iter().map(move |o| o.inside(&namespace))
    };
    all.into_iter().flat_map(inside).collect()
}
