//! TRN-001 to TRN-005: what a Compose file says can be said in Kubernetes, or the finding says what to do instead.

use super::{Phase, Rendered, Rule};
use crate::diag::{Findings, Severity};
use crate::kubernetes::{Input, translate};
use crate::model::Engine;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "TRN-001",
        severity: Severity::Error,
        phase: Phase::Rendered,
        title: "a Compose file for Kubernetes has no key without a meaning there",
        why: "A key that was dropped in silence would be missed when it is needed: a service without its ulimits fails \
              under load, not on the day of the move. The reference \"From Compose to Kubernetes\" lists every key and \
              what becomes of it.",
        fix: "do what the help says, or leave the domain out of the environment with `environments`",
        bad: "\
# run: env=home
-- config-registry/env/domains.yml --
domains: [{name: web, stateless: true}]
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes}}
-- generated/web/compose.yml --
services:
  web:
    image: web:1.2.3
    ulimits: {nofile: 65536}
#   ^^^^^^^ error TRN-001: `web` has `ulimits`, which has no meaning in Kubernetes: the container runtime sets them for all containers
",
        good: "\
# run: env=home
-- config-registry/env/domains.yml --
domains: [{name: web, stateless: true}]
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes}}
-- generated/web/compose.yml --
services:
  web:
    image: web:1.2.3
    cap_drop: [ALL]
",
    },
    Rule {
        id: "TRN-002",
        severity: Severity::Error,
        phase: Phase::Rendered,
        title: "what Kubernetes needs beside a Compose file is said",
        why: "Compose leaves some things to the machine it runs on: how large a volume gets, what is built from a \
              folder, which port another service will ask for. Objects of a cluster have to say them.",
        fix: "add what the help names, to the registry or to the service",
        bad: "\
# run: env=home
-- config-registry/env/domains.yml --
domains: [{name: db}]
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes}}
-- generated/db/compose.yml --
services:
  db:
    image: db:1.2.3
    user: \"70:70\"
    volumes: [\"data:/var/lib/db\"]
volumes:
  data: {}
# ^^^^ error TRN-002: volume `data` has no size, and a claim needs one
",
        good: "\
# run: env=home
-- config-registry/env/domains.yml --
domains:
  - name: db
    state: [{volume: data, size: 5Gi, backup: full}]
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes}}
-- generated/db/compose.yml --
services:
  db:
    image: db:1.2.3
    user: \"70:70\"
    volumes: [\"data:/var/lib/db\"]
volumes:
  data: {}
",
    },
    Rule {
        id: "TRN-003",
        severity: Severity::Error,
        phase: Phase::Rendered,
        title: "values that Kubernetes cannot take are not used",
        why: "The key has a meaning there, this value of it has not: a user by name, a folder of the machine, the network \
              of another container. Where the result works on one node only, it is a warning.",
        fix: "do what the help says",
        bad: "\
# run: env=home
-- config-registry/env/domains.yml --
domains: [{name: web, stateless: true}]
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes}}
-- generated/web/compose.yml --
services:
  web:
    image: web:1.2.3
    user: www-data
#         ^^^^^^^^ error TRN-003: `web` runs as www-data, whose number Kubernetes cannot look up
    volumes: [\"/srv/web:/data\"]
#             ^^^^^^^^^^^^^^^^ warning TRN-003: `web` keeps /srv/web on whichever node it runs on
",
        good: "\
# run: env=home
-- config-registry/env/domains.yml --
domains:
  - name: web
    state: [{path: /srv/web, size: 5Gi, backup: full}]
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes}}
-- generated/web/compose.yml --
services:
  web:
    image: web:1.2.3
    user: \"33:33\"
    volumes: [\"/srv/web:/data\"]
",
    },
    Rule {
        id: "TRN-004",
        severity: Severity::Error,
        phase: Phase::Rendered,
        title: "names of services are names of Kubernetes objects, and no two domains of a namespace share one",
        why: "A service is found by its name, in Compose and in a cluster. There the name is part of a DNS name, and all \
              domains of a category live in one namespace.",
        fix: "rename the service, or give the domain a `category` of its own",
        bad: "\
# run: env=home
-- config-registry/env/domains.yml --
domains: [{name: shop, stateless: true}, {name: wiki, stateless: true}]
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes}}
-- generated/shop/compose.yml --
services:
  web:
    image: web:1.2.3
    restart: unless-stopped
  web_admin:
# ^^^^^^^^^ error TRN-004: `web_admin` cannot name a Service
    image: web:1.2.3
-- generated/wiki/compose.yml --
services:
  web:
# ^^^ error TRN-004: shop and wiki both have the Deployment `web` in the namespace apps
    image: wiki:1.2.3
    restart: unless-stopped
",
        good: "\
# run: env=home
-- config-registry/env/domains.yml --
domains: [{name: shop, stateless: true}, {name: wiki, category: notes, stateless: true}]
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes}}
-- generated/shop/compose.yml --
services:
  web:
    image: web:1.2.3
    restart: unless-stopped
-- generated/wiki/compose.yml --
services:
  web:
    image: wiki:1.2.3
    restart: unless-stopped
",
    },
    Rule {
        id: "TRN-005",
        severity: Severity::Error,
        phase: Phase::Rendered,
        title: "every secret reaches the cluster as a reference",
        why: "A tree of manifests is kept in Git, so it has references to secrets and never a value. Variables, commands, \
              and files can have references; labels and image names cannot.",
        fix: "move the value to `environment` or to a file that is mounted, and choose how secrets are delivered",
        bad: "\
# run: env=home
-- config-registry/env/domains.yml --
domains: [{name: web, stateless: true}]
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes, secrets: sops}}
#              ^^^^ error TRN-005: secrets of web come by `sops`, which this version cannot write yet
-- .env --
API_TOKEN=made-up-1
-- domains/web/templates/compose.yml.tmpl --
services:
  web:
    image: web:1.2.3
    environment: {TOKEN: \"{{ API_TOKEN }}\"}
",
        good: "\
# run: env=home
-- config-registry/env/domains.yml --
domains: [{name: web, stateless: true}]
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes}}
-- .env --
API_TOKEN=made-up-1
-- domains/web/templates/compose.yml.tmpl --
services:
  web:
    image: web:1.2.3
    environment: {TOKEN: \"{{ API_TOKEN }}\"}
",
    },
    Rule {
        id: "TRN-006",
        severity: Severity::Error,
        phase: Phase::Rendered,
        title: "generated files of a tree are as they were generated",
        why: "A change that was made in a generated file is lost with the next render, and a file that somebody wrote in \
              the place of a generated one would be. Nothing is written before that is settled.",
        fix: "move the change to the domain's templates or to the registry, and write over it: `foundry render --overwrite`",
        bad: "",
        good: "",
    },
];

pub(super) fn check(input: &Rendered<'_>, out: &mut Findings) {
    let Some(environment) = input.registry.environment(input.environment) else { return };
    if environment.engine == Engine::Kubernetes {
        let (registry, env) = (input.registry, input.env);
        let (artifacts, projects) = (input.artifacts, input.projects);
        out.extend(translate(&Input { registry, environment, env, artifacts, projects }).1);
    }
}
