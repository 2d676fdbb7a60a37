//! ENV-001, ENV-006 and REG-014: rules about templates; rendering applies them.

use super::{Phase, Rule};
use crate::diag::Severity::Error;

pub(super) const UNDEFINED: &[Rule] = &[Rule {
    id: "ENV-001",
    severity: Error,
    phase: Phase::Rendered,
    title: "every variable that a template uses is set, and is not an empty line waiting for a value",
    why: "An undefined variable would leave a hole in a configuration file. So does `KEY=` in an env file: it reads as \
          \"to be filled in\". `KEY=\"\"` says that empty is meant, and so does a template that asks first (`if`, \
          `or`, `default`).",
    fix: "set the value, or guard its use with `| default(…)`",
    bad: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains:
  - name: web
-- config-registry/env/base.env --
SITE=
#    ^ error ENV-001: `SITE` is required by a template and empty
-- config-registry/env/overrides/dev.env --
-- domains/web/templates/site.conf.tmpl --
name {{ SITE }}
-- domains/web/templates/port.conf.tmpl --
port {{ PORT_WEB_HTPP }}
#       ^^^^^^^^^^^^^ error ENV-001: …
",
    good: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains:
  - name: web
-- config-registry/env/base.env --
SITE=\"\"
-- config-registry/env/overrides/dev.env --
-- domains/web/templates/site.conf.tmpl --
name {{ SITE }}
port {{ PORT_WEB_HTPP | default(80) }}
",
}];

pub(super) const FAILING: &[Rule] = &[Rule {
    id: "ENV-006",
    severity: Error,
    phase: Phase::Rendered,
    title: "every template renders",
    why: "One template that fails stops the run for all: nothing is written, and what was rendered before stays as it \
          was.",
    fix: "mend the template at the place that the message names",
    bad: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains:
  - name: web
-- config-registry/env/overrides/dev.env --
-- domains/web/templates/site.conf.tmpl --
{% if ENV == 'dev' %}
debug on
{% endfor %}
#  ^^^^^^ error ENV-006: …
",
    good: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains:
  - name: web
-- config-registry/env/overrides/dev.env --
-- domains/web/templates/site.conf.tmpl --
{% if ENV == 'dev' %}
debug on
{% endif %}
",
}];

pub(super) const OUTPUTS: &[Rule] = &[Rule {
    id: "REG-014",
    severity: Error,
    phase: Phase::Rendered,
    title: "no two templates of a domain render to one file",
    why: "One of the two would be lost, and which one would depend on the order of files. A domain's own template over \
          one of config-registry/templates/ is meant, and is no finding.",
    fix: "rename or remove one of the two",
    bad: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains:
  - name: web
-- config-registry/env/overrides/dev.env --
-- domains/web/templates/site.conf.j2 --
one
-- domains/web/templates/site.conf.tmpl --
two
#! error REG-014: renders to site.conf, and so does domains/web/templates/site.conf.j2
",
    good: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains:
  - name: web
-- config-registry/env/overrides/dev.env --
-- domains/web/templates/site.conf.tmpl --
two
-- config-registry/templates/site.conf.tmpl --
one
",
}];
