//! Statuses as Flux and Argo CD write them.

use super::{Standing, standing};
use serde_json::{Value, json};

const COMMIT: &str = "4f1c0ffee0000000000000000000000000000001";

fn flux(status: &str, reason: &str, applied: &str, attempted: &str) -> Standing {
    let object = json!({
        "kind": "Kustomization", "metadata": {"generation": 2},
        "status": {
            "observedGeneration": 2,
            "conditions": [{"type": "Ready", "status": status, "reason": reason, "message": "words\nmore"}],
            "lastAppliedRevision": format!("main@sha1:{applied}"), "lastAttemptedRevision": format!("main@sha1:{attempted}"),
        },
    });
    standing(&object, COMMIT)
}

#[test]
fn a_kustomization_is_done_with_this_commit_and_no_other() {
    assert_eq!(flux("True", "ReconciliationSucceeded", COMMIT, COMMIT), Standing::Done);
    assert!(matches!(flux("True", "ReconciliationSucceeded", "old", "old"), Standing::Waiting(_)));
    assert_eq!(
        flux("False", "HealthCheckFailed", "old", COMMIT),
        Standing::Failed("HealthCheckFailed: words".into())
    );
    assert_eq!(flux("False", "DependencyNotReady", "old", COMMIT), Standing::Waiting("words".into()));
    assert!(matches!(flux("False", "BuildFailed", "old", "old"), Standing::Waiting(_)), "of an older commit");
    assert!(matches!(standing(&json!({"kind": "Kustomization"}), COMMIT), Standing::Waiting(_)));
    let suspended = json!({"kind": "Kustomization", "spec": {"suspend": true}});
    assert!(matches!(standing(&suspended, COMMIT), Standing::Failed(_)));
}

fn argo(status: Value) -> Standing {
    standing(&json!({"kind": "Application", "status": status}), COMMIT)
}

#[test]
fn an_application_is_done_when_it_is_synced_and_healthy_at_this_commit() {
    let sync = |status: &str, revision: &str| json!({"status": status, "revision": revision});
    let healthy = json!({"status": "Healthy"});
    assert_eq!(argo(json!({"sync": sync("Synced", COMMIT), "health": healthy})), Standing::Done);
    let old = argo(json!({"sync": sync("Synced", "old"), "health": healthy}));
    assert_eq!(old, Standing::Waiting("it has not taken this commit up yet".into()));
    let starting = argo(json!({"sync": sync("Synced", COMMIT), "health": {"status": "Progressing"}}));
    assert_eq!(starting, Standing::Waiting("synced, progressing".into()));
    let running =
        json!({"sync": sync("Synced", COMMIT), "health": healthy, "operationState": {"phase": "Running"}});
    assert!(matches!(argo(running), Standing::Waiting(_)));
    let failed = json!({"phase": "Failed", "message": "no such kind", "syncResult": {"revision": COMMIT}});
    let failed =
        argo(json!({"sync": sync("OutOfSync", COMMIT), "health": healthy, "operationState": failed}));
    assert_eq!(failed, Standing::Failed("Failed: no such kind".into()));
    let degraded =
        json!({"sync": sync("Synced", COMMIT), "health": {"status": "Degraded", "message": "no image"}});
    assert_eq!(argo(degraded), Standing::Failed("Degraded: no image".into()));
    let refused = json!({"conditions": [{"type": "InvalidSpecError", "message": "not permitted"}]});
    assert_eq!(argo(refused), Standing::Failed("InvalidSpecError: not permitted".into()));
    assert!(matches!(argo(json!({})), Standing::Waiting(_)));
}

#[test]
fn a_claim_that_left_the_tree_and_is_never_pruned_keeps_nobody_waiting() {
    let with = |pruning: bool| {
        let resources = json!([
            {"kind": "PersistentVolumeClaim", "status": "OutOfSync", "requiresPruning": pruning},
            {"kind": "Service", "status": "Synced"},
        ]);
        let sync = json!({"status": "OutOfSync", "revision": COMMIT});
        argo(json!({"sync": sync, "health": {"status": "Healthy"}, "resources": resources}))
    };
    assert_eq!(with(true), Standing::Done);
    assert!(matches!(with(false), Standing::Waiting(_)));
}
