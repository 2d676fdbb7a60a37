//! PORT-005: the variable that a port becomes is a variable, and is its own.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity};
use crate::model::{Port, Registry};
use crate::render::port_variable;
use std::collections::HashMap;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "PORT-005",
    severity: Severity::Error,
    phase: Phase::Registry,
    title: "every port has a variable name of its own",
    why: "Templates read ports as `PORT_<DOMAIN>_<NAME>` in capitals, with `-` written as `_`. Two ports with one such \
          name would silently be one, and a name with other characters cannot be used in a template.",
    fix: "rename one of the ports",
    bad: "\
-- config-registry/env/domains.yml --
domains:
  - name: a-b
  - name: a
-- config-registry/env/ports.yml --
a-b: {c: 8001}
a: {b-c: 8002, x.y: 8003}
#   ^^^ error PORT-005: `a.b-c` and `a-b.c` are both PORT_A_B_C in templates
#              ^^^ error PORT-005: PORT_A_X.Y is no name of a variable
",
    good: "\
-- config-registry/env/domains.yml --
domains:
  - name: a-b
  - name: a
-- config-registry/env/ports.yml --
a-b: {c: 8001}
a: {http: 8002}
",
}];

pub(super) fn check(registry: &Registry, out: &mut Findings) {
    let mut seen: HashMap<String, (&str, &Port)> = HashMap::new();
    for ports in &registry.ports {
        let domain = ports.domain.value.as_str();
        for port in &ports.ports {
            let (name, span) = (port_variable(domain, &port.name), &port.name.span);
            if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                let finding = Finding::error("PORT-005", span, format!("{name} is no name of a variable"));
                out.push(finding.help("use letters, digits, `-` and `_` in the port's name"));
            } else if let Some((other, first)) = seen.get(&name) {
                let theirs = format!("{other}.{}", first.name.value);
                let message =
                    format!("`{domain}.{}` and `{theirs}` are both {name} in templates", port.name.value);
                out.push(
                    Finding::error("PORT-005", span, message)
                        .label(&first.name.span, format!("`{theirs}`"))
                        .help("rename one of the two ports"),
                );
            } else {
                seen.insert(name, (domain, port));
            }
        }
    }
}
