//! What a look at a container says, for every state it can be in.

use super::*;
use serde_json::{Value, json};

fn look(state: Value, restarts: i64, until: Condition) -> Verdict {
    let container: ContainerInspectResponse = serde_json::from_value(json!({
        "Id": "c", "State": state, "RestartCount": restarts,
        "Config": {"Healthcheck": {"Test": ["CMD", "true"], "Retries": 20}},
    }))
    .unwrap();
    judge(&[container], until, &BTreeMap::from([("c".to_string(), 1)]))
}

fn shown(verdict: Verdict) -> String {
    match verdict {
        Verdict::Ready => "ready".to_string(),
        Verdict::Running => "running".to_string(),
        Verdict::Pending(what) => format!("pending: {what}"),
        Verdict::Failed(_, why) => format!("failed: {why}"),
    }
}

#[test]
fn each_state_has_its_verdict() {
    use Condition::{Completed, Done, Healthy};
    let running = json!({"Status": "running"});
    let health = |status: &str, streak: i64| json!({"Status": "running", "Health": {"Status": status, "FailingStreak": streak}});
    let ended = |code: i64| json!({"Status": "exited", "ExitCode": code});
    let checked = json!({"Status": "exited", "ExitCode": 0, "Health": {"Status": "unhealthy"}});
    let restarting = json!({"Status": "restarting", "ExitCode": 2});
    let cases = [
        (running.clone(), 1, Done, "running"),
        (running.clone(), 1, Healthy, "running"),
        (running, 1, Completed, "pending: running"),
        (health("starting", 0), 1, Done, "ready"),
        (health("starting", 0), 1, Healthy, "pending: health: starting"),
        (health("starting", 3), 1, Healthy, "pending: health: starting, 3 of 20"),
        (health("healthy", 0), 1, Healthy, "ready"),
        (health("unhealthy", 20), 1, Healthy, "failed: is unhealthy"),
        (health("unhealthy", 0), 1, Healthy, "pending: health: before its next check"),
        (ended(0), 1, Completed, "ready"),
        (ended(0), 1, Healthy, "ready"),
        (checked, 1, Healthy, "failed: ended with exit code 0"),
        (ended(3), 1, Completed, "failed: ended with exit code 3"),
        (ended(3), 1, Done, "failed: ended with exit code 3"),
        (
            json!({"Status": "exited", "ExitCode": 137, "OOMKilled": true}),
            1,
            Done,
            "failed: ran out of memory (exit code 137)",
        ),
        (restarting.clone(), 2, Healthy, "pending: restarting (exit code 2)"),
        (restarting, 4, Healthy, "failed: restarts again and again (exit code 2)"),
        (json!({"Status": "created"}), 0, Done, "pending: not started"),
        (
            json!({"Status": "created", "Error": "Port is taken"}),
            0,
            Done,
            "failed: was not started (port is taken)",
        ),
        (json!({"Status": "paused"}), 0, Done, "failed: is paused"),
    ];
    for (state, restarts, until, expected) in cases {
        assert_eq!(shown(look(state.clone(), restarts, until)), expected, "{state} {until:?}");
    }
    assert_eq!(shown(judge(&[], Done, &BTreeMap::new())), "failed: has no container");
}

#[test]
fn the_time_limit_covers_the_whole_health_check() {
    let check = |json: Value| time_of(&serde_json::from_value(json).unwrap()).as_secs();
    assert_eq!(check(json!({})), 240);
    let second = 1_000_000_000_i64;
    let own = json!({"Interval": second, "Timeout": 2 * second, "Retries": 9, "StartPeriod": 60 * second});
    assert_eq!(check(own), 90);
    assert!(check(json!({"Interval": i64::MAX, "Retries": i64::MAX})) > 1_000_000);
}
