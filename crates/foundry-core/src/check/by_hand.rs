//! MAN-001 to MAN-004: what lies beside the templates of a domain fits into its tree: manifests, patches, charts.

use super::{Phase, Rule};
use crate::diag::Severity;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "MAN-001",
        severity: Severity::Error,
        phase: Phase::Rendered,
        title: "objects beside a domain are known, lie in its namespace, and have one owner",
        why: "`domains/<name>/manifests/*.yaml` are taken into the domain's base. Their fields are checked as those of any \
              repository are; the namespace and missing labels are added. What is generated as well would be \
              applied twice, and what lies elsewhere belongs to the domain that lives there. A kind that neither \
              Kubernetes nor a CustomResourceDefinition in the registry brings is a warning.",
        fix: "do what the help says",
        bad: "\
# run: env=home
-- config-registry/env/domains.yml --
domains: [{name: web, stateless: true}]
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes}}
-- generated/web/compose.yml --
services: {web: {image: web:1.2.3, restart: always, expose: [\"80\"]}}
-- domains/web/manifests/more.yaml --
apiVersion: v1
#<^^^^^^^^^^^^ error MAN-001: Service/web is generated from the Compose file as well
kind: Service
metadata: {name: web}
spec:
  port: 80
#       ^^ error MAN-001: Service/web: unknown field `port` in `spec`
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: notes
  namespace: kube-system
#            ^^^^^^^^^^^ error MAN-001: ConfigMap/notes lies in kube-system, and web in apps
---
apiVersion: example.org/v1
#<^^^^^^^^^^^^^^^^^^^^^^^^ warning MAN-001: Widget/blue: nobody here knows the kind example.org/v1
kind: Widget
metadata: {name: blue}
",
        good: "\
# run: env=home
-- config-registry/env/domains.yml --
domains: [{name: web, stateless: true}]
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes}}
-- generated/web/compose.yml --
services: {web: {image: web:1.2.3, restart: always, expose: [\"80\"]}}
-- domains/web/manifests/more.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: notes}
data: {a: b}
",
    },
    Rule {
        id: "MAN-002",
        severity: Severity::Error,
        phase: Phase::Rendered,
        title: "no Secret with its values lies beside a domain",
        why: "Everything beside a domain is in Git, and so is the tree that it goes into. Base64 hides nothing.",
        fix: "write an ExternalSecret, or let the domain's templates use the value: it becomes a reference",
        bad: "\
# run: env=home
-- config-registry/env/domains.yml --
domains: [{name: web, stateless: true}]
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes}}
-- domains/web/manifests/secret.yaml --
apiVersion: v1
#<^^^^^^^^^^^^ error MAN-002: Secret/login has its values in Git
kind: Secret
metadata: {name: login}
stringData: {user: made-up}
",
        good: "\
# run: env=home
-- config-registry/env/domains.yml --
domains: [{name: web, stateless: true}]
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes}}
-- domains/web/manifests/secret.yaml --
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: login}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: foundry}
  dataFrom: [{extract: {key: home/login}}]
",
    },
    Rule {
        id: "MAN-003",
        severity: Severity::Error,
        phase: Phase::Rendered,
        title: "every patch beside a domain changes something of it",
        why: "`domains/<name>/patches/*.yaml` change what is generated, in all application environments or, in a folder \
              of its name, in one. A patch without an object is refused by kustomize when it merges, and does \
              nothing when it selects: after an update of the service nobody would notice.",
        fix: "correct the kind or the name, or remove the patch",
        bad: "\
# run: env=home
-- config-registry/env/domains.yml --
domains: [{name: web, stateless: true}]
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes, apps: {prod: {}}}}
-- generated/web/compose.yml --
services: {web: {image: web:1.2.3, restart: always}}
-- domains/web/patches/size.yaml --
target: {kind: Deployment, name: wbe}
#       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error MAN-003: the patch changes {\"kind\":\"Deployment\",\"name\":\"wbe\"}, which the domain does not have
patch: [{op: replace, path: /spec/replicas, value: 3}]
-- domains/web/patches/test/size.yaml --
#! error MAN-003: `test` is no application environment of web
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: 2}
",
        good: "\
# run: env=home
-- config-registry/env/domains.yml --
domains: [{name: web, stateless: true}]
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes, apps: {prod: {}}}}
-- generated/web/compose.yml --
services: {web: {image: web:1.2.3, restart: always}}
-- domains/web/patches/prod/size.yaml --
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: 3}
",
    },
    Rule {
        id: "MAN-004",
        severity: Severity::Error,
        phase: Phase::Rendered,
        title: "a chart says where it is from, and one version of it",
        why: "`domains/<name>/templates/helm.yml.tmpl` makes a domain of a chart: Flux installs it by a HelmRelease, Argo \
              CD by an Application, K3s without a reconciler by a HelmChart. With a range of versions a restart of the controller would be an \
              update that nobody decided.",
        fix: "write `repository`, `chart` and one `version`",
        bad: "\
# run: env=home
-- config-registry/env/domains.yml --
domains: [{name: certificates, layer: infrastructure}]
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes}}
-- generated/certificates/helm.yml --
repository: https://charts.example.org
chart: certificates
version: \"1.16.x\"
#        ^^^^^^^^ error MAN-004: 1.16.x is a range: what is installed would change by itself
vaules: {}
#<^^^^ error MAN-004: unknown field `vaules`
",
        good: "\
# run: env=home
-- config-registry/env/domains.yml --
domains: [{name: certificates, layer: infrastructure}]
-- config-registry/env/environments.yml --
environments: {home: {engine: kubernetes}}
-- generated/certificates/helm.yml --
repository: https://charts.example.org
chart: certificates
version: 1.16.1
values: {replicas: 2}
",
    },
];
