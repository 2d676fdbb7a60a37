//! Rules that need an engine or an image registry: what they mean; the commands that ask those apply them.

use super::{Phase, Rule};
use crate::diag::Severity;

pub(super) const DEPENDENTS: &[Rule] = &[Rule {
    id: "OPS-001",
    severity: Severity::Error,
    phase: Phase::Live,
    title: "nothing is stopped while running domains require it",
    why: "Stopping a domain breaks every running domain that requires it, directly or through others. `foundry down` \
          and `foundry destroy` refuse and name them; `foundry impact` tells beforehand.",
    fix: "stop the dependents too (`--with-dependents`), or accept that they break (`--force`)",
    bad: "\
== images db:1.0 web:1.0
== domain db
services:
  db: {image: \"db:1.0\", restart: always}
== domain web requires=db
services:
  web: {image: \"web:1.0\", restart: always}
== deployed
== select db
== down
refused: 1 running domain requires db: web
",
    good: "\
== images db:1.0 web:1.0
== domain db
services:
  db: {image: \"db:1.0\", restart: always}
== domain web requires=db
services:
  web: {image: \"web:1.0\", restart: always}
== deployed
== select db
== down --with-dependents
Plan for dev (compose, this machine): 4 to remove
  1  container web-web-1  remove  down
  2  container db-db-1    remove  down
  3  network web_default  remove  down
  4  network db_default   remove  down
4 steps.
",
}];

pub(super) const TAKEN: &[Rule] = &[
    Rule {
        id: "OPS-003",
        severity: Severity::Error,
        phase: Phase::Live,
        title: "what a container needs is not held by another one",
        why: "A container name or a host port that a container outside the plan holds makes the start fail halfway. The \
          plan looks first and names the holder.",
        fix: "choose another name or port, or remove the container that holds it",
        bad: "\
== images web:1.0
== domain web
services:
  web: {image: \"web:1.0\", restart: always, ports: [\"8080:80\"]}
== host
stranger nginx port=8080
== plan
Plan for dev (compose, this machine): 1 to write, 2 to create
  1  files of web         write   compose.yml missing
  2  network web_default  create  no such network
  3  web/web              create  no container
3 steps.
error[OPS-003] generated/web/compose.yml:2:52: port 8080 is taken by container nginx, which Foundry did not make
  = help: choose another, or run docker rm -f nginx
",
        good: "\
== images web:1.0
== domain web
services:
  web: {image: \"web:1.0\", restart: always, ports: [\"8080:80\"]}
== host
stranger nginx port=9090
== plan
Plan for dev (compose, this machine): 1 to write, 2 to create
  1  files of web         write   compose.yml missing
  2  network web_default  create  no such network
  3  web/web              create  no container
3 steps.
",
    },
    Rule {
        id: "OPS-004",
        severity: Severity::Warning,
        phase: Phase::Live,
        title: "a shared network is as it is declared",
        why: "Docker cannot change a network's subnet or driver while it exists. Until it is made anew, what networks.yml \
          says about it is not true.",
        fix: "take down the domains on it, remove it, and deploy again",
        bad: "\
== images web:1.0
== network shared-network owner=web internal
== domain web
services:
  web: {image: \"web:1.0\", restart: always, networks: [shared]}
networks: {shared: {external: true, name: shared-network}}
== host
make-network shared-network
== plan
Plan for dev (compose, this machine): 1 to write, 1 to create
  1  files of web  write   compose.yml missing
  2  web/web       create  no container
2 steps.
warning[OPS-004] generated/web/compose.yml:3:12: network shared-network is open, declared internal
  = help: run foundry down web --with-dependents, then foundry deploy --all
",
        good: "\
== images web:1.0
== network shared-network owner=web
== domain web
services:
  web: {image: \"web:1.0\", restart: always, networks: [shared]}
networks: {shared: {external: true, name: shared-network}}
== host
make-network shared-network
== plan
Plan for dev (compose, this machine): 1 to write, 1 to create
  1  files of web  write   compose.yml missing
  2  web/web       create  no container
2 steps.
",
    },
];

pub(super) const IMAGE_EXISTS: &[Rule] = &[Rule {
    id: "IMG-003",
    severity: Severity::Error,
    phase: Phase::Online,
    title: "an image exists, for the architecture of the host",
    why: "A tag that was guessed, or an image without a build for the host's processor, is found out during \
          deployment otherwise, when the old container is already gone.",
    fix: "choose a tag that exists: look at the registry's list of tags",
    bad: "",
    good: "",
}];

pub(super) const IMAGE_THERE: &[Rule] = &[Rule {
    id: "IMG-005",
    severity: Severity::Error,
    phase: Phase::Live,
    title: "an image that may not be pulled is on the host",
    why: "`pull_policy: never` is for images that are built or loaded there. When such an image is missing, nothing can \
          be started from it.",
    fix: "build or load the image on the host, or remove `pull_policy: never`",
    bad: "\
== images other:1.0
== domain web
services:
  web: {image: \"web:1.0\", restart: always, pull_policy: never}
== plan
Plan for dev (compose, this machine): 1 to write, 2 to create
  1  files of web         write   compose.yml missing
  2  network web_default  create  no such network
  3  web/web              create  no container
3 steps.
error[IMG-005] generated/web/compose.yml:2:57: image web:1.0 is not there and may not be pulled
  = help: load or build web:1.0 on the host, or remove `pull_policy: never`
",
    good: "\
== images other:1.0 web:1.0
== domain web
services:
  web: {image: \"web:1.0\", restart: always, pull_policy: never}
== plan
Plan for dev (compose, this machine): 1 to write, 2 to create
  1  files of web         write   compose.yml missing
  2  network web_default  create  no such network
  3  web/web              create  no container
3 steps.
",
}];
