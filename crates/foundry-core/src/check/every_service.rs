//! EVG-001 to EVG-007: every service of a cluster is watched, saved, limited, reached and closed as somebody decided.

use super::{Phase, Rendered, Rule};
use crate::diag::{Findings, Severity};
use crate::kubernetes::{Input, statements};
use crate::model::Engine;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "EVG-001",
        severity: Severity::Warning,
        phase: Phase::Rendered,
        title: "every domain of a cluster says how it is watched",
        why: "From `monitoring` comes the ServiceMonitor, or the annotations of the pods, and the policy that lets \
              Prometheus in. A domain that says nothing is watched by nobody, and a port that no service declares is \
              the same. What has no metrics says so, with the reason.",
        fix: "add `monitoring: {port: PORT, path: /metrics}`, or `monitoring: {none: REASON}`",
        bad: "\
# run: env=home
-- config-registry/env/domains.yml --
domains:
  - name: web
#         ^^^ warning EVG-001: `web` does not say how it is watched
  - name: api
#         ^^^ warning EVG-001: `api` is watched on port metrics, which no service of it declares
    monitoring: {port: metrics}
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes}}
-- generated/web/compose.yml --
services: {web: {image: web:1.2.3, restart: always}}
-- generated/api/compose.yml --
services: {api: {image: api:1.2.3, restart: always, expose: [\"9100\"]}}
",
        good: "\
# run: env=home
-- config-registry/env/domains.yml --
domains:
  - name: web
    monitoring: {none: a page of plain files}
  - name: api
    monitoring: {port: 9100}
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes}}
-- generated/web/compose.yml --
services: {web: {image: web:1.2.3, restart: always}}
-- generated/api/compose.yml --
services: {api: {image: api:1.2.3, restart: always, expose: [\"9100\"]}}
",
    },
    Rule {
        id: "EVG-002",
        severity: Severity::Error,
        phase: Phase::Rendered,
        title: "every domain of a cluster says what it keeps",
        why: "From `state` come claims with class and size, and what is saved. `stateless: true` beside a volume is \
              wrong about one of them, which is an error. Saying nothing is a warning.",
        fix: "add `state: [{volume: NAME, size: SIZE, backup: PROFILE}]`, or `stateless: true`",
        bad: "\
# run: env=home
-- config-registry/env/domains.yml --
domains:
  - name: web
#         ^^^ warning EVG-002: `web` does not say what it keeps
  - name: db
    stateless: true
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes}}
-- generated/web/compose.yml --
services: {web: {image: web:1.2.3, restart: always}}
-- generated/db/compose.yml --
services:
  db:
    image: db:1.2.3
    restart: always
    volumes: [\"data:/var/lib/db\"]
#             ^^^^^^^^^^^^^^^^^^ error EVG-002: `db` is said to be stateless, and keeps `data`
volumes: {data: {}}
",
        good: "\
# run: env=home
-- config-registry/env/domains.yml --
domains:
  - name: web
    stateless: true
  - name: db
    state: [{volume: data, size: 5Gi, backup: full}]
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes}}
-- generated/web/compose.yml --
services: {web: {image: web:1.2.3, restart: always}}
-- generated/db/compose.yml --
services:
  db:
    image: db:1.2.3
    restart: always
    volumes: [\"data:/var/lib/db\"]
volumes: {data: {}}
",
    },
    Rule {
        id: "EVG-003",
        severity: Severity::Warning,
        phase: Phase::Rendered,
        title: "every domain of a cluster says who comes in, and each way in has a certificate and somebody who asks",
        why: "A way in has a host, a port that a service declares, an issuer and a word about who asks for a password. \
              Ports that are published say it, too, and so does `placement: tunnel`. Where the ingress controller \
              would not ask as `auth` says, or the environment has no such `access`, it is an error: the service \
              would be open.",
        fix: "add `ingress: [{host: NAME, port: PORT, auth: none}]`, or `internal: true`",
        bad: "\
# run: env=home
-- config-registry/env/domains.yml --
domains:
  - name: worker
#         ^^^^^^ warning EVG-003: `worker` does not say who comes in
  - name: web
#         ^^^ warning EVG-003: web.example.org is served without a certificate
#         ^^^ warning EVG-003: web.example.org does not say who asks for a password
#         ^^^ warning EVG-003: git.example.org leads to port 3000, which no service of `web` declares
#         ^^^ error EVG-003: git.example.org wants `auth: oauth2`, which the ingress class nginx would not do
#         ^^^ error EVG-003: git.example.org wants `access: lan`, which the environment does not have
    ingress:
      - {host: web.example.org, port: 8080}
      - {host: git.example.org, port: 3000, issuer: letsencrypt, auth: oauth2, access: lan}
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes, ingress: {class: nginx}}}
-- generated/worker/compose.yml --
services: {worker: {image: worker:1.2.3, restart: always}}
-- generated/web/compose.yml --
services: {web: {image: web:1.2.3, restart: always, expose: [\"8080\"]}}
",
        good: "\
# run: env=home
-- config-registry/env/domains.yml --
domains:
  - name: worker
    internal: true
  - name: web
    ingress: [{host: web.example.org, port: 8080, issuer: letsencrypt, auth: none, access: lan}]
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes, ingress: {access: {lan: {class: nginx-lan}}}}}
-- generated/worker/compose.yml --
services: {worker: {image: worker:1.2.3, restart: always}}
-- generated/web/compose.yml --
services: {web: {image: web:1.2.3, restart: always, expose: [\"8080\"]}}
",
    },
    Rule {
        id: "EVG-004",
        severity: Severity::Warning,
        phase: Phase::Rendered,
        title: "every domain of a cluster says how its state is saved",
        why: "What `state` names with a profile is annotated for the cluster's backup, and has a Schedule where the \
              environment says so. What is in no profile is lost with its node. BKP-001 asks the same about \
              backup/policy.yml, which is for single machines.",
        fix: "add `backup: PROFILE` to the entry, `backup: none` with a `reason`, or `ephemeral: true`",
        bad: "\
# run: env=home
-- config-registry/env/domains.yml --
domains:
  - name: db
#         ^^ warning EVG-004: `db` does not say how data is saved
#         ^^ warning EVG-004: `db` does not say why index is not saved
    state: [{volume: data, size: 5Gi}, {volume: index, size: 1Gi, backup: none}]
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes}}
-- generated/db/compose.yml --
services:
  db: {image: db:1.2.3, restart: always, volumes: [\"data:/data\", \"index:/index\"]}
volumes: {data: {}, index: {}}
",
        good: "\
# run: env=home
-- config-registry/env/domains.yml --
domains:
  - name: db
    state:
      - {volume: data, size: 5Gi, backup: full}
      - {volume: index, size: 1Gi, backup: none, reason: made from the data within minutes}
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes}}
-- generated/db/compose.yml --
services:
  db: {image: db:1.2.3, restart: always, volumes: [\"data:/data\", \"index:/index\"]}
volumes: {data: {}, index: {}}
",
    },
    Rule {
        id: "EVG-005",
        severity: Severity::Warning,
        phase: Phase::Rendered,
        title: "every service of a cluster has a memory limit",
        why: "Without one a leak in one service ends others of its node. The limit is the request, too, unless a \
              reservation says less, so that nodes are not filled beyond what they have. A default of the namespace \
              (`namespaces` of the environment) counts. In a cluster this takes the place of SVC-002.",
        fix: "add `mem_limit`, or a default to the environment's `namespaces`",
        bad: "\
# run: env=home
-- config-registry/env/domains.yml --
domains: [{name: web, stateless: true}]
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes}}
-- generated/web/compose.yml --
services:
  web:
# ^^^ warning EVG-005: `web` may use all memory of its node
    image: web:1.2.3
    restart: always
",
        good: "\
# run: env=home
-- config-registry/env/domains.yml --
domains: [{name: web, stateless: true}, {name: wiki, category: notes, stateless: true}]
-- config-registry/env/environments.yml --
environments:
  home:
    engine: kubernetes
    namespaces: {notes: {limits: {default: {memory: 256Mi}}}}
-- generated/web/compose.yml --
services: {web: {image: web:1.2.3, restart: always, mem_limit: 64m}}
-- generated/wiki/compose.yml --
services: {wiki: {image: wiki:1.2.3, restart: always}}
",
    },
    Rule {
        id: "EVG-006",
        severity: Severity::Warning,
        phase: Phase::Rendered,
        title: "network policies hold for every service of a cluster",
        why: "Policies are generated from the relations: everything closed, and the declared flows open. They do not \
              hold for pods on the network of their node, which everybody reaches and who reach everything.",
        fix: "remove `network_mode: host`, or accept it with a waiver where the service has to see the node's network",
        bad: "\
# run: env=home
-- config-registry/env/domains.yml --
domains: [{name: agent, stateless: true}]
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes}}
-- generated/agent/compose.yml --
services:
  agent:
    image: agent:1.2.3
    restart: always
    network_mode: host
#                 ^^^^ warning EVG-006: `agent` is on its node's network, where no policy holds
",
        good: "\
# run: env=home
-- config-registry/env/domains.yml --
domains: [{name: agent, stateless: true}]
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes}}
-- generated/agent/compose.yml --
services:
  agent:
    image: agent:1.2.3
    restart: always
    expose: [\"9100\"]
",
    },
    Rule {
        id: "EVG-007",
        severity: Severity::Warning,
        phase: Phase::Rendered,
        title: "every service of a cluster has probes",
        why: "A health check becomes the readiness and the liveness probe. Without one a pod gets requests before it can \
              answer, and one that hangs stays. `x-foundry: {liveness: false}` says that it must not be restarted. In \
              a cluster this takes the place of SVC-001.",
        fix: "add a `healthcheck` that asks what users ask",
        bad: "\
# run: env=home
-- config-registry/env/domains.yml --
domains: [{name: web, stateless: true}]
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes}}
-- generated/web/compose.yml --
services:
  web:
# ^^^ warning EVG-007: `web` has no probes: nobody notices when it hangs
    image: web:1.2.3
    restart: always
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
    restart: always
    healthcheck: {test: [CMD, /web, health]}
  migrate:
    image: web:1.2.3
    restart: \"no\"
",
    },
];

pub(super) fn check(input: &Rendered<'_>, out: &mut Findings) {
    let Some(environment) = input.registry.environment(input.environment) else { return };
    if environment.engine == Engine::Kubernetes {
        let (registry, env) = (input.registry, input.env);
        let (artifacts, projects) = (input.artifacts, input.projects);
        out.extend(statements(&Input { registry, environment, env, artifacts, projects }));
    }
}
