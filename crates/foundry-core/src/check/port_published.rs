//! PORT-003, PORT-004 and PORT-006: what is published is what ports.yml says, and no wider than it should be.

use super::{Phase, Rendered, Rule};
use crate::compose;
use crate::diag::{Finding, Findings, Severity};
use crate::model::{Binding, Domain, DomainPorts, Port, Registry};
use crate::render::port_variable;
use serde_json::Value;
use std::cell::LazyCell;
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

pub(super) const DECLARED: &[Rule] = &[
    Rule {
        id: "PORT-003",
        severity: Severity::Error,
        phase: Phase::Rendered,
        title: "every published port is in ports.yml, with its protocol and address",
        why: "ports.yml is where clashes are found and where people look. A port that only a rendered file knows takes \
              part in neither, and one that is published on more addresses than declared is open to more than \
              intended.",
        fix: "add the port to config-registry/env/ports.yml, and use its variable in the template",
        bad: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: web}]
-- config-registry/env/ports.yml --
web: {http: 8080, metrics: \"127.0.0.1:9100\"}
-- config-registry/env/overrides/dev.env --
-- generated/web/compose.yml --
services:
  web:
    image: web:1.2.3
    ports:
      - 8080:80
      - 8081:81
#       ^^^^^^^ error PORT-003: port 8081/tcp is not in ports.yml
      - 9100:9100
#       ^^^^^^^^^ error PORT-003: port 9100 is published on every address, and ports.yml says 127.0.0.1
",
        good: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: web}]
-- config-registry/env/ports.yml --
web: {http: 8080, metrics: \"127.0.0.1:9100\"}
-- config-registry/env/overrides/dev.env --
-- generated/web/compose.yml --
services:
  web:
    image: web:1.2.3
    ports: [\"8080:80\", \"127.0.0.1:9100:9100\"]
",
    },
    Rule {
        id: "PORT-004",
        severity: Severity::Warning,
        phase: Phase::Rendered,
        title: "every port of ports.yml is published or used",
        why: "A port that nothing publishes is reserved for nobody, and whoever reads ports.yml looks for a service \
              that is not there.",
        fix: "publish the port, or remove it from ports.yml",
        bad: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: web}]
-- config-registry/env/ports.yml --
web: {http: 8080, exporter: 9617}
#                           ^^^^ warning PORT-004: nothing publishes or uses `web.exporter`
-- config-registry/env/overrides/dev.env --
-- generated/web/compose.yml --
services:
  web: {image: \"web:1.2.3\", ports: [\"8080:80\"]}
",
        good: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: web}]
-- config-registry/env/ports.yml --
web: {http: 8080}
-- config-registry/env/overrides/dev.env --
-- generated/web/compose.yml --
services:
  web: {image: \"web:1.2.3\", ports: [\"8080:80\"]}
",
    },
];

pub(super) const OPEN: &[Rule] = &[Rule {
    id: "PORT-006",
    severity: Severity::Warning,
    phase: Phase::Rendered,
    title: "no data store or administration port is open to every address",
    why: "Docker's published ports pass by most firewalls: `5432:5432` is open to the whole network, and often to \
              the internet. Other containers reach the port on a shared network without publishing it.",
    fix: "publish it on 127.0.0.1, or not at all",
    bad: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: db}]
-- config-registry/env/ports.yml --
db: {sql: 5432}
-- config-registry/env/overrides/dev.env --
-- generated/db/compose.yml --
services:
  db:
    image: postgres:16.4.0
    ports: [\"5432:5432\"]
#           ^^^^^^^^^^^ warning PORT-006: port 5432 of a data store is open to every address
",
    good: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: db}]
-- config-registry/env/ports.yml --
db: {sql: \"127.0.0.1:5432\"}
-- config-registry/env/overrides/dev.env --
-- generated/db/compose.yml --
services:
  db:
    image: postgres:16.4.0
    ports: [\"127.0.0.1:5432:5432\"]
",
}];

/// Container ports assigned to data stores.
const STORES: [u16; 15] =
    [1433, 1521, 3306, 5432, 5984, 6379, 7687, 8086, 9042, 9200, 9300, 11211, 27017, 27018, 33060];

/// Container ports assigned to the control of engines and clusters.
const CONTROL: [u16; 4] = [2375, 2376, 2379, 2380];

/// Names of ports in ports.yml that say as much.
const CONTROL_NAMES: [&str; 8] =
    ["admin", "management", "mgmt", "debug", "db", "database", "sql", "api-admin"];

/// Ports of the registry by number; of several with one number the first.
type Numbers<'a> = HashMap<u16, (&'a DomainPorts, &'a Port)>;

pub(super) fn check(input: &Rendered<'_>, out: &mut Findings) {
    let mut numbers = Numbers::new();
    for list in &input.registry.ports {
        for port in &list.ports {
            if let Some(binding) = port.binding {
                numbers.entry(binding.port).or_insert((list, port));
            }
        }
    }
    for (name, project) in input.projects {
        let declared = input.registry.ports_of(name).map(|p| p.ports.as_slice()).unwrap_or_default();
        for port in project.services.iter().flat_map(|s| &s.ports) {
            let Some((first, last)) = port.published else { continue };
            for number in first..=last {
                published(&numbers, name, declared, port, number, out);
            }
        }
    }
    never_used(input, out);
}

fn published(
    numbers: &Numbers<'_>,
    domain: &str,
    declared: &[Port],
    port: &compose::Port,
    number: u16,
    out: &mut Findings,
) {
    let address =
        port.host_ip.as_deref().and_then(|ip| ip.parse::<IpAddr>().ok()).filter(|a| !a.is_unspecified());
    let same = |b: &Binding| b.port == number && b.protocol.each().contains(&port.protocol.as_str());
    let matching = || declared.iter().filter_map(|p| Some((p, p.binding.filter(same)?)));
    let covers = |b: &Binding| b.address.is_none_or(|a| a.is_unspecified() || Some(a) == address);
    if let Some((first, binding)) = matching().next() {
        if let (Some(wanted), false) = (binding.address, matching().any(|(_, b)| covers(&b))) {
            let here = address.map_or("every address".to_owned(), |a| a.to_string());
            let message = format!("port {number} is published on {here}, and ports.yml says {wanted}");
            out.push(
                Finding::error("PORT-003", &port.span, message)
                    .label(&first.span, "declared here")
                    .help(format!("write \"{wanted}:{number}:{}\" in the template", port.target)),
            );
        }
    } else {
        out.push(undeclared(numbers, domain, declared, port, number));
    }
    let named = matching().any(|(p, _)| CONTROL_NAMES.contains(&p.name.value.to_lowercase().as_str()));
    let what = match port.target {
        target if STORES.contains(&target) => "of a data store",
        target if named || CONTROL.contains(&target) => "for administration",
        _ => return,
    };
    if address.is_none() {
        let message = format!("port {number} {what} is open to every address");
        let help = format!("publish it as \"127.0.0.1:{number}:{}\", or not at all", port.target);
        out.push(Finding::warning("PORT-006", &port.span, message).help(help));
    }
}

fn undeclared(
    numbers: &Numbers<'_>,
    domain: &str,
    declared: &[Port],
    port: &compose::Port,
    number: u16,
) -> Finding {
    let what = format!("port {number}/{}", port.protocol);
    let with_number = |p: &&Port| p.binding.is_some_and(|b| b.port == number);
    if let Some(other) = declared.iter().find(with_number) {
        let message = format!("{what} is not in ports.yml, which has `{}: {}`", other.name.value, other.text);
        return Finding::error("PORT-003", &port.span, message)
            .label(&other.span, "declared here")
            .help(format!("write \"{number}/tcp+udp\" there, if both protocols are meant"));
    }
    match numbers.get(&number) {
        Some((list, theirs)) => {
            let name = format!("{}.{}", list.domain.value, theirs.name.value);
            Finding::error(
                "PORT-003",
                &port.span,
                format!("{what} is not `{domain}`'s in ports.yml, but `{name}`"),
            )
            .label(&theirs.span, "declared here")
            .help("publish another port")
        }
        None => Finding::error("PORT-003", &port.span, format!("{what} is not in ports.yml"))
            .help(format!("foundry port set {domain}.NAME {number}, and use its variable in the template")),
    }
}

/// PORT-004, for domains whose compose file was read.
fn never_used(input: &Rendered<'_>, out: &mut Findings) {
    let words = LazyCell::new(|| template_words(input.registry));
    for (name, project) in input.projects {
        let Some(list) = input.registry.ports_of(name) else { continue };
        let ranges = project.services.iter().chain(&project.inactive).flat_map(|s| &s.ports);
        let published: Vec<(u16, u16)> = ranges.filter_map(|p| p.published).collect();
        let own = input.registry.domain(name);
        for port in &list.ports {
            let Some(binding) = port.binding else { continue };
            if published.iter().any(|(a, b)| (*a..=*b).contains(&binding.port)) {
                continue;
            }
            let variable = port_variable(name, &port.name);
            let is_used = input.artifacts.used.contains(&variable)
                || words.contains(variable.as_str())
                || own.is_some_and(|d| record_names(d, &port.name))
                || looks_up_by_name(&words, name, &port.name);
            if !is_used {
                let message = format!("nothing publishes or uses `{name}.{}`", port.name.value);
                out.push(
                    Finding::warning("PORT-004", &port.span, message).help("publish it, or remove it here"),
                );
            }
        }
    }
}

/// `ports.web.http` in a template, which may be spelt in other ways, too: all three words are enough.
fn looks_up_by_name(words: &HashSet<&str>, domain: &str, port: &str) -> bool {
    let all = |name: &str| name.split('-').all(|part| words.contains(part));
    words.contains("ports") && all(domain) && all(port)
}

fn template_words(registry: &Registry) -> HashSet<&str> {
    let own = registry.templates.values().chain(registry.includes.values()).flatten();
    let texts = own.chain(&registry.machine_templates).map(|t| t.text.as_ref());
    texts.flat_map(|t: &str| t.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')).collect()
}

/// Whether the domain's record speaks of a port by its name, under `monitoring` or `ingress`.
fn record_names(domain: &Domain, port: &str) -> bool {
    let is = |value: Option<&Value>| value.and_then(Value::as_str) == Some(port);
    let monitoring = domain.record.get("monitoring").and_then(|m| m.get("port"));
    let ingress = domain.record.get("ingress").and_then(Value::as_array);
    is(monitoring) || ingress.into_iter().flatten().any(|entry| is(entry.get("port")))
}
