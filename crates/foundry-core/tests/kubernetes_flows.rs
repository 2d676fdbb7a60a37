//! Over random registries: what relations and networks declare is open, and nothing else is.

mod rules_support;

use foundry_core::kubernetes::{self, End, Input, Object, Pod, Settings, allows, namespaces_of, placed};
use rules_support::Scenario;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// One service of a made-up domain.
struct Service {
    name: String,
    port: Option<u16>,
    networks: BTreeSet<String>,
}

/// A made-up domain.
struct Domain {
    name: String,
    category: Option<&'static str>,
    requires: BTreeSet<usize>,
    exposes_to: BTreeSet<usize>,
    services: Vec<Service>,
}

/// Numbers that look random and are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

#[test]
fn declared_flows_are_open_and_every_other_is_closed() {
    let (mut open, mut closed) = (0, 0);
    for seed in 0..40 {
        let domains = domains(&mut Numbers(seed));
        let (pods, policies) = policies(&domains);
        for (a, from) in &pods {
            for (b, to) in &pods {
                let port = domains[b.0].services[b.1].port;
                let wanted = port.is_some() && is_declared(&domains, *a, *b);
                let said = allows(&policies, End::Pod(from), End::Pod(to), port.unwrap_or(1), "TCP");
                assert_eq!(said, wanted, "seed {seed}: {from:?} to {to:?} port {port:?}");
                assert!(
                    !allows(&policies, End::Pod(from), End::Pod(to), 9, "TCP"),
                    "a port that nobody declares"
                );
                assert!(!allows(&policies, End::Pod(from), End::Pod(to), port.unwrap_or(1), "UDP"));
                if wanted { open += 1 } else { closed += 1 }
            }
            assert!(!allows(&policies, End::Outside, End::Pod(from), 8000, "TCP"), "nothing is published");
            let dns = Pod {
                namespace: "kube-system".into(),
                labels: BTreeMap::from([("k8s-app".into(), "kube-dns".into())]),
            };
            assert!(allows(&policies, End::Pod(from), End::Pod(&dns), 53, "UDP"));
            let stranger = Pod { namespace: "elsewhere".into(), labels: from.labels.clone() };
            assert!(
                !allows(&policies, End::Pod(&stranger), End::Pod(from), 8000, "TCP"),
                "a stranger's labels"
            );
        }
    }
    assert!(open > 200 && closed > 1500, "{open} open, {closed} closed");
}

fn domains(numbers: &mut Numbers) -> Vec<Domain> {
    let count = 2 + numbers.below(5) as usize;
    let make = |i: usize| {
        let some = |numbers: &mut Numbers, below: usize| {
            (0..below).filter(|_| numbers.below(3) == 0).filter(|j| *j != i).collect::<BTreeSet<_>>()
        };
        let services = (0..1 + numbers.below(3))
            .map(|s| Service {
                name: format!("s{i}-{s}"),
                port: (numbers.below(4) > 0).then(|| 8000 + s as u16),
                networks: (0..3)
                    .filter(|_| numbers.below(2) == 0)
                    .map(|n| format!("shared-{n}"))
                    .chain([format!("own-{i}")])
                    .collect(),
            })
            .collect();
        Domain {
            name: format!("d{i}"),
            category: [None, Some("media"), Some("tools")][numbers.below(3) as usize],
            requires: some(numbers, i),
            exposes_to: some(numbers, count),
            services,
        }
    };
    (0..count).map(make).collect()
}

/// What is declared, said a second time: a relation and a network that both are on. Without any common network the
/// relation alone counts.
fn is_declared(domains: &[Domain], a: (usize, usize), b: (usize, usize)) -> bool {
    let (from, to) = (&domains[a.0].services[a.1], &domains[b.0].services[b.1]);
    let meet = |f: &Service, t: &Service| t.port.is_some() && !f.networks.is_disjoint(&t.networks);
    if a.0 == b.0 {
        return meet(from, to);
    }
    let related = domains[a.0].requires.contains(&b.0) || domains[b.0].exposes_to.contains(&a.0);
    let anywhere = domains[a.0].services.iter().any(|f| domains[b.0].services.iter().any(|t| meet(f, t)));
    related && (meet(from, to) || !anywhere)
}

type Pods = Vec<((usize, usize), Pod)>;

fn policies(domains: &[Domain]) -> (Pods, Vec<Object>) {
    let scenario = scenario(domains);
    let (registry, _) = scenario.load();
    let environment = registry.environment("home").unwrap();
    let world = scenario.world(&registry, "home");
    assert!(!world.findings.has_errors(), "{:?}", world.findings);
    let (env, artifacts, projects) = (&world.env, &world.artifacts, &world.projects);
    let input = Input { registry: &registry, environment, env, artifacts, projects };
    let settings = Settings::read(environment);
    let (translations, _) = kubernetes::translate(&input);
    let (mut pods, mut policies) = (Vec::new(), Vec::new());
    for (i, domain) in domains.iter().enumerate() {
        let of = registry.domain(&domain.name).unwrap();
        let namespace = namespaces_of(of, &settings, None).remove(0);
        policies.extend(placed(&input, of, None).into_iter().map(|o| o.inside(&namespace)));
        for (j, service) in domain.services.iter().enumerate() {
            // The labels of the pods as they are really made, not as policies expect them.
            let workload = translations[&domain.name]
                .objects
                .iter()
                .find(|o| o.kind == "Deployment" && o.name == service.name);
            let labels = workload.unwrap().value.pointer("/spec/template/metadata/labels").unwrap();
            let labels = labels
                .as_object()
                .unwrap()
                .iter()
                .map(|(k, v)| (k.clone(), v.as_str().unwrap().to_owned()))
                .collect();
            pods.push(((i, j), Pod { namespace: namespace.clone(), labels }));
        }
    }
    (pods, policies)
}

fn scenario(domains: &[Domain]) -> Scenario {
    let mut scenario = Scenario::default();
    let mut list = String::from("domains:\n");
    for domain in domains {
        let names =
            |all: &BTreeSet<usize>| all.iter().map(|i| format!("d{i}")).collect::<Vec<_>>().join(", ");
        writeln!(list, "  - name: {}\n    stateless: true", domain.name).unwrap();
        writeln!(
            list,
            "    requires: [{}]\n    exposes_to: [{}]",
            names(&domain.requires),
            names(&domain.exposes_to)
        )
        .unwrap();
        if let Some(category) = domain.category {
            writeln!(list, "    category: {category}").unwrap();
        }
        let mut compose = String::from("services:\n");
        let mut networks = BTreeSet::new();
        for service in &domain.services {
            writeln!(compose, "  {}:\n    image: x:1.0.0\n    restart: always", service.name).unwrap();
            if let Some(port) = service.port {
                writeln!(compose, "    expose: [\"{port}\"]").unwrap();
            }
            let joined: Vec<&str> = service.networks.iter().map(String::as_str).collect();
            writeln!(compose, "    networks: [{}]", joined.join(", ")).unwrap();
            networks.extend(&service.networks);
        }
        compose.push_str("networks:\n");
        for network in networks {
            writeln!(compose, "  {network}: {{name: {network}, external: true}}").unwrap();
        }
        scenario.files.insert(format!("domains/{}/templates/compose.yml.tmpl", domain.name), compose);
    }
    scenario.files.insert("config-registry/env/domains.yml".into(), list);
    scenario.files.insert(
        "config-registry/env/environments.yml".into(),
        "environments: {home: {engine: kubernetes}}\n".into(),
    );
    scenario
}
