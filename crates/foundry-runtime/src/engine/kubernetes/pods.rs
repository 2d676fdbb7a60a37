//! Pods of domains.

use super::Cluster;
use crate::error::{Error, Kind, Result};
use foundry_core::plan::cluster::Pod;
use std::collections::BTreeSet;

impl Cluster {
    /// The pods that are parts of domains in these namespaces, by namespace and name.
    ///
    /// # Errors
    /// `Engine` when reading pods is forbidden, `Unreachable` when nobody answers.
    pub async fn pods(&self, namespaces: &BTreeSet<String>) -> Result<Vec<Pod>> {
        let kind = self.kinds().await?.find("v1", "Pod");
        let kind = kind.ok_or_else(|| Error::new(Kind::Engine, "the cluster knows no pods"))?;
        let mut all = Vec::new();
        for namespace in namespaces {
            let found = self.list(kind, Some(namespace), "app.kubernetes.io/part-of").await?;
            all.extend(found.iter().map(Pod::read));
        }
        all.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        Ok(all)
    }
}
