//! SUB-001 … SUB-005: variables of Flux's substitution have values, and leave YAML behind.

use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity};
use crate::tree::{Unit, World};
use std::collections::BTreeSet;

pub(in crate::check) const RULES: &[Rule] = &[
    Rule {
        id: "SUB-001",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "every `${NAME}` has a value or a default",
        why: "Flux puts nothing in the place of a variable that it does not know: the host becomes empty, and the object \
              is accepted all the same.",
        fix: "add the name to postBuild.substitute or to a ConfigMap of substituteFrom, or write `${NAME:-default}`",
        bad: "\
# run: tree
-- clusters/home.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps, postBuild: {substitute: {DOMAIN: example.org}}}
-- apps/web.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: default}
#                ^^^ error SUB-001: `${HOST}` has neither a value nor a default in flux-system/apps
data: {host: '${HOST}.${DOMAIN}'}
",
        good: "\
# run: tree
-- clusters/home.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps, postBuild: {substitute: {DOMAIN: example.org}}}
-- apps/web.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: default}
data: {host: '${HOST:-www}.${DOMAIN}'}
",
    },
    Rule {
        id: "SUB-002",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "`${…}` that is no variable is escaped",
        why: "Other programs write `${env:NAME}` too. Flux refuses the whole Kustomization, or swallows the text.",
        fix: "write `$${…}`, or annotate the object with kustomize.toolkit.fluxcd.io/substitute: disabled",
        bad: "\
# run: tree
-- clusters/home.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps, postBuild: {substitute: {DOMAIN: example.org}}}
-- apps/web.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: default}
#                ^^^ error SUB-002: `${env:API_KEY}` is no variable of Flux
data: {key: '${env:API_KEY}', host: '${DOMAIN}'}
",
        good: "\
# run: tree
-- clusters/home.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps, postBuild: {substitute: {DOMAIN: example.org}}}
-- apps/web.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: default}
data: {key: '$${env:API_KEY}', host: '${DOMAIN}'}
",
    },
    Rule {
        id: "SUB-003",
        severity: Severity::Warning,
        phase: Phase::Tree,
        title: "every inline variable is used",
        why: "A variable that nothing uses looks like a setting and changes nothing; often its name was misspelled where \
              it was meant.",
        fix: "remove it, or correct the name where it is used",
        bad: "\
# run: tree
-- clusters/home.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  path: ./apps
  postBuild:
    substitute:
      UNUSED: example.org
#             ^^^^^^^^^^^ warning SUB-003: nothing in flux-system/apps uses `UNUSED`
-- apps/web.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: default}
",
        good: "\
# run: tree
-- clusters/home.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps}
-- apps/web.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: default}
",
    },
    Rule {
        id: "SUB-004",
        severity: Severity::Warning,
        phase: Phase::Tree,
        title: "sources of variables are in the tree, or optional",
        why: "A Kustomization whose ConfigMap or Secret of variables is not there is not applied at all. One that \
              somebody makes by hand is a step that a new cluster will miss.",
        fix: "add the object to the tree, or say `optional: true`",
        bad: "\
# run: tree
-- clusters/home.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  path: ./apps
  postBuild:
    substituteFrom:
      - kind: Secret
        name: runtime-inputs
#             ^^^^^^^^^^^^^^ warning SUB-004: the Secret `runtime-inputs` is not in the tree
-- apps/web.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: default}
",
        good: "\
# run: tree
-- clusters/home.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  path: ./apps
  postBuild:
    substituteFrom:
      - kind: Secret
        name: runtime-inputs
        optional: true
-- apps/web.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: default}
",
    },
    Rule {
        id: "SUB-005",
        severity: Severity::Error,
        phase: Phase::Tree,
        title: "what substitution leaves behind is YAML",
        why: "Values enter the text as they are: `*.example.org` without quotes is an alias, and the Kustomization stops.",
        fix: "quote the value inside the variable, or choose a value that needs no quotes",
        bad: "\
# run: tree
-- clusters/home.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps, postBuild: {substitute: {RECORD: '*.example.org'}}}
-- apps/web.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: default}
#                ^^^ error SUB-005: after substitution this is no YAML: ConfigMap/web: while parsing node, found unknown anchor
data: {host: '${RECORD}'}
",
        good: "\
# run: tree
-- clusters/home.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps, postBuild: {substitute: {RECORD: example.org}}}
-- apps/web.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: default}
data: {host: '*.${RECORD}'}
",
    },
];

pub(super) fn check(world: &World, out: &mut Findings) {
    for unit in world.units() {
        // A source that is not in the tree may hold any name.
        let complete = unit.missing_sources.is_empty();
        let mut used: BTreeSet<&str> = BTreeSet::new();
        for (place, seen) in &unit.seen {
            used.extend(seen.used.iter().map(String::as_str));
            for name in seen.undefined.iter().filter(|_| complete) {
                let message = format!("`${{{name}}}` has neither a value nor a default in {}", unit.title());
                let help = format!("add `{name}` to postBuild.substitute, or write `${{{name}:-default}}`");
                out.push(Finding::error("SUB-001", place, message).help(help));
            }
            for text in &seen.strange {
                let message = format!("`{text}` is no variable of Flux");
                out.push(Finding::error("SUB-002", place, message).help(format!("escape it: `${text}`")));
            }
        }
        for (place, message) in &unit.spoiled {
            let message = format!("after substitution this is no YAML: {message}");
            out.push(Finding::error("SUB-005", place, message).help("quote the value inside the variable"));
        }
        unused(unit, &used, out);
        for (kind, name, place, _) in unit.missing_sources.iter().filter(|m| !m.3) {
            let message = format!("the {kind} `{name}` is not in the tree");
            out.push(Finding::warning("SUB-004", place, message).help("add it, or say `optional: true`"));
        }
    }
}

fn unused(unit: &Unit, used: &BTreeSet<&str>, out: &mut Findings) {
    let inline = unit.object.get(&["spec", "postBuild", "substitute"]).and_then(|s| s.as_object());
    let builds = unit.build.is_complete() && unit.spoiled.is_empty() && !unit.build.objects.is_empty();
    for name in inline.into_iter().flat_map(|m| m.keys()).filter(|n| builds && !used.contains(n.as_str())) {
        let span = unit.object.span(&["spec", "postBuild", "substitute", name]);
        out.push(Finding::warning("SUB-003", &span, format!("nothing in {} uses `{name}`", unit.title())));
    }
}
