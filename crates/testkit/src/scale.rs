//! Registries of any size for a cluster: relations, volumes, ways in, categories, files beside the templates.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Which folders the tree has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// `clusters`, `infrastructure`, `platform-services`, `tenants/apps`, with two application environments.
    Layers,
    /// `k3s/core`, `k3s/platform`, `k3s/apps/<category>`, `k3s/shared-config`, with one.
    Purposes,
}

/// Who issues the certificates of all ways in: written by hand, beside the lowest domain.
const ISSUER: &str = "\
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: letsencrypt}
spec: {selfSigned: {}}
";

const CATEGORIES: [&str; 8] =
    ["media", "home-automation", "dev-tools", "ai", "web", "finance", "documents", "photos"];

/// The files of a registry of `count` domains, by path. Domain `i` requires one below it of the same or a lower layer,
/// each third keeps a volume, each fourth has a way in, each tenth a dashboard.
#[must_use]
pub fn registry(count: usize, layout: Layout, gitops: &str) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut domains = String::from("domains:\n");
    let mut ports = String::new();
    for i in 0..count {
        let name = name(i);
        record(i, count, &mut domains);
        writeln!(ports, "{name}: {{http: {}}}", 10_000 + i).expect("a text");
        files.insert(format!("domains/{name}/templates/compose.yml.tmpl"), compose(i));
        if i == 0 {
            files.insert(format!("domains/{name}/manifests/issuer.yaml"), ISSUER.to_owned());
        }
        if i % 10 == 9 {
            let text = format!("{{\"title\": \"{name}\", \"panels\": []}}\n");
            files.insert(format!("domains/{name}/dashboards/overview.json"), text);
        }
    }
    files.insert("config-registry/env/domains.yml".into(), domains);
    files.insert("config-registry/env/ports.yml".into(), ports);
    files.insert("config-registry/env/base.env".into(), "DOMAIN=example.org\n".into());
    files.insert("config-registry/env/environments.yml".into(), environments(layout, gitops));
    files
}

fn name(i: usize) -> String {
    format!("service-{i:04}")
}

/// The first twentieth is infrastructure, the next tenth the platform.
fn layer(i: usize, count: usize) -> &'static str {
    match i * 20 / count {
        0 => "infrastructure",
        1 | 2 => "platform",
        _ => "apps",
    }
}

fn record(i: usize, count: usize, out: &mut String) {
    let layer = layer(i, count);
    let (first, second) = (i / 2, i / 3);
    let mut lines = vec![format!("description: Number {i}")];
    lines.push(match layer {
        "apps" => format!("category: {}", CATEGORIES[i % CATEGORIES.len()]),
        layer => format!("layer: {layer}"),
    });
    if i > 0 {
        lines.push(format!("requires: [{}]", name(first)));
    }
    if second != first {
        lines.push(format!("consumes: [{}]", name(second)));
    }
    let lower = (i * 2..=i * 3 + 2).filter(|j| *j < count && *j > i && (j / 2 == i || j / 3 == i)).map(name);
    let users: Vec<String> = lower.collect();
    if !users.is_empty() {
        lines.push(format!("exposes_to: [{}]", users.join(", ")));
    }
    lines.push("networks: [shared]".to_owned());
    lines.push("monitoring: {port: 9100, path: /metrics}".to_owned());
    lines.push(match i % 3 {
        0 => "state: [{volume: data, size: 1Gi, backup: full}]".to_owned(),
        _ => "stateless: true".to_owned(),
    });
    let host = format!("{}.${{DOMAIN}}", name(i));
    lines.push(match i % 4 {
        0 => format!("ingress: [{{host: \"{host}\", port: 8080, issuer: letsencrypt, auth: none}}]"),
        _ => "internal: true".to_owned(),
    });
    writeln!(out, "  - name: {}", name(i)).expect("a text");
    lines.iter().for_each(|line| writeln!(out, "    {line}").expect("a text"));
}

fn compose(i: usize) -> String {
    let name = name(i);
    let volume = i.is_multiple_of(3);
    let replicas = if i % 5 == 1 { "    deploy: {replicas: 2}\n" } else { "" };
    let mounts = if volume { "    volumes: [\"data:/data\"]\n" } else { "" };
    let volumes = if volume { "volumes: {data: {}}\n" } else { "" };
    format!(
        "services:
  {name}:
    image: registry.example.org/{name}:1.{i}.0
    restart: unless-stopped
    user: \"1000:1000\"
    environment: {{NAME: {name}, URL: \"https://{name}.{{{{ DOMAIN }}}}\"}}
    ports: [\"{{{{ ports['{name}'].http }}}}:8080\"]
    expose: [\"9100\"]
{mounts}{replicas}    networks: [shared]
    mem_limit: 128m
    healthcheck: {{test: [CMD, /server, health], interval: 10s}}
    read_only: true
    cap_drop: [ALL]
networks: {{shared: {{name: shared, external: true}}}}
{volumes}"
    )
}

fn environments(layout: Layout, gitops: &str) -> String {
    let folders = match layout {
        Layout::Layers => "    apps: {staging: {domain: \"staging.${DOMAIN}\"}, prod: {}}\n",
        Layout::Purposes => {
            "    layout: {clusters: clusters, infrastructure: k3s/core, platform: k3s/platform, apps: k3s/apps, \
             shared: k3s/shared-config}\n"
        }
    };
    format!(
        "environments:
  home:
    engine: kubernetes
    gitops: {gitops}
    repository: {{url: \"https://git.example.org/me/home.git\", branch: main}}
    platform: {{cert_issuer: letsencrypt}}
    backup: {{kind: Schedule, keep: 720h}}
    namespaces:
      \"*\":
        quota: {{pods: 500, requests.storage: 500Gi}}
        limits: {{default: {{memory: 256Mi}}, defaultRequest: {{cpu: 10m, memory: 32Mi}}, max: {{memory: 8Gi}}}}
{folders}"
    )
}
