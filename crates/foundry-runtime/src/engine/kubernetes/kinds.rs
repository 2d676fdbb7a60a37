//! What a cluster serves: which kinds, under which paths, in namespaces or outside.

use super::Cluster;
use crate::error::Result;
use foundry_core::plan::cluster::Reference;
use serde_json::Value;

/// One kind in one version of its API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// Such as `apps/v1`.
    pub api_version: String,
    /// Such as `Deployment`.
    pub kind: String,
    /// Its name in paths, such as `deployments`.
    pub plural: String,
    /// Whether its objects stand in namespaces.
    pub namespaced: bool,
    /// What can be done with it.
    pub verbs: Vec<String>,
    /// Whether it is the version that the cluster prefers.
    pub preferred: bool,
}

/// Every kind of a cluster.
#[derive(Debug, Clone, Default)]
pub struct Kinds {
    /// Groups in the cluster's order, preferred versions first.
    pub all: Vec<Kind>,
}

impl Kinds {
    /// The kind under this name, in exactly this version.
    pub fn find(&self, api_version: &str, kind: &str) -> Option<&Kind> {
        self.all.iter().find(|k| k.api_version == api_version && k.kind == kind)
    }

    /// Whether the cluster knows the kind of what is referred to.
    pub fn knows(&self, object: &Reference) -> bool {
        self.find(&object.api_version, &object.kind).is_some()
    }

    /// Reads both answers of aggregated discovery.
    fn read(core: &Value, groups: &Value) -> Kinds {
        let mut all = Vec::new();
        let items = |value: &Value| value["items"].as_array().cloned().unwrap_or_default();
        for group in items(core).iter().chain(&items(groups)) {
            let name = group["metadata"]["name"].as_str().unwrap_or_default();
            let versions = group["versions"].as_array().into_iter().flatten();
            for (at, version) in versions.enumerate() {
                let short = version["version"].as_str().unwrap_or_default();
                let api_version = if name.is_empty() { short.to_owned() } else { format!("{name}/{short}") };
                let resources = version["resources"].as_array().into_iter().flatten();
                all.extend(resources.filter_map(|r| {
                    Some(Kind {
                        api_version: api_version.clone(),
                        kind: r["responseKind"]["kind"].as_str()?.to_owned(),
                        plural: r["resource"].as_str()?.to_owned(),
                        namespaced: r["scope"].as_str() == Some("Namespaced"),
                        verbs: r["verbs"]
                            .as_array()
                            .into_iter()
                            .flatten()
                            .filter_map(|v| v.as_str().map(str::to_owned))
                            .collect(),
                        preferred: at == 0,
                    })
                }));
            }
        }
        Kinds { all }
    }
}

impl Kind {
    /// The path of its objects, in one namespace or in all.
    pub(super) fn path(&self, namespace: Option<&str>) -> String {
        let root = if self.api_version.contains('/') { "/apis" } else { "/api" };
        match namespace.filter(|_| self.namespaced) {
            Some(namespace) => {
                format!("{root}/{}/namespaces/{}/{}", self.api_version, encoded(namespace), self.plural)
            }
            None => format!("{root}/{}/{}", self.api_version, self.plural),
        }
    }
}

/// `text` as one part of a path or query.
pub(super) fn encoded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    text.bytes().map(|b| if plain(b) { (b as char).to_string() } else { format!("%{b:02X}") }).collect()
}

impl Cluster {
    /// What the cluster serves, asked once.
    ///
    /// # Errors
    /// `Unreachable` or `Engine` when the API server does not answer or does not let us in.
    pub async fn kinds(&self) -> Result<&Kinds> {
        self.kinds.get_or_try_init(|| self.ask_kinds()).await
    }

    /// What the cluster serves now, asked again: a new definition of a resource brings new kinds.
    pub(super) async fn ask_kinds(&self) -> Result<Kinds> {
        let action = format!("asking {} what it serves", self.address);
        let core = self.discover("/api", &action).await?;
        let groups = self.discover("/apis", &action).await?;
        Ok(Kinds::read(&core, &groups))
    }
}
