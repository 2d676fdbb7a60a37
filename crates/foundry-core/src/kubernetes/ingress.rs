//! Ways in from outside: what the domain's `ingress` says, for the controller that the environment has.

use super::object::{Object, labels};
use super::settings::AppEnvironment;
use super::unit::Unit;
use crate::model::Domain;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Container ports of the service that an ingress of its domain leads to.
pub(super) fn targets(unit: &Unit<'_>) -> BTreeSet<u16> {
    entries(unit.domain).filter_map(|entry| Some(target(unit, entry)?.port)).collect()
}

/// The entries of a domain's `ingress`.
pub(super) fn entries(domain: &Domain) -> impl Iterator<Item = &Value> {
    domain.record.get("ingress").and_then(Value::as_array).into_iter().flatten()
}

/// The port of the service that an entry leads to: by number, or by its name in `ports.yml`.
fn target(unit: &Unit<'_>, entry: &Value) -> Option<super::services::Declared> {
    let wanted = entry.get("port")?;
    super::services::declared(unit).into_iter().filter(|d| d.protocol == "TCP").find(|d| match wanted {
        Value::Number(n) => n.as_u64() == Some(u64::from(d.port)),
        Value::String(name) => d.name == *name || name.parse() == Ok(d.port),
        _ => false,
    })
}

/// The objects that lead to `unit`, in the application environment `app`.
pub(super) fn objects(unit: &Unit<'_>, app: Option<&AppEnvironment>) -> Vec<Object> {
    let mut all = Vec::new();
    for (i, entry) in entries(unit.domain).enumerate() {
        let (Some(port), Some(host)) = (target(unit, entry), entry.get("host").and_then(Value::as_str))
        else {
            continue;
        };
        let way = Way {
            name: if i == 0 { unit.service.name.clone() } else { format!("{}-{i}", unit.service.name) },
            host: expanded(unit, host, app),
            path: entry.get("path").and_then(Value::as_str).unwrap_or("/").to_owned(),
            port: port.port,
            issuer: issuer(unit, entry, app),
            auth: entry.get("auth").and_then(Value::as_str).filter(|a| *a != "none").map(str::to_owned),
        };
        all.extend(way.objects(unit));
    }
    all
}

struct Way {
    name: String,
    host: String,
    path: String,
    port: u16,
    issuer: Option<String>,
    auth: Option<String>,
}

impl Way {
    fn objects(&self, unit: &Unit<'_>) -> Vec<Object> {
        let settings = unit.settings;
        let metadata = json!({"labels": labels(unit.domain_name(), &unit.service.name, None)});
        let secret = self.issuer.as_ref().map(|_| format!("{}-tls", self.name));
        let (service, port) = (&unit.service.name, self.port);
        match settings.ingress_kind.as_str() {
            "HTTPRoute" => {
                let (namespace, gateway) =
                    settings.gateway.split_once('/').unwrap_or(("kube-system", &settings.gateway));
                let spec = json!({
                    "parentRefs": [{"name": gateway, "namespace": namespace}],
                    "hostnames": [self.host],
                    "rules": [{
                        "matches": [{"path": {"type": "PathPrefix", "value": self.path}}],
                        "backendRefs": [{"name": service, "port": port}],
                    }],
                });
                let version = "gateway.networking.k8s.io/v1";
                vec![Object::new(version, "HTTPRoute", &self.name, metadata, json!({"spec": spec}))]
            }
            "HTTPProxy" => {
                let tls = secret.as_ref().map(|s| json!({"secretName": s}));
                let spec = json!({
                    "ingressClassName": settings.ingress_class,
                    "virtualhost": {"fqdn": self.host, "tls": tls},
                    "routes": [{"conditions": [{"prefix": self.path}], "services": [{"name": service, "port": port}]}],
                });
                let version = "projectcontour.io/v1";
                let mut all = vec![Object::new(
                    version,
                    "HTTPProxy",
                    &self.name,
                    metadata.clone(),
                    json!({"spec": spec}),
                )];
                if let (Some(secret), Some(issuer)) = (secret, &self.issuer) {
                    let spec = json!({
                        "secretName": secret, "dnsNames": [self.host], "issuerRef": {"kind": "ClusterIssuer", "name": issuer},
                    });
                    all.push(Object::new(
                        "cert-manager.io/v1",
                        "Certificate",
                        &self.name,
                        metadata,
                        json!({"spec": spec}),
                    ));
                }
                all
            }
            _ => vec![self.ingress(unit, metadata, secret)],
        }
    }

    fn ingress(&self, unit: &Unit<'_>, mut metadata: Value, secret: Option<String>) -> Object {
        let settings = unit.settings;
        if let Some(issuer) = &self.issuer {
            metadata["annotations"]["cert-manager.io/cluster-issuer"] = issuer.as_str().into();
        }
        if let Some(auth) = &self.auth {
            let middleware = format!("{}-{auth}@kubernetescrd", settings.ingress_namespace);
            metadata["annotations"]["traefik.ingress.kubernetes.io/router.middlewares"] = middleware.into();
        }
        let backend = json!({"service": {"name": unit.service.name, "port": {"number": self.port}}});
        let spec = json!({
            "ingressClassName": settings.ingress_class,
            "rules": [{"host": self.host, "http": {"paths": [{"path": self.path, "pathType": "Prefix", "backend": backend}]}}],
            "tls": secret.map(|s| json!([{"hosts": [self.host], "secretName": s}])),
        });
        Object::new("networking.k8s.io/v1", "Ingress", &self.name, metadata, json!({"spec": spec}))
    }
}

/// The issuer: the entry's, else the application environment's, else the platform's, which is substituted.
fn issuer(unit: &Unit<'_>, entry: &Value, app: Option<&AppEnvironment>) -> Option<String> {
    let own = entry.get("issuer").and_then(Value::as_str).map(str::to_owned);
    let platform = || unit.settings.cert_issuer.clone();
    match app {
        Some(app) => app.issuer.clone().or(own),
        None => own.or_else(platform),
    }
}

/// `${DOMAIN}` is the application environment's domain where it has one; other names are those of the env layers.
fn expanded(unit: &Unit<'_>, text: &str, app: Option<&AppEnvironment>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            continue;
        };
        let own = app.and_then(|a| a.domain.as_deref()).filter(|_| name == "DOMAIN");
        match own {
            Some(domain) => out.push_str(&expanded(unit, domain, None)),
            None => out.push_str(unit.input.env.get(name).map_or("", |v| v.value.expose_secret())),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}
