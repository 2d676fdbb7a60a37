//! What an environment says about its cluster: choices that the translation needs, with their defaults.

use crate::model::Environment;
use serde_json::Value;
use std::collections::BTreeMap;

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
    /// Other ways in by the word of an ingress's `access`: class and Gateway of each.
    pub doors: Vec<Door>,
    /// `ServiceMonitor` or `annotations`.
    pub monitoring_kind: String,
    /// Namespace of Prometheus.
    pub monitoring_namespace: String,
    /// Label and value by which Grafana finds dashboards.
    pub dashboard_label: (String, String),
    /// How volumes are saved.
    pub backup: Backup,
    /// Quotas and limits by namespace, `*` for those that are not named: `{quota, limits}` each.
    pub namespaces: Value,
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
    /// What belongs to no service: policies of backups.
    pub shared: String,
}

/// A way in besides the usual one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// The word that an ingress's `access` names.
    pub name: String,
    /// Its ingress class, where it has one of its own.
    pub class: Option<String>,
    /// Its Gateway, where it has one of its own.
    pub gateway: Option<String>,
}

/// How volumes of the cluster are saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// `Schedule`: one for each domain that keeps something; `annotations`: pods say which volumes, no more.
    pub kind: String,
    /// Namespace of what carries schedules out.
    pub namespace: String,
    /// When, for domains that do not say.
    pub schedule: String,
    /// How long each is kept, such as `720h`.
    pub keep: Option<String>,
    /// The domain that brings the API of schedules, where the registry has it.
    pub provided_by: Option<String>,
}

/// One application environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppEnvironment {
    /// Its name, such as `staging`.
    pub name: String,
    /// The issuer of its certificates.
    pub issuer: Option<String>,
    /// Issuers of single apps, by domain, where they differ from that.
    pub issuers: BTreeMap<String, String>,
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
        let doors = environment.settings.pointer("/ingress/access").and_then(Value::as_object);
        let doors = doors.into_iter().flatten();
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
                shared: or("/layout/shared", &or("/layout/infrastructure", "infrastructure")),
            },
            cert_issuer: at("/platform/cert_issuer"),
            apps: apps
                .map(|(name, value)| AppEnvironment {
                    name: name.clone(),
                    issuer: text(value, "issuer"),
                    issuers: pairs(value.get("issuers")),
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
            dashboard_label: {
                let label = or("/monitoring/dashboards", "grafana_dashboard=1");
                let (key, value) = label.split_once('=').unwrap_or((&label, "1"));
                (key.to_owned(), value.to_owned())
            },
            backup: Backup {
                kind: or("/backup/kind", "annotations"),
                namespace: or("/backup/namespace", "velero"),
                schedule: or("/backup/schedule", "0 3 * * *"),
                keep: at("/backup/keep"),
                provided_by: at("/backup/provided_by"),
            },
            namespaces: environment.settings.get("namespaces").cloned().unwrap_or_default(),
            doors: doors
                .map(|(name, value)| Door {
                    name: name.clone(),
                    class: text(value, "class"),
                    gateway: text(value, "gateway"),
                })
                .collect(),
            storage_class: at("/storage_class"),
            cluster_cidrs: match cidrs {
                Some(all) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
                None => vec!["10.42.0.0/16".to_owned(), "10.43.0.0/16".to_owned()],
            },
        }
    }

    /// What a namespace may use in all: its own entry, else that of `*`.
    pub fn namespace_quota(&self, name: &str) -> Option<&Value> {
        self.of_namespace(name)?.get("quota")
    }

    /// What one container of a namespace may use, and gets by default.
    pub fn namespace_limits(&self, name: &str) -> Option<&Value> {
        self.of_namespace(name)?.get("limits")
    }

    /// The entry of a namespace; that of an app environment (`media-staging`) may be its group's (`media`).
    fn of_namespace(&self, name: &str) -> Option<&Value> {
        let group = self.apps.iter().find_map(|app| name.strip_suffix(&format!("-{}", app.name)));
        let named = self.namespaces.get(name).or_else(|| self.namespaces.get(group?));
        named.or_else(|| self.namespaces.get("*"))
    }
}

fn pairs(value: Option<&Value>) -> BTreeMap<String, String> {
    let all = value.and_then(Value::as_object).into_iter().flatten();
    all.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}
