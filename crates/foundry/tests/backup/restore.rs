//! Restores: the data comes back, or the old data does; nothing in between.

use crate::world::World;
use std::path::PathBuf;
use testkit::Ran;

fn aside(world: &World) -> PathBuf {
    world.data().with_file_name("_data.foundry-aside")
}

/// Saved with `one`, then written to: `two`.
fn written_to() -> Option<World> {
    let (docker, restic) = (testkit::docker(), testkit::restic());
    let (docker, restic) = match (docker, restic) {
        (Ok(docker), Ok(restic)) => (docker, restic),
        (Err(missing), _) | (_, Err(missing)) => {
            testkit::note(&missing);
            return None;
        }
    };
    let world = World::new(docker, restic);
    let _ = world.save();
    world.write_page("two");
    std::fs::write(world.data().join("newer"), "x").unwrap();
    Some(world)
}

#[test]
fn the_data_comes_back_and_dependents_are_guarded() {
    let Some(world) = written_to() else { return };
    let _ = world.run(&["deploy", "blog", "--yes"]).code(0);
    let ran = world.run(&["backup", "restore", "wiki", "--yes"]).code(1);
    assert!(ran.stderr.contains("1 running domain requires wiki: blog"), "{}", ran.stderr);
    world.is_well_with("two");
    let ran = world.run(&["backup", "restore", "wiki", "--yes", "--with-dependents"]).code(0);
    assert!(ran.stdout.contains("the old data is kept aside"), "{}", ran.stdout);
    world.is_well_with("one");
    assert!(!world.data().join("newer").exists() && !aside(&world).exists());
    assert!(world.run(&["plan", "--all"]).code(0).stdout.contains("Nothing to do; 2 services unchanged."));

    // Also where nothing is left: containers, volume and all.
    let _ = world.run(&["destroy", "--all", "--yes"]).code(0);
    let _ = world.run(&["backup", "restore", "wiki", "--yes"]).code(0);
    world.is_well_with("one");
    let folder = world.repo.root().join("look");
    let shown = folder.display().to_string();
    world.write_page("three");
    let _ = world.run(&["backup", "restore", "wiki", "--to", &shown]).code(0);
    let page = format!("{}{}/page", folder.display(), world.data().display());
    assert_eq!((std::fs::read_to_string(page).unwrap().trim(), world.page().as_str()), ("one", "three"));
    let again = world.run(&["backup", "restore", "wiki", "--to", &shown]).code(4);
    assert!(again.stderr.contains("not empty"), "{}", again.stderr);
}

#[test]
fn data_on_which_the_service_is_not_healthy_is_taken_back() {
    let Some(world) = written_to() else { return };
    std::fs::remove_file(world.data().join("page")).unwrap();
    let _ = world.save();
    world.write_page("two");
    let ran = world.run(&["backup", "restore", "wiki", "--yes"]).code(5);
    assert!(ran.stderr.contains("unhealthy") && ran.stderr.contains("put back"), "{}", ran.all());
    world.is_well_with("two");
    assert!(!aside(&world).exists() && world.data().join("newer").exists());
    let first = world.list()[0]["id"].as_str().unwrap().to_owned();
    let _ = world.run(&["backup", "restore", "wiki", "--yes", "--snapshot", &first[..10]]).code(0);
    world.is_well_with("one");
    let ran = world.run(&["backup", "restore", "wiki", "--yes", "--snapshot", "ffffffff"]).code(1);
    assert!(ran.stderr.contains("has no snapshot ffffffff"), "{}", ran.stderr);
}

/// Begins a restore and kills it with `signal` as soon as `when` holds.
fn killed(world: &World, signal: &str, when: impl Fn() -> bool) -> Ran {
    let mut child = world.repo.start(&["backup", "restore", "wiki", "--yes"]);
    let pid = child.id().to_string();
    while !when() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_micros(200));
    }
    let _ = std::process::Command::new("kill").args([signal, &pid]).status();
    Ran::from(child.wait_with_output().unwrap())
}

#[test]
fn kill_9_at_any_point_loses_nothing_and_the_next_run_goes_on() {
    let Some(world) = written_to() else { return };
    let partial = world.data().with_file_name("_data.foundry-partial");
    let _ = std::fs::remove_dir_all(&partial);
    // While the data is fetched: nothing has changed.
    let ran = killed(&world, "-9", || partial.exists());
    assert_eq!(ran.code, -1, "{}", ran.all());
    world.is_well_with("two");
    let ran = world.run(&["backup", "restore", "wiki", "--resume", "--yes"]).code(1);
    assert!(ran.stderr.contains("no restore of wiki was interrupted"), "{}", ran.stderr);
    let _ = world.run(&["deploy", "wiki", "--yes"]).code(0);

    // Between stop and swap: deploy must not start it on data that is about to go.
    let ran = killed(&world, "-9", || world.inspect("{{.State.Running}}") != "true");
    assert_eq!(ran.code, -1, "{}", ran.all());
    let _ = world.run(&["deploy", "wiki", "--yes"]).code(1);
    let _ = world.run(&["backup", "restore", "wiki", "--resume", "--yes"]).code(0);
    world.is_well_with("one");
    assert!(!partial.exists());
    world.write_page("two");

    // After the swap.
    for (option, page) in [("--undo", "two"), ("--resume", "one")] {
        let ran = killed(&world, "-9", || aside(&world).exists());
        assert_eq!(ran.code, -1, "{}", ran.all());
        let kept = std::fs::read_to_string(aside(&world).join("page")).unwrap();
        assert_eq!(kept.trim(), "two", "the old data is not lost");
        for refused in [
            &["deploy", "wiki", "--yes"][..],
            &["destroy", "wiki", "--yes", "--force"],
            &["backup", "restore", "wiki", "--yes"],
            &["backup", "run", "wiki", "--yes"],
        ] {
            let ran = world.run(refused).code(1);
            let kept = aside(&world).display().to_string();
            assert!(ran.stderr.contains(&kept), "{refused:?}: {}", ran.stderr);
            assert!(ran.stderr.contains("--resume") && ran.stderr.contains("--undo"), "{}", ran.stderr);
        }
        let _ = world.run(&["backup", "restore", "wiki", option, "--yes"]).code(0);
        world.is_well_with(page);
        assert!(!aside(&world).exists());
        assert!(world.run(&["plan", "wiki"]).code(0).stdout.contains("Nothing to do"));
    }
}

#[test]
fn ctrl_c_puts_the_old_data_back() {
    let Some(world) = written_to() else { return };
    let ran = killed(&world, "-INT", || aside(&world).exists());
    assert_eq!(ran.code, 5, "{}", ran.all());
    world.is_well_with("two");
    assert!(!aside(&world).exists());
    let _ = world.run(&["deploy", "wiki", "--yes"]).code(0);
}
