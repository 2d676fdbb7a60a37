//! Ways in from outside: what the domain's `ingress` says, for the controller that the environment has.

use super::object::{Object, labels};
use super::settings::{AppEnvironment, Door, Settings};
use super::unit::Unit;
use crate::model::Domain;
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

/// Whether an entry leads to a port of the service.
pub(super) fn leads_to(unit: &Unit<'_>, entry: &Value) -> bool {
    target(unit, entry).is_some()
}

/// Whether somebody names an issuer for the entry, or says that there is to be none.
pub(super) fn has_issuer(domain: &Domain, settings: &Settings, entry: &Value) -> bool {
    let gateway = settings.ingress_kind == "HTTPRoute";
    let by_app = super::is_app(domain) && !settings.apps.is_empty();
    let apps = by_app && settings.apps.iter().all(|app| app.issuer.is_some());
    // A Gateway has the certificates of its listeners.
    gateway || entry.get("issuer").is_some() || apps || (!by_app && settings.cert_issuer.is_some())
}

/// Whether the ingress controller can ask for a password as `auth` says.
pub(super) fn can_ask(settings: &Settings, auth: &str) -> bool {
    let middlewares = settings.ingress_class.as_deref().is_none_or(|class| class.contains("traefik"));
    auth == "none" || settings.ingress_kind != "Ingress" || middlewares
}

/// The way in that an entry's `access` names; `None` when the environment has no such.
pub(super) fn door(settings: &Settings, access: Option<&str>) -> Option<Door> {
    let named = settings.doors.iter().find(|d| Some(d.name.as_str()) == access);
    let usual = Door { name: "public".to_owned(), class: None, gateway: None };
    let mut door = match (named, access) {
        (Some(named), _) => named.clone(),
        (None, None | Some("public")) => usual,
        (None, Some(_)) => return None,
    };
    door.class = door.class.or_else(|| settings.ingress_class.clone());
    door.gateway = door.gateway.or_else(|| Some(settings.gateway.clone()));
    Some(door)
}

/// The objects that lead to `unit`, in the application environment `app`.
pub(super) fn objects(unit: &Unit<'_>, app: Option<&AppEnvironment>) -> Vec<Object> {
    let mut all = Vec::new();
    for (i, entry) in entries(unit.domain).enumerate() {
        let (Some(port), Some(host)) = (target(unit, entry), entry.get("host").and_then(Value::as_str))
        else {
            continue;
        };
        let Some(door) = door(unit.settings, entry.get("access").and_then(Value::as_str)) else { continue };
        let way = Way {
            name: if i == 0 { unit.service.name.clone() } else { format!("{}-{i}", unit.service.name) },
            host: expanded(unit, host, app),
            path: entry.get("path").and_then(Value::as_str).unwrap_or("/").to_owned(),
            port: port.port,
            issuer: issuer(unit, entry, app).filter(|i| i != "none"),
            door,
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
    door: Door,
}

impl Way {
    fn objects(&self, unit: &Unit<'_>) -> Vec<Object> {
        let metadata = json!({"labels": labels(unit.domain_name(), &unit.service.name, None)});
        match unit.settings.ingress_kind.as_str() {
            "HTTPRoute" => self.route(unit, metadata),
            "HTTPProxy" => self.proxy(unit, metadata),
            _ => vec![self.ingress(unit, metadata, self.secret())],
        }
    }

    /// The Secret of the certificate.
    fn secret(&self) -> Option<String> {
        self.issuer.as_ref().map(|_| format!("{}-tls", self.name))
    }

    /// A Gateway's route. What asks for a password is a filter beside it: a chain of the controller's own.
    fn route(&self, unit: &Unit<'_>, metadata: Value) -> Vec<Object> {
        let gateway = self.door.gateway.as_deref().unwrap_or_default();
        let (namespace, gateway) = gateway.split_once('/').unwrap_or(("kube-system", gateway));
        let filter = format!("{}-auth", self.name);
        let filters = self.auth.as_ref().map(|_| {
            let own = json!({"group": "traefik.io", "kind": "Middleware", "name": filter});
            json!([{"type": "ExtensionRef", "extensionRef": own}])
        });
        let spec = json!({
            "parentRefs": [{"name": gateway, "namespace": namespace}],
            "hostnames": [self.host],
            "rules": [{
                "matches": [{"path": {"type": "PathPrefix", "value": self.path}}],
                "filters": filters,
                "backendRefs": [{"name": unit.service.name, "port": self.port}],
            }],
        });
        let version = "gateway.networking.k8s.io/v1";
        let mut all =
            vec![Object::new(version, "HTTPRoute", &self.name, metadata.clone(), json!({"spec": spec}))];
        if let Some(auth) = &self.auth {
            let chain = json!([{"name": auth, "namespace": unit.settings.ingress_namespace}]);
            let spec = json!({"chain": {"middlewares": chain}});
            all.push(Object::new(
                "traefik.io/v1alpha1",
                "Middleware",
                &filter,
                metadata,
                json!({"spec": spec}),
            ));
        }
        all
    }

    /// Contour's way in, with its certificate. What asks for a password is an ExtensionService of the controller's.
    fn proxy(&self, unit: &Unit<'_>, metadata: Value) -> Vec<Object> {
        let secret = self.secret();
        let tls = secret.as_ref().map(|s| json!({"secretName": s}));
        let ask = self.auth.as_ref().map(
            |auth| json!({"extensionRef": {"name": auth, "namespace": unit.settings.ingress_namespace}}),
        );
        let services = json!([{"name": unit.service.name, "port": self.port}]);
        let spec = json!({
            "ingressClassName": self.door.class,
            "virtualhost": {"fqdn": self.host, "tls": tls, "authorization": ask},
            "routes": [{"conditions": [{"prefix": self.path}], "services": services}],
        });
        let version = "projectcontour.io/v1";
        let mut all =
            vec![Object::new(version, "HTTPProxy", &self.name, metadata.clone(), json!({"spec": spec}))];
        if let (Some(secret), Some(issuer)) = (secret, &self.issuer) {
            let issuer = json!({"kind": "ClusterIssuer", "name": issuer});
            let spec = json!({"secretName": secret, "dnsNames": [self.host], "issuerRef": issuer});
            let version = "cert-manager.io/v1";
            all.push(Object::new(version, "Certificate", &self.name, metadata, json!({"spec": spec})));
        }
        all
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
            "ingressClassName": self.door.class,
            "rules": [{"host": self.host, "http": {"paths": [{"path": self.path, "pathType": "Prefix", "backend": backend}]}}],
            "tls": secret.map(|s| json!([{"hosts": [self.host], "secretName": s}])),
        });
        Object::new("networking.k8s.io/v1", "Ingress", &self.name, metadata, json!({"spec": spec}))
    }
}

/// The issuer of an app: its own in the application environment, else that of all apps there, else the entry's.
/// Of anything else: the entry's, else the platform's, which is substituted.
fn issuer(unit: &Unit<'_>, entry: &Value, app: Option<&AppEnvironment>) -> Option<String> {
    let own = entry.get("issuer").and_then(Value::as_str).map(str::to_owned);
    let platform = || unit.settings.cert_issuer.clone();
    match app {
        Some(app) => app.issuers.get(unit.domain_name()).cloned().or_else(|| app.issuer.clone()).or(own),
        None => own.or_else(platform),
    }
}

/// `${DOMAIN}` is the application environment's domain where it has one; other names are those of the env layers.
fn expanded(unit: &Unit<'_>, text: &str, app: Option<&AppEnvironment>) -> String {
    match app.and_then(|a| a.domain.as_deref()) {
        Some(domain) => unit.expanded(&text.replace("${DOMAIN}", domain)),
        None => unit.expanded(text),
    }
}
