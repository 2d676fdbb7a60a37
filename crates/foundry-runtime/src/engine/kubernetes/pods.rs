//! Pods of domains, and what they wrote.

use super::Cluster;
use super::kinds::encoded;
use crate::Cancel;
use crate::engine::compose::LogOptions;
use crate::error::{Error, Kind, Result};
use foundry_core::plan::cluster::Pod;
use futures_util::{AsyncBufReadExt, StreamExt};
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

    /// Gives every line that containers of these pods wrote to `print`, with the pod, without secrets; with `follow`
    /// until the flag is raised or the last of them has ended. A container that did not start yet has none.
    ///
    /// # Errors
    /// `Engine` when reading logs is forbidden, `Unreachable` when nobody answers.
    pub async fn pod_logs(
        &self,
        pods: &[Pod],
        options: &LogOptions,
        cancel: &Cancel,
        print: &(dyn Fn(&Pod, &str) + Sync),
    ) -> Result<()> {
        let containers = pods.iter().flat_map(|pod| pod.containers.iter().map(move |c| (pod, c)));
        let each = containers.map(|(pod, container)| async move {
            let tail = options.tail.map_or(String::new(), |n| format!("&tailLines={n}"));
            let (follow, times) = (options.follow, options.timestamps);
            let path = format!("{}{tail}&follow={follow}&timestamps={times}", log_path(pod, container));
            self.lines(&path, pod, print).await
        });
        let all = futures_util::future::try_join_all(each);
        tokio::select! {
            done = all => done.map(drop),
            () = cancel.cancelled() => Ok(()),
        }
    }

    async fn lines(&self, path: &str, pod: &Pod, print: &(dyn Fn(&Pod, &str) + Sync)) -> Result<()> {
        let action = format!("reading the log of {}/{}", pod.namespace, pod.name);
        let Some(stream) = self.stream(path, &action).await? else { return Ok(()) };
        let mut lines = std::pin::pin!(stream.lines());
        while let Some(line) = lines.next().await {
            // A pod that goes takes its stream along.
            let Ok(line) = line else { break };
            print(pod, &self.redactor().text(&line));
        }
        Ok(())
    }

    /// The last lines that a container wrote, without secrets; of its life before this one when it has none.
    pub(super) async fn last_lines(&self, pod: &Pod, container: &str, count: usize) -> Result<Vec<String>> {
        let path = log_path(pod, container);
        let action = format!("reading the log of {}/{}", pod.namespace, pod.name);
        let mut text = self.text(&format!("{path}&tailLines={count}"), &action).await.unwrap_or_default();
        if text.trim().is_empty() && pod.restarts > 0 {
            text = self.text(&format!("{path}&tailLines={count}&previous=true"), &action).await?;
        }
        Ok(text.lines().map(|line| self.redactor().text(line)).collect())
    }
}

/// The path of a container's log.
pub(super) fn log_path(pod: &Pod, container: &str) -> String {
    let (namespace, name) = (encoded(&pod.namespace), encoded(&pod.name));
    format!("/api/v1/namespaces/{namespace}/pods/{name}/log?container={}", encoded(container))
}
