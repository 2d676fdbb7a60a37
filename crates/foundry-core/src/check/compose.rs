//! SVC-005 to SVC-007: rules about compose files as such; reading them and planning apply these.

use super::{Phase, Rule};
use crate::diag::Severity::{Error, Warning};

pub(super) const FORM: &[Rule] = &[
    Rule {
        id: "SVC-005",
        severity: Error,
        phase: Phase::Rendered,
        title: "every compose file is one that Compose takes",
        why: "What Compose would refuse, or would read as something else, is said before anything is deployed. \
              Foundry reads the same keys and values as Compose v2; where it does not support one, it says what to \
              write instead.",
        fix: "correct the key or the value that the message names",
        bad: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains:
  - name: web
-- config-registry/env/overrides/dev.env --
-- generated/web/compose.yml --
services:
  web:
    imgae: web:1.2.3
#   ^^^^^ error SVC-005: unknown key `imgae` in a service
    image: web:1.2.3
",
        good: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains:
  - name: web
-- config-registry/env/overrides/dev.env --
-- generated/web/compose.yml --
services:
  web:
    image: web:1.2.3
",
    },
    Rule {
        id: "SVC-006",
        severity: Warning,
        phase: Phase::Rendered,
        title: "every `${VAR}` of a compose file has a value",
        why: "Foundry renders values into the file; what is left as `${VAR}` is looked up by Compose, in a rendered \
              `.env` beside the file and nowhere else, and where there is nothing, nothing is put there.",
        fix: "write `{{ VAR }}` in the template, `${VAR:-default}`, or `$$` for a `$` that is meant",
        bad: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains:
  - name: web
-- config-registry/env/overrides/dev.env --
-- generated/web/compose.yml --
services:
  web:
    image: web:${TAG}
#          ^^^^^^^^^^ warning SVC-006: variable TAG is not set; Compose puts nothing there
",
        good: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains:
  - name: web
-- config-registry/env/overrides/dev.env --
-- generated/web/.env --
TAG=1.2.3
-- generated/web/compose.yml --
services:
  web:
    image: web:${TAG}
",
    },
    Rule {
        id: "SVC-007",
        severity: Error,
        phase: Phase::Live,
        title: "an external volume exists",
        why: "A volume that is declared external is somebody else's: nobody here creates it, and what mounts it cannot \
              start without it.",
        fix: "create it with `docker volume create`, or remove `external`",
        bad: "\
== images web:1.0
== domain web
services:
  web: {image: \"web:1.0\", restart: always, volumes: [\"photos:/data\"]}
volumes: {photos: {external: true}}
== plan
Plan for dev (compose, this machine): 1 to write, 2 to create
  1  files of web         write   compose.yml missing
  2  network web_default  create  no such network
  3  web/web              create  no container
3 steps.
error[SVC-007] generated/web/compose.yml:3:11: volume photos is external and not there
  = help: run docker volume create photos, or remove `external`
",
        good: "\
== images web:1.0
== domain web
services:
  web: {image: \"web:1.0\", restart: always, volumes: [\"photos:/data\"]}
volumes: {photos: {}}
== plan
Plan for dev (compose, this machine): 1 to write, 3 to create
  1  files of web         write   compose.yml missing
  2  network web_default  create  no such network
  3  volume web_photos    create  no such volume
  4  web/web              create  no container
4 steps.
",
    },
];
