//! What a pod tells about itself, in words.

use serde::Serialize;
use serde_json::Value;

/// One pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The domain that it is a part of.
    pub domain: String,
    /// Its service.
    pub service: String,
    /// The images of its containers.
    pub images: Vec<String>,
    /// Its containers, in order; those that only run at the beginning last.
    pub containers: Vec<String>,
    /// `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`, or that it is on its way out.
    pub phase: String,
    /// Whether every container is ready.
    pub ready: bool,
    /// Why it is not, as the cluster says it: `ImagePullBackOff: …`, `Unschedulable: …`.
    pub waiting: Option<String>,
    /// How often its containers were started again.
    pub restarts: u64,
    /// Its node.
    pub node: Option<String>,
    /// RFC 3339 time since when it is there.
    pub since: Option<String>,
}

impl Pod {
    /// Reads a pod as the API server gives it.
    pub fn read(pod: &Value) -> Pod {
        let text = |pointer: &str| pod.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let label = |key: &str| {
            let labels = pod.pointer("/metadata/labels");
            labels.and_then(|l| l.get(key)).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let names = |pointer: &str, key: &str| -> Vec<String> {
            let all = list(pod, pointer).filter_map(|c| c.get(key)?.as_str());
            all.map(str::to_owned).collect()
        };
        let mut containers = names("/spec/containers", "name");
        containers.extend(names("/spec/initContainers", "name"));
        let gone = pod.pointer("/metadata/deletionTimestamp").is_some();
        let phase = text("/status/phase").unwrap_or_else(|| "Unknown".to_owned());
        let is_ready = |c: &Value| c["type"] == "Ready" && c["status"] == "True";
        Pod {
            namespace: text("/metadata/namespace").unwrap_or_default(),
            name: text("/metadata/name").unwrap_or_default(),
            domain: label("app.kubernetes.io/part-of"),
            service: label("app.kubernetes.io/name"),
            images: names("/spec/containers", "image"),
            containers,
            ready: list(pod, "/status/conditions").any(is_ready),
            waiting: waiting(pod),
            restarts: list(pod, "/status/containerStatuses").filter_map(|c| c["restartCount"].as_u64()).sum(),
            node: text("/spec/nodeName"),
            since: text("/status/startTime").or_else(|| text("/metadata/creationTimestamp")),
            phase: if gone { "Terminating".to_owned() } else { phase },
        }
    }
}

fn list<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = &'v Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

/// The first reason that keeps the pod from being ready.
fn waiting(pod: &Value) -> Option<String> {
    let said = |reason: &Value, message: &Value| {
        let reason = reason.as_str().filter(|r| !r.is_empty())?;
        let message = message.as_str().unwrap_or_default().lines().next().unwrap_or_default();
        Some(if message.is_empty() { reason.to_owned() } else { format!("{reason}: {message}") })
    };
    let states = list(pod, "/status/initContainerStatuses").chain(list(pod, "/status/containerStatuses"));
    let mut last = None;
    for status in states {
        let waits = &status["state"]["waiting"];
        // These two are the way of every pod that begins.
        let begins = matches!(waits["reason"].as_str(), Some("ContainerCreating" | "PodInitializing"));
        if let Some(found) = said(&waits["reason"], &waits["message"]) {
            if !begins {
                return Some(found);
            }
            last = last.or(Some(found));
        }
        let ended = &status["state"]["terminated"];
        if ended["exitCode"].as_i64().is_some_and(|code| code != 0) {
            return said(&ended["reason"], &ended["message"])
                .map(|w| format!("{w}, exit code {}", ended["exitCode"]));
        }
    }
    let unscheduled = |c: &&Value| c["type"] == "PodScheduled" && c["status"] == "False";
    let condition = list(pod, "/status/conditions").find(unscheduled);
    last.or_else(|| condition.and_then(|c| said(&c["reason"], &c["message"])))
        .or_else(|| said(&pod["status"]["reason"], &pod["status"]["message"]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_reason_that_matters_comes_first() {
        let state = |waits: Value| {
            json!({"status": {"containerStatuses": [
                {"state": {"waiting": {"reason": "ContainerCreating"}}}, {"state": waits, "restartCount": 3},
            ]}})
        };
        let of = |waits: Value| Pod::read(&state(waits));
        let back_off = of(json!({"waiting": {"reason": "ImagePullBackOff", "message": "Back-off\nmore"}}));
        assert_eq!(back_off.waiting.as_deref(), Some("ImagePullBackOff: Back-off"));
        assert_eq!((back_off.restarts, back_off.ready), (3, false));
        let ended = of(json!({"terminated": {"reason": "Error", "exitCode": 2}}));
        assert_eq!(ended.waiting.as_deref(), Some("Error, exit code 2"));
        assert_eq!(of(json!({"running": {}})).waiting.as_deref(), Some("ContainerCreating"));
        let nowhere = json!({"status": {"phase": "Pending", "conditions": [
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes"}]}});
        assert_eq!(Pod::read(&nowhere).waiting.as_deref(), Some("Unschedulable: 0/1 nodes"));
    }
}
