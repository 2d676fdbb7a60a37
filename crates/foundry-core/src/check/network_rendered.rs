//! NET-002, NET-003 and NET-004: the networks of rendered files are those that the registry speaks of.

use super::near::Near;
use super::{Phase, Rendered, Rule};
use crate::compose::Project;
use crate::diag::{Finding, Findings, Severity};
use crate::model::Domain;
use std::collections::BTreeSet;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "NET-002",
        severity: Severity::Error,
        phase: Phase::Rendered,
        title: "an external network is declared, or another domain's file defines it",
        why: "`external: true` means that somebody else creates the network. When nobody does, the start fails. A \
              network that a domain names under `networks`, or that networks.yml lists, is declared: Foundry creates \
              it before the first domain that needs it.",
        fix: "add the network to the domain's `networks`, or define it in one file without `external`",
        bad: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: web}]
-- config-registry/env/overrides/dev.env --
-- generated/web/compose.yml --
services:
  web: {image: \"web:1.2.3\", networks: [front]}
networks:
  front: {name: front-network, external: true}
# ^^^^^ error NET-002: nothing declares the external network `front-network`
",
        good: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: web, networks: [front-network]}]
-- config-registry/env/overrides/dev.env --
-- generated/web/compose.yml --
services:
  web: {image: \"web:1.2.3\", networks: [front]}
networks:
  front: {name: front-network, external: true}
",
    },
    Rule {
        id: "NET-003",
        severity: Severity::Warning,
        phase: Phase::Rendered,
        title: "a domain joins the networks that it lists, and lists those that it joins",
        why: "Who can reach whom is read from the registry. A network that only the rendered file knows is missing \
              there, and one that only the registry knows promises a way that does not exist.",
        fix: "correct the domain's `networks`, or the networks of its services",
        bad: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains:
  - name: web
    networks: [front-network, back-network]
#                             ^^^^^^^^^^^^ warning NET-003: no service of `web` joins `back-network`
  - name: db
    networks: [side-network]
#              ^^^^^^^^^^^^ warning NET-003: no service of `db` joins `side-network`
-- config-registry/env/overrides/dev.env --
-- generated/web/compose.yml --
services:
  web: {image: \"web:1.2.3\", networks: [front-network]}
networks:
  front-network: {name: front-network, external: true}
-- generated/db/compose.yml --
services:
  db: {image: \"db:1.2.3\", networks: [front-network]}
networks:
  front-network: {name: front-network, external: true}
# ^^^^^^^^^^^^^ warning NET-003: `db` joins `front-network`, and does not list it
",
        good: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: web, networks: [front-network]}]
-- config-registry/env/overrides/dev.env --
-- generated/web/compose.yml --
services:
  web: {image: \"web:1.2.3\", networks: [front-network, private]}
networks:
  front-network: {name: front-network, external: true}
  private: {}
",
    },
    Rule {
        id: "NET-004",
        severity: Severity::Warning,
        phase: Phase::Rendered,
        title: "a network that others speak of has a name of its own",
        why: "Compose puts the project's name before the name of a network without `name`: `postgres-network` of the \
              project postgres is `postgres_postgres-network` on the host, and no other domain finds it. Networks that \
              only their own file speaks of are private, and no finding.",
        fix: "add `name:` to the network",
        bad: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: postgres}]
-- config-registry/env/overrides/dev.env --
-- generated/postgres/compose.yml --
services:
  db: {image: \"postgres:16.4.0\", networks: [postgres-network]}
networks:
  postgres-network: {}
# ^^^^^^^^^^^^^^^^ warning NET-004: `postgres-network` is called `postgres_postgres-network` on the host
",
        good: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: postgres}]
-- config-registry/env/overrides/dev.env --
-- generated/postgres/compose.yml --
services:
  db: {image: \"postgres:16.4.0\", networks: [postgres-network, private]}
networks:
  postgres-network: {name: postgres-network}
  private: {}
",
    },
];

/// Networks that every Docker Engine has.
const BUILT_IN: [&str; 3] = ["bridge", "host", "none"];

pub(super) fn check(input: &Rendered<'_>, out: &mut Findings) {
    let mut declared: BTreeSet<&str> =
        input.registry.networks.iter().map(|n| n.name.value.as_str()).collect();
    declared.extend(input.registry.domains.iter().flat_map(|d| &d.networks).map(|n| n.value.as_str()));
    let networks = || input.projects.values().flat_map(|p| p.networks.values());
    let defined: BTreeSet<&str> = networks().filter(|n| !n.external).map(|n| n.name.as_str()).collect();
    if !input.complete {
        out.not_checked("NET-002", "not every domain was rendered");
    }
    let mut near = Near::new(declared.iter().chain(&defined).copied());
    for (name, project) in input.projects {
        let Some(domain) = input.registry.domain(name) else { continue };
        for (key, network) in project.used_networks() {
            let name = network.name.as_str();
            let built_in = BUILT_IN.contains(&name);
            let known = built_in || declared.contains(name) || defined.contains(name);
            if network.external && input.complete && !known {
                let message = format!("nothing declares the external network `{name}`");
                let otherwise = format!("add `{name}` to `networks` of `{}`", domain.name.value);
                out.push(Finding::error("NET-002", &network.span, message).help(near.help(name, otherwise)));
            } else if network.external && !built_in && !lists(domain, name) {
                let message = format!("`{}` joins `{name}`, and does not list it", domain.name.value);
                let help = format!("add `{name}` to its `networks` in config-registry/env/domains.yml");
                out.push(Finding::warning("NET-003", &network.span, message).help(help));
            }
            if !network.external && !network.named && (declared.contains(key.as_str()) || lists(domain, key))
            {
                let message = format!("`{key}` is called `{name}` on the host");
                let help = format!("add `name: {key}` to it");
                out.push(Finding::warning("NET-004", &network.span, message).help(help));
            }
        }
        never_joined(domain, project, out);
    }
}

fn lists(domain: &Domain, network: &str) -> bool {
    domain.networks.iter().any(|n| n.value == network) || network == format!("{}-network", domain.name.value)
}

fn never_joined(domain: &Domain, project: &Project, out: &mut Findings) {
    // A service that waits for its profile joins them when it is asked for.
    let attachments = project.services.iter().chain(&project.inactive).flat_map(|s| &s.networks);
    let keys = attachments.map(|a| a.network.as_str());
    let joined: BTreeSet<&str> = keys
        .flat_map(|key| [Some(key), project.networks.get(key).map(|n| n.name.as_str())])
        .flatten()
        .collect();
    for listed in &domain.networks {
        if !joined.contains(listed.value.as_str()) {
            let message = format!("no service of `{}` joins `{}`", domain.name.value, listed.value);
            let help = "add it to `networks` of a service, or remove it here";
            out.push(Finding::warning("NET-003", &listed.span, message).help(help));
        }
    }
}
