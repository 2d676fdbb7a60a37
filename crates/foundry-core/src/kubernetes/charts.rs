//! A domain that is a chart (`domains/<name>/templates/helm.yml.tmpl`): what makes the cluster's reconciler install it.

use super::object::{Object, labels, unless_empty};
use super::settings::Settings;
use super::unit::Input;
use super::{namespaces_of, secret};
use crate::diag::{Finding, Findings, Span};
use crate::model::Domain;
use crate::yaml::{Limits, Node, emit, parse};
use serde_json::{Value, json};
use std::sync::Arc;

/// The rendered file that describes a chart.
pub(super) const FILE: &str = "helm.yml";

const FIELDS: [&str; 7] = ["repository", "chart", "version", "release", "values", "crds", "timeout"];

/// What `helm.yml` says.
struct Chart {
    repository: String,
    name: String,
    version: String,
    release: String,
    values: Value,
    /// `create-replace`, `create` or `skip`.
    crds: String,
    timeout: Option<String>,
}

/// Whether the domain is, or has, a chart.
pub(super) fn has_chart(input: &Input<'_>, domain: &Domain) -> bool {
    input.artifacts.get(&domain.name.value, FILE).is_some()
}

/// The name under which the chart of a domain is installed; its pods have it as `app.kubernetes.io/instance`.
pub(super) fn release(input: &Input<'_>, domain: &Domain) -> Option<String> {
    has_chart(input, domain).then(|| read(input, domain, &mut Findings::new()).map(|c| c.release))?
}

/// The objects that install the chart of a domain; for Argo CD the source of its Application instead.
pub(super) fn objects(
    input: &Input<'_>,
    settings: &Settings,
    domain: &Domain,
    out: &mut Findings,
) -> (Vec<Object>, Option<Value>) {
    let Some(chart) = read(input, domain, out) else { return (Vec::new(), None) };
    let name = &domain.name.value;
    let metadata = json!({"labels": labels(name, name, Some("chart"))});
    match settings.gitops.as_str() {
        "flux" => (chart.flux(name, &metadata), None),
        "argocd" => (Vec::new(), Some(chart.argocd())),
        _ => (vec![chart.k3s(name, &namespaces_of(domain, settings, None), &metadata)], None),
    }
}

fn place(input: &Input<'_>, domain: &Domain) -> Arc<str> {
    let file = input.artifacts.get(&domain.name.value, FILE);
    file.map_or_else(|| Arc::from(FILE), |f| Arc::from(format!("generated/{}", f.full_path())))
}

fn read(input: &Input<'_>, domain: &Domain, out: &mut Findings) -> Option<Chart> {
    let file = input.artifacts.get(&domain.name.value, FILE)?;
    let path = place(input, domain);
    let (documents, findings) = parse(&path, file.content.expose(), &Limits::default());
    out.extend(findings);
    let node = documents.first()?;
    let mut wrong = |span: &Span, message: String, help: &str| {
        out.push(Finding::error("MAN-004", span, message).help(help));
    };
    for entry in node.entries() {
        let key = entry.key.text().unwrap_or_default();
        if !FIELDS.contains(&key) && !key.starts_with("x-") {
            wrong(
                &entry.key.span,
                format!("unknown field `{key}`"),
                "use repository, chart, version, release, values, crds or timeout",
            );
        }
    }
    let text = |key: &str| node.get(key).and_then(|n| n.text()).filter(|t| !t.is_empty()).map(str::to_owned);
    let (Some(repository), Some(version)) = (text("repository"), text("version")) else {
        wrong(
            &node.span,
            "`repository` or `version` is missing".to_owned(),
            "write `repository: https://HOST/PATH` or `oci://…`, and `version: X.Y.Z`",
        );
        return None;
    };
    let oci = repository.starts_with("oci://");
    let last = repository.rsplit('/').next().unwrap_or_default().to_owned();
    let Some(name) = text("chart").or_else(|| oci.then_some(last)) else {
        wrong(&node.span, "`chart` is missing".to_owned(), "write the chart's name in its repository");
        return None;
    };
    let at = |key: &str| node.get(key).map_or(&node.span, |n| &n.span);
    if !repository.starts_with("https://") && !oci {
        wrong(
            at("repository"),
            format!("{repository} is no address of charts"),
            "write https://… or oci://…",
        );
    }
    if !is_exact(&version) {
        wrong(
            at("version"),
            format!("{version} is a range: what is installed would change by itself"),
            "write one version, such as 1.16.1",
        );
    }
    let crds = text("crds").unwrap_or_else(|| "create-replace".to_owned());
    if !["create-replace", "create", "skip"].contains(&crds.as_str()) {
        wrong(
            at("crds"),
            format!("`{crds}` is nothing that can be done with CRDs"),
            "choose create-replace, create or skip",
        );
    }
    if let Some(key) = secret::keys(file.content.expose()).first().cloned() {
        let message = format!("{key} is a secret, and values of charts are in Git");
        wrong(
            &secret_place(node, &key),
            message,
            "let the chart read a Secret that exists: an ExternalSecret in domains/NAME/manifests",
        );
    }
    Some(Chart {
        release: text("release").unwrap_or_else(|| domain.name.value.clone()),
        values: node.get("values").map(|v| v.to_json()).unwrap_or_default(),
        timeout: text("timeout"),
        repository,
        name,
        version,
        crds,
    })
}

fn secret_place(node: &Node, key: &str) -> Span {
    let has = |n: &Node| secret::keys(&n.to_json().to_string()).iter().any(|k| k == key);
    let mut at = node;
    while let Some(next) =
        at.entries().iter().map(|e| &*e.value).chain(at.items().iter().map(|n| &**n)).find(|n| has(n))
    {
        at = next;
    }
    at.span.clone()
}

/// One version, as charts have them: three numbers, and what may stand behind them.
fn is_exact(version: &str) -> bool {
    let core = version.trim_start_matches('v').split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = core.split('.').collect();
    parts.len() == 3 && parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
}

impl Chart {
    fn flux(&self, name: &str, metadata: &Value) -> Vec<Object> {
        let oci = self.repository.starts_with("oci://");
        let (source, kind) = match oci {
            true => {
                let url = match self.repository.rsplit('/').next() == Some(self.name.as_str()) {
                    true => self.repository.clone(),
                    false => format!("{}/{}", self.repository.trim_end_matches('/'), self.name),
                };
                let spec = json!({
                    "interval": "1h",
                    "url": url,
                    "ref": {"tag": self.version},
                    "layerSelector": {
                        "mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip", "operation": "copy",
                    },
                });
                (spec, "OCIRepository")
            }
            false => (json!({"interval": "1h", "url": self.repository}), "HelmRepository"),
        };
        let source_ref = json!({"kind": kind, "name": name});
        let chart = (!oci)
            .then(|| json!({"spec": {"chart": self.name, "version": self.version, "sourceRef": source_ref}}));
        let crds = match self.crds.as_str() {
            "skip" => "Skip",
            "create" => "Create",
            _ => "CreateReplace",
        };
        let spec = json!({
            "interval": "1h",
            "timeout": self.timeout,
            "releaseName": self.release,
            "chart": chart,
            "chartRef": oci.then_some(source_ref),
            "install": {"crds": crds, "remediation": {"retries": 3}},
            "upgrade": {
                "crds": crds, "cleanupOnFail": true,
                "remediation": {"retries": 3, "remediateLastFailure": true, "strategy": "rollback"},
            },
            "driftDetection": {"mode": "warn"},
            "values": unless_empty(self.values.clone()),
        });
        let source = json!({"spec": source});
        let version = "source.toolkit.fluxcd.io/v1";
        vec![
            Object::new(version, kind, name, metadata.clone(), source),
            Object::new(
                "helm.toolkit.fluxcd.io/v2",
                "HelmRelease",
                name,
                metadata.clone(),
                json!({"spec": spec}),
            ),
        ]
    }

    /// Argo CD applies CRDs with the rest, and so replaces them.
    fn argocd(&self) -> Value {
        let oci = self.repository.strip_prefix("oci://");
        let suffix = format!("/{}", self.name);
        let address = match oci {
            Some(address) => address.strip_suffix(suffix.as_str()).unwrap_or(address),
            None => &self.repository,
        };
        super::object::without_nulls(json!({
            "repoURL": address,
            "chart": self.name,
            "targetRevision": self.version,
            "helm": {
                "releaseName": self.release,
                "skipCrds": (self.crds == "skip").then_some(true),
                "valuesObject": unless_empty(self.values.clone()),
            },
        }))
    }

    /// K3s installs charts itself; it replaces CRDs as Helm does: not at all.
    fn k3s(&self, name: &str, spaces: &[String], metadata: &Value) -> Object {
        let oci = self.repository.starts_with("oci://");
        let whole = format!("{}/{}", self.repository.trim_end_matches('/'), self.name);
        let last = self.repository.rsplit('/').next() == Some(self.name.as_str());
        let chart = match oci {
            true if last => self.repository.clone(),
            true => whole,
            false => self.name.clone(),
        };
        let values = (!self.values.is_null()).then(|| emit(&self.values));
        let spec = json!({
            "chart": chart,
            "repo": (!oci).then_some(&self.repository),
            "version": self.version,
            "targetNamespace": spaces.first(),
            "createNamespace": false,
            "timeout": self.timeout,
            "valuesContent": values,
        });
        Object::new("helm.cattle.io/v1", "HelmChart", name, metadata.clone(), json!({"spec": spec}))
    }
}
