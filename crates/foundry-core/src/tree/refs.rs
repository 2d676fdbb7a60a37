//! Who refers to what: names of Secrets, ConfigMaps, accounts, classes and issuers, and who makes them.

use super::object::Object;
use crate::diag::Span;
use serde_json::Value;

/// A name that an object says another object has.
#[derive(Debug, Clone)]
pub struct Reference {
    /// The kind that is meant.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// The namespace; empty for cluster-scoped kinds.
    pub namespace: String,
    /// A key that has to be in it.
    pub key: Option<String>,
    /// Where it is said.
    pub span: Span,
    /// Whether nothing is wrong when it is missing.
    pub optional: bool,
}

/// Where the pod of a workload is declared.
pub fn pod_path(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "Pod" => &["spec"],
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" | "ReplicationController" => {
            &["spec", "template", "spec"]
        }
        "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
        _ => return None,
    })
}

/// Everything that `object` refers to.
pub fn references(object: &Object) -> Vec<Reference> {
    let mut found = Found { object, out: Vec::new() };
    let core = matches!(object.group(), "" | "apps" | "batch");
    if let Some(pod) = pod_path(object.kind()).filter(|_| core) {
        found.pod(pod);
    }
    match (object.group(), object.kind()) {
        ("", "PersistentVolumeClaim") => found.class(&["spec", "storageClassName"], "StorageClass"),
        ("apps", "StatefulSet") => {
            for i in 0..object.list(&["spec", "volumeClaimTemplates"]).len() {
                let i = i.to_string();
                found
                    .class(&["spec", "volumeClaimTemplates", &i, "spec", "storageClassName"], "StorageClass");
            }
        }
        ("networking.k8s.io", "Ingress") => found.ingress(),
        ("cert-manager.io", "Certificate") => found.issuer(&["spec", "issuerRef"]),
        ("helm.toolkit.fluxcd.io", "HelmRelease") => found.values_from(),
        _ => {}
    }
    if let Some(issuer) = object.annotation("cert-manager.io/cluster-issuer") {
        found.push(
            "ClusterIssuer",
            issuer,
            "",
            None,
            &["metadata", "annotations", "cert-manager.io/cluster-issuer"],
            false,
        );
    }
    if let Some(issuer) = object.annotation("cert-manager.io/issuer") {
        found.push(
            "Issuer",
            issuer,
            object.namespace(),
            None,
            &["metadata", "annotations", "cert-manager.io/issuer"],
            false,
        );
    }
    found.out
}

struct Found<'o> {
    object: &'o Object,
    out: Vec<Reference>,
}

impl Found<'_> {
    fn push(
        &mut self,
        kind: &'static str,
        name: &str,
        namespace: &str,
        key: Option<&str>,
        path: &[&str],
        optional: bool,
    ) {
        if name.is_empty() || name.contains("${") {
            return;
        }
        self.out.push(Reference {
            kind,
            name: name.to_owned(),
            namespace: namespace.to_owned(),
            key: key.filter(|k| !k.is_empty() && !k.contains("${")).map(str::to_owned),
            span: self.object.span(path),
            optional,
        });
    }

    /// The name at `path` as a reference to `kind` in the object's namespace.
    fn named(&mut self, kind: &'static str, base: &[&str], name: &str) {
        let value = self.object.get(base).cloned().unwrap_or_default();
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
        let optional = value.get("optional").and_then(Value::as_bool) == Some(true);
        let path: Vec<&str> = base.iter().copied().chain([name]).collect();
        let namespace = self.object.namespace().to_owned();
        self.push(kind, text(name), &namespace, Some(text("key")), &path, optional);
    }

    fn class(&mut self, path: &[&str], kind: &'static str) {
        let name = self.object.text(path).to_owned();
        self.push(kind, &name, "", None, path, false);
    }

    fn issuer(&mut self, path: &[&str]) {
        let of_ours = matches!(self.object.text(&["spec", "issuerRef", "group"]), "" | "cert-manager.io");
        let (kind, namespace) = match self.object.text(&["spec", "issuerRef", "kind"]) {
            "ClusterIssuer" => ("ClusterIssuer", String::new()),
            _ => ("Issuer", self.object.namespace().to_owned()),
        };
        let name = self.object.text(&["spec", "issuerRef", "name"]).to_owned();
        if of_ours {
            let path: Vec<&str> = path.iter().copied().chain(["name"]).collect();
            self.push(kind, &name, &namespace, None, &path, false);
        }
    }

    fn ingress(&mut self) {
        self.class(&["spec", "ingressClassName"], "IngressClass");
        let issued = is_issued(self.object);
        for i in 0..self.object.list(&["spec", "tls"]).len() {
            if !issued {
                self.named("Secret", &["spec", "tls", &i.to_string()], "secretName");
            }
        }
        for r in 0..self.object.list(&["spec", "rules"]).len() {
            let r = r.to_string();
            for p in 0..self.object.list(&["spec", "rules", &r, "http", "paths"]).len() {
                let p = p.to_string();
                self.named(
                    "Service",
                    &["spec", "rules", &r, "http", "paths", &p, "backend", "service"],
                    "name",
                );
            }
        }
    }

    fn values_from(&mut self) {
        for i in 0..self.object.list(&["spec", "valuesFrom"]).len() {
            let i = i.to_string();
            let base = ["spec", "valuesFrom", i.as_str()];
            let kind = match self.object.text(&["spec", "valuesFrom", &i, "kind"]) {
                "Secret" => "Secret",
                _ => "ConfigMap",
            };
            self.named(kind, &base, "name");
        }
    }

    fn pod(&mut self, pod: &[&str]) {
        let below =
            |more: &[&str]| -> Vec<String> { pod.iter().chain(more).map(|s| (*s).to_owned()).collect() };
        let count = |me: &Self, path: &[String]| me.object.list(&texts(path)).len();
        for field in ["containers", "initContainers"] {
            for c in 0..count(self, &below(&[field])) {
                let c = c.to_string();
                for e in 0..count(self, &below(&[field, &c, "env"])) {
                    let e = e.to_string();
                    for (kind, part) in [("Secret", "secretKeyRef"), ("ConfigMap", "configMapKeyRef")] {
                        self.named(kind, &texts(&below(&[field, &c, "env", &e, "valueFrom", part])), "name");
                    }
                }
                for e in 0..count(self, &below(&[field, &c, "envFrom"])) {
                    let e = e.to_string();
                    for (kind, part) in [("Secret", "secretRef"), ("ConfigMap", "configMapRef")] {
                        self.named(kind, &texts(&below(&[field, &c, "envFrom", &e, part])), "name");
                    }
                }
            }
        }
        for v in 0..count(self, &below(&["volumes"])) {
            let v = v.to_string();
            self.named("Secret", &texts(&below(&["volumes", &v, "secret"])), "secretName");
            self.named("ConfigMap", &texts(&below(&["volumes", &v, "configMap"])), "name");
            self.named(
                "PersistentVolumeClaim",
                &texts(&below(&["volumes", &v, "persistentVolumeClaim"])),
                "claimName",
            );
            for s in 0..count(self, &below(&["volumes", &v, "projected", "sources"])) {
                let s = s.to_string();
                for (kind, part) in [("Secret", "secret"), ("ConfigMap", "configMap")] {
                    self.named(
                        kind,
                        &texts(&below(&["volumes", &v, "projected", "sources", &s, part])),
                        "name",
                    );
                }
            }
        }
        for i in 0..count(self, &below(&["imagePullSecrets"])) {
            self.named("Secret", &texts(&below(&["imagePullSecrets", &i.to_string()])), "name");
        }
        let account = self.object.text(&texts(&below(&["serviceAccountName"]))).to_owned();
        if account != "default" {
            self.named("ServiceAccount", pod, "serviceAccountName");
        }
    }
}

/// Whether cert-manager makes the Secrets that an Ingress names.
fn is_issued(object: &Object) -> bool {
    object
        .get(&["metadata", "annotations"])
        .and_then(Value::as_object)
        .is_some_and(|a| a.keys().any(|k| k.starts_with("cert-manager.io/") || k == "kubernetes.io/tls-acme"))
}

fn texts(path: &[String]) -> Vec<&str> {
    path.iter().map(String::as_str).collect()
}

/// Kinds, names and namespaces that come to be because of `object`, itself included; keys where they are known.
pub fn products(object: &Object) -> Vec<(String, String, String, Option<Vec<String>>)> {
    let namespace = object.namespace().to_owned();
    let keys = |fields: &[&str]| -> Vec<String> {
        let maps = fields.iter().filter_map(|f| object.get(&[f]).and_then(Value::as_object));
        maps.flat_map(|m| m.keys().cloned()).collect()
    };
    let own = match (object.group(), object.kind()) {
        ("", "Secret") => Some(keys(&["data", "stringData"])),
        ("", "ConfigMap") => Some(keys(&["data", "binaryData"])),
        _ => None,
    };
    let mut all = vec![(object.kind().to_owned(), object.name().to_owned(), namespace.clone(), own)];
    let mut secret = |name: &str| {
        if !name.is_empty() {
            all.push(("Secret".to_owned(), name.to_owned(), namespace.clone(), None));
        }
    };
    match (object.group(), object.kind()) {
        ("external-secrets.io", "ExternalSecret") => match object.text(&["spec", "target", "name"]) {
            "" => secret(object.name()),
            name => secret(name),
        },
        ("bitnami.com", "SealedSecret") | ("ricoberger.de", "VaultSecret") => secret(object.name()),
        ("cert-manager.io", "Certificate") => secret(object.text(&["spec", "secretName"])),
        ("cert-manager.io", _) => secret(object.text(&["spec", "acme", "privateKeySecretRef", "name"])),
        ("secrets.infisical.com", "InfisicalSecret") => {
            secret(object.text(&["spec", "managedSecretReference", "secretName"]));
            for managed in object.list(&["spec", "managedKubeSecretReferences"]) {
                secret(managed.get("secretName").and_then(Value::as_str).unwrap_or_default());
            }
        }
        ("secrets.hashicorp.com", _) => secret(object.text(&["spec", "destination", "name"])),
        ("onepassword.com", "OnePasswordItem") => secret(object.name()),
        ("postgresql.cnpg.io", "Cluster") => {
            for suffix in ["app", "superuser", "ca", "server", "replication"] {
                secret(&format!("{}-{suffix}", object.name()));
            }
        }
        ("networking.k8s.io", "Ingress") if is_issued(object) => {
            for tls in object.list(&["spec", "tls"]) {
                secret(tls.get("secretName").and_then(Value::as_str).unwrap_or_default());
            }
        }
        ("apps", "StatefulSet") => {
            for claim in object.list(&["spec", "volumeClaimTemplates"]) {
                let name = claim
                    .get("metadata")
                    .and_then(|m| m.get("name"))
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                all.push(("PersistentVolumeClaim".into(), name.to_owned(), namespace.clone(), None));
            }
        }
        _ => {}
    }
    all
}
