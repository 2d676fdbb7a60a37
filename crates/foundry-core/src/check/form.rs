//! Rules about the form of files: what each means; loading applies them.

use super::{Phase, Rule};
use crate::diag::Severity::{Error, Warning};

pub(super) const FILES: &[Rule] = &[Rule {
    id: "FIL-001",
    severity: Error,
    phase: Phase::Registry,
    title: "every file of the registry can be read",
    why: "A link that leads out of the registry is in no clone, a file of many megabytes is no declaration, and text \
          that is not UTF-8 means something else on the next machine. Such files are left out, so everything they say \
          is missing.",
    fix: "put a plain UTF-8 text file there, or remove it",
    bad: "\
-- config-registry/env/domains.yml --
domains: []
-- config-registry/env/base.env (a link that leads out) --
#! error FIL-001: a symbolic link that leads out of the registry
",
    good: "\
-- config-registry/env/domains.yml --
domains: []
-- config-registry/env/base.env --
KEY=value
",
}];

pub(super) const YAML: &[Rule] = &[
    Rule {
        id: "YML-001",
        severity: Error,
        phase: Phase::Registry,
        title: "every YAML file is one well-formed document",
        why: "Nothing after a syntax error is read. The usual causes are a tab in the indentation, a missing space \
              after a colon, and a quote that is not closed.",
        fix: "mend the line; indent with spaces",
        bad: "\
-- config-registry/env/domains.yml --
domains:
\t- name: web
#^ error YML-001: tab in the indentation; YAML allows only spaces there
",
        good: "\
-- config-registry/env/domains.yml --
domains:
  - name: web
",
    },
    Rule {
        id: "YML-002",
        severity: Error,
        phase: Phase::Registry,
        title: "no key stands twice in a mapping",
        why: "Most programs keep the last one in silence, so the first is believed by the reader and not by the \
              machine.",
        fix: "remove one of the two",
        bad: "\
-- config-registry/env/domains.yml --
domains:
  - name: web
    placement: local
    placement: tunnel
#   ^^^^^^^^^ error YML-002: duplicate key `placement`
",
        good: "\
-- config-registry/env/domains.yml --
domains:
  - name: web
    placement: tunnel
",
    },
    Rule {
        id: "YML-003",
        severity: Error,
        phase: Phase::Registry,
        title: "a YAML file stays within bounds",
        why: "At most 100 levels of nesting, 2,000,000 nodes after aliases are expanded, and 20 MiB. Beyond that a \
              file is an accident or an attack, and reading it would take the memory of the machine.",
        fix: "split the file, or move generated data out of the registry",
        bad: "\
-- config-registry/env/domains.yml --
domains: []
x-a: &a [1,1,1,1,1,1,1,1,1,1]
x-b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]
x-c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]
x-d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]
x-e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]
x-f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]
#       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error YML-003: more than 2000000 nodes after expanding aliases
x-g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]
",
        good: "\
-- config-registry/env/domains.yml --
domains: []
x-a: &a [1,1,1,1,1,1,1,1,1,1]
x-b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]
",
    },
    Rule {
        id: "YML-004",
        severity: Warning,
        phase: Phase::Registry,
        title: "a value means the same in YAML 1.1 and 1.2",
        why: "`yes`, `on`, `012`, `1_000` or `12:30` are a boolean, a number or a text depending on the program that \
              reads them: Foundry and recent tools read YAML 1.2, Ansible, PyYAML and others read 1.1.",
        fix: "quote the value, or write `true`, `false` or a decimal number",
        bad: "\
-- config-registry/env/domains.yml --
domains:
  - name: web
    description: 012
#                ^^^ warning YML-004: `012` is the number 12 in YAML 1.2 and 10 in YAML 1.1
    x-quiet: yes
#            ^^^ warning YML-004: `yes` is a text in YAML 1.2 and `true` in YAML 1.1
",
        good: "\
-- config-registry/env/domains.yml --
domains:
  - name: web
    description: \"012\"
    x-quiet: true
",
    },
];

pub(super) const FIELDS: &[Rule] = &[Rule {
    id: "REG-002",
    severity: Error,
    phase: Phase::Registry,
    title: "every field is known",
    why: "A mistyped field is a setting that does nothing. Own fields begin with `x-`: they are kept, and templates \
          can read them.",
    fix: "correct the field's name, or begin it with `x-`",
    bad: "\
-- config-registry/env/domains.yml --
domains:
  - name: web
    expose_to: []
#   ^^^^^^^^^ error REG-002: unknown field `expose_to`
",
    good: "\
-- config-registry/env/domains.yml --
domains:
  - name: web
    exposes_to: []
    x-owner: me
",
}];

pub(super) const VALUES: &[Rule] = &[
    Rule {
        id: "REG-012",
        severity: Error,
        phase: Phase::Registry,
        title: "every value has the type and form that its field takes",
        why: "A value that is not understood is left out, and what it should have set keeps its default.",
        fix: "write a value of the type that the message names",
        bad: "\
-- config-registry/env/domains.yml --
domains:
  - name: web
    placement: remote
#              ^^^^^^ error REG-012: `placement` is none of: local, tunnel, external
    requires: postgres
#             ^^^^^^^^ error REG-012: `requires` takes a list, found a string
",
        good: "\
-- config-registry/env/domains.yml --
domains:
  - name: web
    placement: external
    requires: []
",
    },
    Rule {
        id: "REG-013",
        severity: Error,
        phase: Phase::Registry,
        title: "the registry keeps its own schemas",
        why: "`config-registry/schema/<name>.schema.yml` is JSON Schema that this platform's owner applies to \
              `config-registry/env/<name>.yml` beside Foundry's own: stricter names, required fields, and so on.",
        fix: "change the value, or the schema",
        bad: "\
-- config-registry/env/domains.yml --
domains:
  - name: web
#   ^^^^ error REG-013: `description` is missing
-- config-registry/schema/domains.schema.yml --
properties: {domains: {items: {required: [description]}}}
",
        good: "\
-- config-registry/env/domains.yml --
domains:
  - name: web
    description: pages
-- config-registry/schema/domains.schema.yml --
properties: {domains: {items: {required: [description]}}}
",
    },
];

pub(super) const PORTS: &[Rule] = &[Rule {
    id: "PORT-001",
    severity: Error,
    phase: Phase::Registry,
    title: "a port is a number from 1 to 65535, with an address and a protocol where needed",
    why: "A value that is no port cannot be published, and a quoted number would be a text in every template.",
    fix: "write a number, or a text such as \"53/udp\", \"53/tcp+udp\" or \"127.0.0.1:9000\"",
    bad: "\
-- config-registry/env/domains.yml --
domains: [{name: web}]
-- config-registry/env/ports.yml --
web:
  http: 70000
#       ^^^^^ error PORT-001: port 70000 is outside 1 to 65535
  admin: \"9000\"
#        ^^^^^^ error PORT-001: port 9000 is a text, not an integer
",
    good: "\
-- config-registry/env/domains.yml --
domains: [{name: web}]
-- config-registry/env/ports.yml --
web:
  http: 7000
  admin: \"127.0.0.1:9000\"
",
}];

pub(super) const ENV: &[Rule] = &[Rule {
    id: "ENV-004",
    severity: Error,
    phase: Phase::Rendered,
    title: "every `${…}` in an env file can be expanded",
    why: "A reference to a key that no layer sets, or to itself through others, would be left as it stands and end up \
          in configuration files.",
    fix: "set the key that is missing, or break the circle",
    bad: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: []
-- config-registry/env/overrides/dev.env --
-- config-registry/env/base.env --
A=${B}
B=${A}
# ^^^^ error ENV-004: values refer to each other in a circle: A → B → A
C=${NOWHERE}
# ^^^^^^^^^^ error ENV-004: `${NOWHERE}` is set in no layer
",
    good: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: []
-- config-registry/env/overrides/dev.env --
-- config-registry/env/base.env --
A=${B}
B=value
",
}];

pub(super) const ENV_LINES: &[Rule] = &[
    Rule {
        id: "ENV-007",
        severity: Error,
        phase: Phase::Registry,
        title: "every line of an env file is `KEY=VALUE`, empty, or a comment",
        why: "Other lines set nothing. `export` belongs to shells; keys are letters, digits and `_`.",
        fix: "write KEY=VALUE, or begin the line with `#`",
        bad: "\
-- config-registry/env/domains.yml --
domains: []
-- config-registry/env/base.env --
LOG_LEVEL info
#<^^^^^^^^^^^^ error ENV-007: a line without `=`
export LEVEL=1
#<^^^^^^^^^^ error ENV-007: `export LEVEL` is not a name of a variable
",
        good: "\
-- config-registry/env/domains.yml --
domains: []
-- config-registry/env/base.env --
LOG_LEVEL=info
",
    },
    Rule {
        id: "ENV-008",
        severity: Warning,
        phase: Phase::Registry,
        title: "no env file sets a key twice",
        why: "The last one counts, and the reader sees the first one.",
        fix: "remove one of the two",
        bad: "\
-- config-registry/env/domains.yml --
domains: []
-- config-registry/env/base.env --
LOG_LEVEL=info
LOG_LEVEL=warn
#<^^^^^^^ warning ENV-008: `LOG_LEVEL` is set twice in this file; the last one counts
",
        good: "\
-- config-registry/env/domains.yml --
domains: []
-- config-registry/env/base.env --
LOG_LEVEL=warn
",
    },
    Rule {
        id: "ENV-009",
        severity: Warning,
        phase: Phase::Registry,
        title: "comments in env files have a line of their own",
        why: "There are no comments behind a value: ` # …` becomes part of it.",
        fix: "move the comment above the line, or quote the value when the `#` is meant",
        bad: "\
-- config-registry/env/domains.yml --
domains: []
-- config-registry/env/base.env --
LOG_LEVEL=info # or warn
#         ^^^^^^^^^^^^^^ warning ENV-009: ` #` becomes part of the value of `LOG_LEVEL`
",
        good: "\
-- config-registry/env/domains.yml --
domains: []
-- config-registry/env/base.env --
# or warn
LOG_LEVEL=info
MOTD=\"welcome # here\"
",
    },
];
