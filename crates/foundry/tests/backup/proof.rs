//! A backup counts as good when a restore of it was healthy, and not before.

use crate::world::World;
use testkit::need;

#[test]
fn a_restore_is_proved_in_a_scratch_place_and_every_checkout_knows_it() {
    let world = World::new(need!(testkit::docker()), need!(testkit::restic()));
    std::fs::write(world.data().join("large"), vec![7; 3_000_000]).unwrap();
    std::os::unix::fs::symlink("page", world.data().join("link")).unwrap();
    let before = world.inspect("{{.Id}} {{.State.StartedAt}}");

    // Nothing is made by accident: a disk that is not mounted would be replaced by a folder.
    let ran = world.run(&["backup", "run", "wiki", "--yes"]).code(4);
    assert!(ran.stderr.contains("there is no repository") && ran.stderr.contains("--init"), "{}", ran.stderr);
    let ran = world.save();
    assert!(ran.stdout.contains("1 to create, 1 to save"), "{}", ran.stdout);
    let list = world.list();
    assert_eq!(
        (list.len(), list[0]["domain"].as_str(), list[0]["profile"].as_str()),
        (1, Some("wiki"), Some("full"))
    );
    assert!(list[0]["size"].as_u64().unwrap() > 3_000_000 && list[0]["verified"].is_null(), "{list:?}");
    assert!(world.run(&["status"]).code(0).stdout.contains("never verified"));
    let late = world.run(&["backup", "list"]).code(0);
    assert!(late.stderr.contains("BKP-004") && late.stderr.contains("backup verify wiki"), "{}", late.all());

    let ran = world.run(&["backup", "verify", "wiki", "--yes"]).code(0);
    assert!(ran.stdout.contains("every file compared"), "{}", ran.stdout);
    assert!(world.list()[0]["verified"].is_string());
    assert!(!world.run(&["backup", "list"]).code(0).stderr.contains("BKP-004"));
    assert_eq!(world.inspect("{{.Id}} {{.State.StartedAt}}"), before, "the running service was not touched");
    for kind in ["ps -a --format {{.Names}}", "network ls --format {{.Name}}", "volume ls -q"] {
        let words: Vec<&str> = kind.split(' ').collect();
        assert!(!world.docker.out(&words).contains(&format!("{}-verify", world.docker.prefix())), "{kind}");
    }
    assert_eq!(
        std::fs::read_dir(world.repo.root().join(".foundry/backup/dev/verify/generated")).unwrap().count(),
        0
    );

    // The same registry in another folder of the same account.
    let mut clone = testkit::Repo::copy_of(env!("CARGO_BIN_EXE_foundry"), &world.repo.root());
    let state = world.repo.root().with_file_name("state").display().to_string();
    clone.variable("DOCKER_HOST", world.docker.host()).variable("XDG_STATE_HOME", &state);
    let status = clone.run(&["status", "wiki", "--json"]).code(0).json();
    assert!(status["domains"][0]["backup"]["verified_age"].is_u64(), "{status}");
    assert!(clone.run(&["status"]).code(0).stdout.contains("verified "));

    // Any restic can read it, and the page is what it was.
    let page = format!("{}/page", world.data().display());
    assert_eq!(world.restic.out(&["dump", "latest", &page, "--tag", "domain:wiki"]), "one");
}

#[test]
fn a_backup_on_which_the_service_is_not_healthy_is_not_good() {
    let world = World::new(need!(testkit::docker()), need!(testkit::restic()));
    std::fs::remove_file(world.data().join("page")).unwrap();
    let _ = world.save();
    world.write_page("one");
    let ran = world.run(&["backup", "verify", "wiki", "--yes"]).code(5);
    assert!(
        ran.stderr.contains("unhealthy") && ran.stderr.contains("was not started: it needs wiki/wiki"),
        "{}",
        ran.all()
    );
    assert!(world.list()[0]["verified"].is_null());
    // Others prove their backups on the same engine at the same time.
    let left = world.docker.out(&["ps", "-a", "--format", "{{.Names}}"]);
    let ours = |name: &&str| name.contains(world.docker.prefix()) && name.contains("-verify-");
    assert_eq!(left.lines().find(ours), None, "it is taken away all the same");
    world.repo.write(
        "backup/policy.yml",
        format!("{}verify: {{wiki: []}}\n", world.repo.read("backup/policy.yml")),
    );
    let ran = world.run(&["backup", "verify", "wiki", "--yes"]).code(0);
    assert!(ran.stdout.contains("files as they were saved"), "{}", ran.stdout);
    assert!(world.list()[0]["verified"].is_string(), "its files alone were asked for");
}
