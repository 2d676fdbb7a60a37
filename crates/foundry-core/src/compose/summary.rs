//! What a rendered project adds to its domain's metadata: images, what is kept, where it answers.

use super::{Mount, Port, Project, Service};
use crate::model::{Binding, Domain, Registry};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// `images` (service → reference), `volumes` (names on the engine and absolute host paths that a service may write,
/// sorted) and `endpoints` (port of ports.yml → where it is reached); what is empty is left out.
///
/// An endpoint is the URL of the domain's `ingress` with `${…}` as written, of its `monitoring` path, or the
/// `service:port` that other containers use; `/udp` follows where it is not TCP.
pub fn summary(registry: &Registry, domain: &Domain, project: &Project) -> Map<String, Value> {
    let mut out = Map::new();
    let images: BTreeMap<&String, &String> =
        project.services.iter().filter_map(|s| Some((&s.name, &s.image.as_ref()?.value))).collect();
    if !images.is_empty() {
        out.insert("images".into(), json!(images));
    }
    let mounts = project.services.iter().flat_map(|s| &s.mounts).filter(|m| !m.read_only);
    let volumes: BTreeSet<String> = mounts.filter_map(|mount| kept(project, mount)).collect();
    if !volumes.is_empty() {
        out.insert("volumes".into(), json!(volumes));
    }
    let ports = registry.ports_of(&domain.name.value).map(|p| p.ports.as_slice()).unwrap_or_default();
    let endpoints: Map<String, Value> = ports
        .iter()
        .filter_map(|port| {
            let (name, binding) = (&port.name.value, port.binding.as_ref()?);
            Some((name.clone(), endpoint(domain, name, binding, project)?.into()))
        })
        .collect();
    if !endpoints.is_empty() {
        out.insert("endpoints".into(), Value::Object(endpoints));
    }
    out
}

fn kept(project: &Project, mount: &Mount) -> Option<String> {
    match mount.volume() {
        Some(key) => Some(project.volumes.get(key)?.name.clone()),
        None => mount.bind().filter(|path| path.starts_with('/')).map(str::to_owned),
    }
}

fn endpoint(domain: &Domain, name: &str, binding: &Binding, project: &Project) -> Option<String> {
    let ingress = domain.record.get("ingress").and_then(Value::as_array).into_iter().flatten();
    let host = ingress.filter(|i| i["port"] == *name).find_map(|i| i["host"].as_str());
    if let Some(host) = host {
        return Some(format!("https://{host}"));
    }
    let (service, port) = publisher(binding, project)?;
    let inside = format!("{}:{}", service.name, port.target);
    let monitoring = domain.record.get("monitoring").filter(|m| m["port"] == *name);
    if let Some(monitoring) = monitoring {
        let word = |key: &str, default: &'static str| monitoring[key].as_str().unwrap_or(default).to_owned();
        return Some(format!("{}://{inside}{}", word("scheme", "http"), word("path", "/metrics")));
    }
    Some(if port.protocol == "tcp" { inside } else { format!("{inside}/{}", port.protocol) })
}

/// The service that publishes the port, TCP before UDP where it is both.
fn publisher<'p>(binding: &Binding, project: &'p Project) -> Option<(&'p Service, &'p Port)> {
    let wanted = binding.protocol.each();
    let all = || project.services.iter().flat_map(|s| s.ports.iter().map(move |p| (s, p)));
    wanted.iter().find_map(|protocol| {
        all().find(|(_, port)| {
            port.published.is_some_and(|(first, _)| first == binding.port) && port.protocol == *protocol
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{FileContent, Files, load};
    use std::sync::Arc;

    #[test]
    fn images_kept_places_and_endpoints_are_named() {
        let mut files = Files { folder: "home".into(), ..Files::default() };
        let mut add = |path: &str, text: &str| {
            files.entries.insert(Arc::from(path), FileContent::Text(Arc::from(text)));
        };
        add(
            "config-registry/env/domains.yml",
            "domains: [{name: git, monitoring: {port: metrics}, ingress: [{host: 'git.${DOMAIN}', port: http}]}]",
        );
        add(
            "config-registry/env/ports.yml",
            "git: {http: 3000, ssh: 2222, metrics: 9100, dns: '53/tcp+udp', off: 1}",
        );
        let (registry, _) = load(&files);
        let text = "services:\n  web:\n    image: forgejo:13.0.2\n    ports: ['3000:80', '2222:22', '9100:9100']\n    volumes: ['data:/data', '/srv/git:/git', '/etc/localtime:/etc/localtime:ro', './x:/x']\n  dns: {image: dns:1, ports: ['53:53/udp']}\nvolumes: {data: {}}\n";
        let (project, _) = super::super::read(&Arc::from("c.yml"), text, &BTreeMap::new(), "git");
        let found = summary(&registry, &registry.domains[0], &project.expect("a project"));
        let wanted = json!({
            "images": {"dns": "dns:1", "web": "forgejo:13.0.2"},
            "volumes": ["/srv/git", "git_data"],
            "endpoints": {"http": "https://git.${DOMAIN}", "ssh": "web:22",
                "metrics": "http://web:9100/metrics", "dns": "dns:53/udp"},
        });
        assert_eq!(Value::Object(found), wanted);
    }
}
