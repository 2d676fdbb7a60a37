//! `foundry down --for`: away on purpose, seen by every clone of the registry, until the domain comes back.

use super::behind::{drift, lines};
use super::world::World;
use testkit::{Repo, need};

#[test]
fn a_domain_that_is_away_on_purpose_does_not_drift_until_the_time_is_over_or_it_is_back() {
    let world = World::new(need!(testkit::docker()));
    let _ = world.deploy().code(0);
    for wrong in ["", "30", "1.5h", "-1m", "0m"] {
        let _ = world.run(&["down", "mon", "--yes", &format!("--for={wrong}")]).code(2);
    }
    assert_ne!(world.id("mon"), "");
    let ran = world.run(&["down", "mon", "--for", "2h", "--yes"]).code(0);
    assert!(ran.stdout.contains("in maintenance until"), "{}", ran.stdout);
    assert_eq!(world.id("mon"), "");
    let file = world.repo.read("generated/.maintenance/foundry.prom");
    assert!(file.contains("foundry_maintenance_until_timestamp_seconds{domain=\"mon\""), "{file}");

    // Another clone on the same engine knows of it: nothing but the engine says so.
    let mut clone = Repo::copy_of(env!("CARGO_BIN_EXE_foundry"), &world.repo.root());
    clone.variable("DOCKER_HOST", world.docker.host());
    let _ = std::fs::remove_dir_all(clone.root().join(".foundry"));
    let _ = std::fs::remove_dir_all(clone.root().join("generated/.maintenance"));
    let status = clone.run(&["status"]).code(0).stdout;
    let line = status.lines().find(|l| l.starts_with("mon ")).unwrap_or_default().to_owned();
    assert!(line.contains("in maintenance until 20"), "{status}");
    let report = clone.run(&["drift", "--json", "--exit-code"]).code(0).json();
    assert_eq!((lines(&report).len(), &report["maintenance"][0]["domain"]), (0, &"mon".into()));
    assert!(!clone.run(&["plan", "--all"]).code(0).stdout.contains("declared nowhere"));

    let again = world.run(&["deploy", "mon", "--yes"]).code(0);
    assert!(again.stdout.contains("back from maintenance"), "{}", again.stdout);
    assert!(!world.run(&["status"]).code(0).stdout.contains("in maintenance"));
    assert!(!world.repo.read("generated/.maintenance/foundry.prom").contains("mon"));
    assert!(world.plan().contains("Nothing to do"), "{}", world.plan());

    // Over: the marker means nothing any more, and the next deploy takes it away.
    let _ = world.run(&["down", "mon", "--for", "1s", "--yes"]).code(0);
    testkit::until("the maintenance is over", 20, || !lines(&drift(&world, &[])).is_empty());
    assert!(lines(&drift(&world, &[])).contains(&"live mon/mon: no container".to_owned()));
    let _ = world.deploy().code(0);
    let left = world.docker.out(&["volume", "ls", "-q", "-f", "label=foundry.maintenance.until"]);
    assert!(!left.contains(world.docker.prefix()), "{left}");
}
