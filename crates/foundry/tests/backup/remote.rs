//! Another machine over SSH (loopback here): restic runs there, and the scripts of the registry come along.

use crate::world::World;
use testkit::need;

#[test]
fn domains_of_another_machine_are_saved_proved_and_restored_there() {
    let mut sshd = need!(testkit::sshd());
    let mut world = World::bare(need!(testkit::docker()), need!(testkit::restic()));
    world.repo.variable("FOUNDRY_SSH_CONFIG", &sshd.config().display().to_string());
    world.repo.edit(
        "config-registry/env/environments.yml",
        "engine: compose",
        &format!("engine: compose, host: '{}'", sshd.address()),
    );
    world.begin();
    let backup = "#!/bin/sh\nset -e\nmkdir \"$1/of-today\"\n. \"$(dirname \"$0\")/words\"\necho \"$WORD\" >\"$1/of-today/note\"\necho \"$1/of-today\"\n";
    let restore = "#!/bin/sh\nset -e\n[ \"$(basename \"$1\")\" = of-today ]\ndocker exec PREFIX-wiki-wiki-1 sh -c \"echo $(cat \"$1/note\") >/data/note\"\n";
    world
        .repo
        .write("domains/wiki/scripts/words", "WORD=from-the-script\n")
        .write("domains/wiki/scripts/backup.sh", backup);
    world.repo.write("domains/wiki/scripts/restore.sh", restore.replace("PREFIX", world.docker.prefix()));
    let ran = world.save();
    assert!(
        ran.stdout.contains("foundry-test") && ran.stdout.contains("domains/wiki/scripts/backup.sh"),
        "{}",
        ran.stdout
    );
    assert!(!world.repo.root().join(".foundry/backup").exists(), "nothing of it is here");
    let _ = world.run(&["backup", "verify", "wiki", "--yes"]).code(0);
    world.write_page("two");
    let _ = world.run(&["backup", "restore", "wiki", "--yes"]).code(0);
    world.is_well_with("one");
    assert_eq!(std::fs::read_to_string(world.data().join("note")).unwrap(), "from-the-script\n");
    assert!(world.run(&["status", "wiki"]).code(0).stdout.contains("verified "));
    sshd.cut();
    let ran = world.run(&["backup", "run", "wiki", "--yes"]).code(4);
    assert!(ran.stderr.contains("foundry-test") && ran.stderr.contains("help:"), "{}", ran.stderr);
    world.repo.edit("config-registry/env/environments.yml", &format!(", host: '{}'", sshd.address()), "");
}
