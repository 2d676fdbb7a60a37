//! An environment on another machine: Docker over SSH (to loopback here), files and all.

use super::world::World;
use testkit::need;

#[test]
fn an_environment_with_an_ssh_host_is_deployed_and_destroyed() {
    let (docker, mut sshd) = (need!(testkit::docker()), need!(testkit::sshd()));
    let mut world = World::new(docker);
    world.repo.variable("FOUNDRY_SSH_CONFIG", &sshd.config().display().to_string());
    world.repo.edit(
        "config-registry/env/environments.yml",
        "engine: compose",
        &format!("engine: compose, host: '{}'", sshd.address()),
    );
    let plan = world.plan();
    assert!(plan.contains("foundry-test"), "the place is named: {plan}");
    let _ = world.deploy().code(0);
    assert!(!world.repo.root().join("generated").exists(), "files of another machine are not kept here");
    let page = world.docker.out(&["exec", &world.container("web"), "cat", "/www/index.html"]);
    assert_eq!(page.trim(), "hello from web");
    assert!(world.plan().contains("Nothing to do; 4 services unchanged."), "{}", world.plan());
    let _ = world.run(&["destroy", "--all", "--yes"]).code(0);
    sshd.cut();
    let ran = world.run(&["plan", "--all"]).code(4);
    assert!(ran.stderr.contains("foundry-test") && ran.stderr.contains("help:"), "{}", ran.stderr);
    world.repo.edit("config-registry/env/environments.yml", &format!("host: '{}'", sshd.address()), "");
}
