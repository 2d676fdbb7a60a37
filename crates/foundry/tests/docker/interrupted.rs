//! A run that is ended in the middle leaves a state from which the next one goes on, and no lock.

use super::world::World;
use std::process::Command;
use testkit::need;

/// Deploys, sends `signal` as soon as the container of `domain` exists, and returns how the run ended.
fn ended_by(world: &World, signal: &str, domain: &str) -> testkit::Ran {
    let child = world.repo.start(&["deploy", "--all", "--yes"]);
    let pid = child.id().to_string();
    testkit::until("the first container", 60, || !world.id(domain).is_empty());
    assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    testkit::Ran::from(child.wait_with_output().unwrap())
}

#[test]
fn kill_9_in_the_middle_converges() {
    let world = World::new(need!(testkit::docker()));
    for domain in ["db", "app", "web"] {
        let ran = ended_by(&world, "-9", domain);
        assert_eq!(ran.code, -1, "{}", ran.all());
    }
    let _ = world.run(&["deploy", "--all", "--yes", "--lock-timeout", "20"]).code(0);
    assert!(world.plan().contains("Nothing to do; 4 services unchanged."), "{}", world.plan());
}

#[test]
fn ctrl_c_ends_with_a_report_and_the_next_run_goes_on() {
    let world = World::new(need!(testkit::docker()));
    let ran = ended_by(&world, "-INT", "db");
    assert!([1, 5].contains(&ran.code), "{}", ran.all());
    assert!(ran.all().contains("not started"), "{}", ran.all());
    let _ = world.deploy().code(0);
    assert!(world.plan().contains("Nothing to do; 4 services unchanged."), "{}", world.plan());
}
