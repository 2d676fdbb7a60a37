//! What an environment says about its cluster: choices that the translation needs, with their defaults.

use crate::model::Environment;
use serde_json::Value;

/// How things that the cluster offers are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The cluster's name: its folder below `clusters/`.
    pub cluster: String,
    /// `flux`, `argocd` or `none`.
    pub gitops: String,
    /// Address and branch of the repository that the cluster reads; empty address: not said.
    pub repository: (String, String),
    /// Folder of the tree, below the registry's root; `.` is the root itself.
    pub path: String,
    /// Folders of clusters, infrastructure, platform and apps.
    pub layout: Layout,
    /// Issuer for what the platform shows.
    pub cert_issuer: Option<String>,
    /// Application environments, in file order; none: one without a name.
    pub apps: Vec<AppEnvironment>,
    /// `external-secrets`, `sops` or `runtime-inputs`.
    pub secrets: String,
    /// Name of the ClusterSecretStore.
    pub secret_store: String,
    /// `Ingress`, `HTTPRoute` or `HTTPProxy`.
    pub ingress_kind: String,
    /// Ingress class, where one is to be named.
    pub ingress_class: Option<String>,
    /// Namespace of the ingress controller.
    pub ingress_namespace: String,
    /// `namespace/name` of the Gateway for HTTPRoutes.
    pub gateway: String,
    /// `ServiceMonitor` or `annotations`.
    pub monitoring_kind: String,
    /// Namespace of Prometheus.
    pub monitoring_namespace: String,
    /// Storage class of claims that name none.
    pub storage_class: Option<String>,
    /// Addresses of pods and services, which are not the world outside.
    pub cluster_cidrs: Vec<String>,
}

/// Folders of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Entry points of the clusters.
    pub clusters: String,
    /// What the cluster itself needs.
    pub infrastructure: String,
    /// Services that others share.
    pub platform: String,
    /// Everything else.
    pub apps: String,
}

/// One application environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppEnvironment {
    /// Its name, such as `staging`.
    pub name: String,
    /// The issuer of its certificates.
    pub issuer: Option<String>,
    /// Its DNS domain.
    pub domain: Option<String>,
}

impl Settings {
    /// Reads them; what is absent has its default.
    pub fn read(environment: &Environment) -> Settings {
        let at =
            |pointer: &str| environment.settings.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let or = |pointer: &str, default: &str| at(pointer).unwrap_or_else(|| default.to_owned());
        let apps = environment.settings.get("apps").and_then(Value::as_object).into_iter().flatten();
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let cidrs = environment.settings.get("cluster_cidrs").and_then(Value::as_array);
        Settings {
            cluster: or("/cluster", &environment.name),
            gitops: or("/gitops", "none"),
            repository: (or("/repository/url", ""), or("/repository/branch", "main")),
            path: or("/repository/path", "."),
            layout: Layout {
                clusters: or("/layout/clusters", "clusters"),
                infrastructure: or("/layout/infrastructure", "infrastructure"),
                platform: or("/layout/platform", "platform-services"),
                apps: or("/layout/apps", "tenants/apps"),
            },
            cert_issuer: at("/platform/cert_issuer"),
            apps: apps
                .map(|(name, value)| AppEnvironment {
                    name: name.clone(),
                    issuer: text(value, "issuer"),
                    domain: text(value, "domain"),
                })
                .collect(),
            secrets: or("/secrets", "external-secrets"),
            secret_store: or("/secret_store", "foundry"),
            ingress_kind: or("/ingress/kind", "Ingress"),
            ingress_class: at("/ingress/class"),
            ingress_namespace: or("/ingress/namespace", "kube-system"),
            gateway: or("/ingress/gateway", "kube-system/gateway"),
            monitoring_kind: or("/monitoring/kind", "ServiceMonitor"),
            monitoring_namespace: or("/monitoring/namespace", "monitoring"),
            storage_class: at("/storage_class"),
            cluster_cidrs: match cidrs {
                Some(all) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
                None => vec!["10.42.0.0/16".to_owned(), "10.43.0.0/16".to_owned()],
            },
        }
    }
}
