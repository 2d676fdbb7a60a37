//! What changes in the registry, and how far it has come.

use super::behind::{drift, lines};
use super::world::World;
use testkit::need;

#[test]
fn a_changed_registry_is_rendered_drift_until_it_is_rendered_and_live_drift_until_it_is_deployed() {
    let world = World::new(need!(testkit::docker()));
    let _ = world.run(&["deploy", "mon", "--yes"]).code(0);
    world.domain("mon", "environment: {NEW: one}", "");
    let found = lines(&drift(&world, &[]));
    assert_eq!(found, ["rendered generated/mon/compose.yml: older than its sources"]);
    let git = |arguments: &[&str]| {
        let all = ["-c", "user.name=n", "-c", "user.email=n@example.org"].iter().chain(arguments);
        let ran =
            std::process::Command::new("git").args(all).current_dir(world.repo.root()).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "one"]);
    let since = |report: &serde_json::Value| report["drift"][0]["since"]["what"].as_str().unwrap().to_owned();
    let what = since(&drift(&world, &["--explain"]));
    assert!(
        what.starts_with("commit ") && what.ends_with(" changed domains/mon/templates/compose.yml.tmpl"),
        "{what}"
    );
    world.domain("mon", "environment: {NEW: two}", "");
    let what = since(&drift(&world, &["--explain"]));
    assert!(what.ends_with("was changed, not committed yet"), "{what}");

    let _ = world.run(&["render", "mon"]).code(0);
    let found = lines(&drift(&world, &[]));
    assert_eq!(found, ["live mon/mon: environment NEW added"]);
    // Rendered and deployed, then changed again: both.
    world.domain("mon", "environment: {NEW: three}", "");
    let found = lines(&drift(&world, &[]));
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].starts_with("rendered ") && found[1].starts_with("live mon/mon"), "{found:#?}");
    let _ = world.run(&["deploy", "mon", "--yes"]).code(0);
    assert_eq!(lines(&drift(&world, &[])), Vec::<String>::new());
}

#[test]
fn what_was_never_deployed_cannot_drift_and_a_wrong_name_is_said() {
    let world = World::new(need!(testkit::docker()));
    let report = world.run(&["drift", "--exit-code"]).code(0);
    assert!(
        report.stdout.starts_with("No drift. Never deployed here: db, app, web, mon."),
        "{}",
        report.stdout
    );
    let unknown = world.run(&["drift", "dbb"]).code(2);
    assert!(unknown.stderr.contains("there is no domain `dbb`"), "{}", unknown.stderr);
}
