//! What a namespace may use in all, and what its containers get where they say nothing.

use super::object::Object;
use super::settings::Settings;
use serde_json::{Value, json};

/// The ResourceQuota and the LimitRange of a namespace, as the environment's `namespaces` says.
pub(super) fn quotas(settings: &Settings, namespace: &str, labels: &Value) -> Vec<Object> {
    let metadata = || json!({"labels": labels});
    let mut all = Vec::new();
    if let Some(hard) = settings.namespace_quota(namespace) {
        let body = json!({"spec": {"hard": hard}});
        all.push(Object::new("v1", "ResourceQuota", namespace, metadata(), body).inside(namespace));
    }
    if let Some(limits) = settings.namespace_limits(namespace) {
        let mut item = json!({"type": "Container"});
        for (key, value) in limits.as_object().into_iter().flatten() {
            item[key] = value.clone();
        }
        let body = json!({"spec": {"limits": [item]}});
        all.push(Object::new("v1", "LimitRange", namespace, metadata(), body).inside(namespace));
    }
    all
}
