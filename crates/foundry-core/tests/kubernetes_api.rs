//! A real API server takes everything that the examples become, with strict validation of every field.

mod rules_support;

use foundry_core::kubernetes::{self, Input, Object, namespace};
use rules_support::{Scenario, cluster, example_files};
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

/// Two domains with everything that a service can have beside its Compose file, and a chart.
const SHOP: &str = "\
-- config-registry/env/base.env --
DOMAIN=example.org
-- config-registry/env/ports.yml --
shop: {http: 8080}
-- config-registry/env/domains.yml --
domains:
  - name: shop
    category: trade
    consumes: [oci]
    state: [{volume: data, size: 1Gi, backup: full}, {volume: cache, size: 1Gi, backup: none, reason: made anew}]
    backup: {schedule: \"30 2 * * *\"}
    monitoring: {port: 9100, path: /metrics, scheme: https}
    ingress:
      - {host: \"shop.${DOMAIN}\", port: http, issuer: own, auth: login}
      - {host: \"lan.${DOMAIN}\", port: http, path: /admin, issuer: own, auth: none, access: lan}
  - name: issuer
    layer: infrastructure
    internal: true
  - name: oci
    layer: infrastructure
-- domains/issuer/templates/helm.yml.tmpl --
repository: https://charts.example.org
chart: issuer
version: v1.16.1
crds: create
values: {webhook: {replicas: 2, text: \"${NOT_OURS}\"}}
-- domains/oci/templates/helm.yml.tmpl --
repository: oci://registry.example.org/charts/oci
version: 2.0.1-rc.1
timeout: 5m
-- domains/issuer/manifests/own.yaml --
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: own}
spec: {selfSigned: {}}
-- domains/shop/manifests/settings.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: blue}
-- domains/shop/dashboards/sales.json --
{\"title\": \"Sales\", \"templating\": {\"list\": [{\"name\": \"${DS_PROMETHEUS}\"}]}}
-- domains/shop/patches/colour.yaml --
target: {kind: ConfigMap, name: settings}
patch: [{op: replace, path: /data/colour, value: green}]
-- domains/shop/patches/prod/size.yaml --
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker}
spec: {replicas: 5}
-- domains/shop/patches/closed.yaml --
target: {kind: NetworkPolicy, labelSelector: app.kubernetes.io/part-of=shop}
patch: [{op: add, path: /metadata/annotations, value: {seen: \"yes\"}}]
-- domains/shop/templates/compose.yml.tmpl --
services:
  web:
    image: web:1.2.3
    restart: always
    user: \"1000:1000\"
    ports: [\"8080:80\"]
    expose: [\"9100\"]
    volumes: [\"data:/data\", \"cache:/cache\"]
    mem_limit: 64m
    healthcheck: {test: [CMD, /web, health]}
    x-foundry: {backup: {before: /web dump, after: [/web, clean]}}
  worker:
    image: web:1.2.3
    restart: always
    mem_limit: 64m
    healthcheck: {test: [CMD, /web, health]}
    deploy: {replicas: 3}
volumes: {data: {}, cache: {}}
";

/// Argo CD takes charts by the Applications themselves: with what lies beside them, or alone.
fn the_chart_is_an_application(kube: &testkit::KubeApi) {
    let mut scenario = rules_support::read(SHOP);
    let environment = "environments: {home: {engine: kubernetes, gitops: argocd, repository: {url: \"https://git.example.org/home.git\"}, \
                       ingress: {access: {lan: {class: traefik-lan}}}, apps: {prod: {}, test: {}}}}\n";
    scenario.files.insert("config-registry/env/environments.yml".into(), environment.into());
    let (files, findings) = cluster::files(&scenario);
    assert!(findings.is_empty(), "{findings:#?}");
    assert!(!files.iter().any(|f| f.path.starts_with("infrastructure/oci/")), "an empty folder");
    cluster::apply(kube, &cluster::objects(&cluster::world(&files)));
    let text = kube.kubectl(&["get", "-n", "argocd", "-o", "yaml", "applications,appprojects"]);
    for part in [
        "chart: issuer\n      helm:\n        releaseName: issuer\n        valuesObject:",
        "path: infrastructure/issuer",
        "chart: oci\n      helm:\n        releaseName: oci\n      repoURL: registry.example.org/charts\n      targetRevision: 2.0.1-rc.1",
        "- https://charts.example.org\n    - registry.example.org/charts",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
}

/// What the test needs of Traefik's own definition: the testbed has none.
const MIDDLEWARES: &str = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: middlewares.traefik.io}
spec:
  group: traefik.io
  names: {kind: Middleware, plural: middlewares, singular: middleware, listKind: MiddlewareList}
  scope: Namespaced
  versions:
    - name: v1alpha1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                chain:
                  type: object
                  properties:
                    middlewares:
                      type: array
                      items: {type: object, required: [name], properties: {name: {type: string}, namespace: {type: string}}}
";

#[test]
fn the_server_takes_everything_that_lies_beside_a_service() {
    let kube = testkit::need!(testkit::kube_api());
    kube.apply(MIDDLEWARES);
    kube.kubectl(&["wait", "--for=condition=Established", "--timeout=60s", "crd/middlewares.traefik.io"]);
    let mut kinds = BTreeSet::new();
    for (kind, monitoring, gitops) in [
        ("Ingress", "ServiceMonitor", "flux"),
        ("HTTPProxy", "ServiceMonitor", "flux"),
        ("HTTPRoute", "annotations", "none"),
    ] {
        let mut scenario = rules_support::read(SHOP);
        let environment = format!(
            "environments:\n  home:\n    engine: kubernetes\n    gitops: {gitops}\n    repository: {{url: https://git.example.org/home.git}}\n    \
             ingress: {{kind: {kind}, access: {{lan: {{class: traefik-lan, gateway: lan/gate}}}}}}\n    \
             monitoring: {{kind: {monitoring}}}\n    backup: {{kind: Schedule, keep: 240h, provided_by: issuer}}\n    \
             namespaces: {{trade: {{quota: {{pods: 20}}, limits: {{default: {{memory: 64Mi}}}}}}}}\n    apps: {{prod: {{}}, test: {{}}}}\n"
        );
        scenario.files.insert("config-registry/env/environments.yml".into(), environment);
        let (files, findings) = cluster::files(&scenario);
        assert!(findings.is_empty(), "{kind}: {findings:#?}");
        let world = cluster::world(&files);
        let found: Vec<_> = foundry_core::check::tree(&world).iter().cloned().collect();
        // Without a reconciler nothing says what is in a namespace.
        let known = |f: &&foundry_core::diag::Finding| gitops == "none" && f.rule == "NSP-002";
        let found: Vec<_> = found.iter().filter(|f| !known(f)).collect();
        assert!(found.is_empty(), "{kind}: {found:#?}");
        let objects = cluster::objects(&world);
        cluster::apply(&kube, &objects);
        kinds.extend(objects.iter().filter_map(|o| o["kind"].as_str().map(str::to_owned)));
        let get = |path: &[&str]| kube.kubectl(&[&["get", "-o"], path].concat());
        assert_eq!(get(&["jsonpath={.data.colour}", "cm/settings", "-n", "trade-test"]), "green");
        assert_eq!(get(&["jsonpath={.spec.replicas}", "deploy/worker", "-n", "trade-prod"]), "5");
        assert_eq!(get(&["jsonpath={.spec.replicas}", "deploy/worker", "-n", "trade-test"]), "3");
        assert_eq!(
            get(&["jsonpath={.metadata.annotations.seen}", "netpol/web-flows", "-n", "trade-test"]),
            "yes"
        );
        let egress = get(&["jsonpath={.spec.egress}", "netpol/worker-flows", "-n", "trade-prod"]);
        assert!(egress.contains("\"app.kubernetes.io/instance\":\"oci\""), "no way to the chart: {egress}");
        assert_eq!(get(&["jsonpath={.spec.maxUnavailable}", "pdb/worker", "-n", "trade-test"]), "1");
    }
    let wanted = [
        "ClusterIssuer",
        "Certificate",
        "ConfigMap",
        "HTTPProxy",
        "HTTPRoute",
        "HelmChart",
        "HelmRelease",
        "HelmRepository",
        "Ingress",
        "LimitRange",
        "Middleware",
        "NetworkPolicy",
        "OCIRepository",
        "PodDisruptionBudget",
        "ResourceQuota",
        "Schedule",
        "ServiceMonitor",
    ];
    for kind in wanted {
        assert!(kinds.contains(kind), "no {kind} in {kinds:?}");
    }
    let text = kube.kubectl(&[
        "get",
        "-A",
        "-o",
        "yaml",
        "schedules,cm,httpproxies,httproutes,ingresses,statefulsets,helmreleases",
    ]);
    for part in [
        "schedule: 30 2 * * *",
        "ttl: 240h",
        "grafana_dashboard: \"1\"",
        "${DS_PROMETHEUS}",
        "kube-system-login@kubernetescrd",
        "pre.hook.backup.velero.io/command: '[\"/bin/sh\",\"-c\",\"/web dump\"]'",
        "backup.velero.io/backup-volumes: data",
        "ingressClassName: traefik-lan",
        "prometheus.io/port: \"9100\"",
        "crds: Create",
        "text: ${NOT_OURS}",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    the_chart_is_an_application(&kube);
}
