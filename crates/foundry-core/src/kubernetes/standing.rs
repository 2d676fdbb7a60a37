//! How far a reconciler is with one commit: read from the status of Kustomizations and Applications.

use super::tree::TreeFile;
use crate::tree::{Object, argocd, flux, manifest};
use serde_json::Value;
use std::sync::Arc;

/// Something that a reconciler applies as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciled {
    /// `kustomize.toolkit.fluxcd.io/v1` or `argoproj.io/v1alpha1`.
    pub api_version: String,
    /// `Kustomization` or `Application`.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Others, by name, that come before it.
    pub before: Vec<String>,
}

/// How far it is with a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It has applied the commit, and everything of it is healthy.
    Done,
    /// It is on its way: why it is not there yet.
    Waiting(String),
    /// It has tried this commit and failed: what the reconciler says.
    Failed(String),
}

/// What the reconciler of a tree applies, in the order of names.
pub fn reconciled(files: &[TreeFile]) -> Vec<Reconciled> {
    let mut objects: Vec<Object> = Vec::new();
    for file in files.iter().filter(|f| f.domain.is_none() && f.path.ends_with(".yaml")) {
        let (read, _) = manifest::read(&Arc::from(file.path.as_str()), &file.text, false);
        objects.extend(
            read.objects.into_iter().filter(|o| flux::is_kustomization(o) || argocd::is_application(o)),
        );
    }
    let before = |object: &Object| -> Vec<String> {
        if flux::is_kustomization(object) {
            return flux::dependencies(object).into_iter().map(|(_, name, _)| name).collect();
        }
        // The root has no wave: it is ready when all others are.
        let earlier = |other: &&Object| {
            object.annotation(argocd::WAVE).is_some()
                && other.annotation(argocd::WAVE).is_some()
                && argocd::wave(other) < argocd::wave(object)
        };
        objects.iter().filter(earlier).map(|o| o.name().to_owned()).collect()
    };
    let mut all: Vec<Reconciled> = objects
        .iter()
        .map(|object| Reconciled {
            api_version: object.api_version().to_owned(),
            kind: object.kind().to_owned(),
            namespace: object.namespace().to_owned(),
            name: object.name().to_owned(),
            before: before(object),
        })
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// How far `object`, a Kustomization or an Application as the cluster has it, is with `commit`.
pub fn standing(object: &Value, commit: &str) -> Standing {
    match object["kind"].as_str() {
        Some("Application") => application(object, commit),
        _ => kustomization(object, commit),
    }
}

fn text<'v>(object: &'v Value, pointer: &str) -> &'v str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// A revision of Flux is `main@sha1:COMMIT`.
fn is_commit(revision: &str, commit: &str) -> bool {
    !commit.is_empty() && revision.rsplit(':').next() == Some(commit)
}

fn kustomization(object: &Value, commit: &str) -> Standing {
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array);
    let ready = conditions.into_iter().flatten().find(|c| c["type"] == "Ready").cloned().unwrap_or_default();
    let seen = object.pointer("/status/observedGeneration") == object.pointer("/metadata/generation");
    let (reason, message) = (text(&ready, "/reason"), text(&ready, "/message"));
    if object.pointer("/spec/suspend") == Some(&Value::Bool(true)) {
        return Standing::Failed("it is suspended".to_owned());
    }
    if ready["status"] == "True" && seen && is_commit(text(object, "/status/lastAppliedRevision"), commit) {
        return Standing::Done;
    }
    let tried = is_commit(text(object, "/status/lastAttemptedRevision"), commit);
    let on_its_way = matches!(reason, "" | "Progressing" | "DependencyNotReady" | "ReconciliationSucceeded");
    if ready["status"] == "False" && tried && seen && !on_its_way {
        return Standing::Failed(format!("{reason}: {}", first_line(message)));
    }
    match (ready["status"].as_str(), message) {
        (Some("True"), _) | (_, "") => Standing::Waiting("it has not taken this commit up yet".to_owned()),
        (_, message) => Standing::Waiting(first_line(message).to_owned()),
    }
}

fn application(object: &Value, commit: &str) -> Standing {
    let (sync, health) = (text(object, "/status/sync/status"), text(object, "/status/health/status"));
    let here = text(object, "/status/sync/revision") == commit;
    let phase = text(object, "/status/operationState/phase");
    let tried = text(object, "/status/operationState/syncResult/revision") == commit
        || text(object, "/status/operationState/operation/sync/revision") == commit;
    if here && health == "Healthy" && (sync == "Synced" || only_kept(object)) && phase != "Running" {
        return Standing::Done;
    }
    if tried && matches!(phase, "Failed" | "Error") {
        let message = text(object, "/status/operationState/message");
        return Standing::Failed(format!("{phase}: {}", first_line(message)));
    }
    if here && health == "Degraded" && phase != "Running" {
        let message = text(object, "/status/health/message");
        return Standing::Failed(format!("Degraded: {}", first_line(message)));
    }
    let mistaken = object.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten();
    if let Some(error) = mistaken.into_iter().find(|c| text(c, "/type").ends_with("Error")) {
        return Standing::Failed(format!(
            "{}: {}",
            text(error, "/type"),
            first_line(text(error, "/message"))
        ));
    }
    Standing::Waiting(match (here, sync, health) {
        (_, "", _) => "it has not been compared yet".to_owned(),
        (false, ..) => "it has not taken this commit up yet".to_owned(),
        (true, sync, health) => format!("{sync}, {health}").to_lowercase(),
    })
}

/// Whether all that differs is what is never pruned, such as a claim that left the tree.
fn only_kept(object: &Value) -> bool {
    let resources = object.pointer("/status/resources").and_then(Value::as_array);
    let differs = |r: &&Value| r["status"] == "OutOfSync";
    let mut different = resources.into_iter().flatten().filter(differs).peekable();
    different.peek().is_some() && different.all(|r| r["requiresPruning"] == true)
}

fn first_line(text: &str) -> &str {
    text.lines().find(|l| !l.trim().is_empty()).unwrap_or("it says nothing").trim()
}

#[cfg(test)]
mod tests;
