//! A change touches what it concerns and nothing else, and says why.

use super::world::{HEALTHY, World};
use testkit::need;

#[test]
fn a_changed_port_recreates_one_service() {
    let world = World::new(need!(testkit::docker()));
    let _ = world.deploy().code(0);
    let (app, old, new) = (world.id("app"), world.port, world.docker.free_port());
    world.repo.edit("config-registry/env/ports.yml", &old.to_string(), &new.to_string());
    let plan = world.run(&["plan", "--all", "--exit-code"]).code(3).stdout;
    assert!(plan.contains(&format!("port 127.0.0.1:{old} → 127.0.0.1:{new} (ports.yml:1)")), "{plan}");
    assert!(plan.contains("2 steps; 3 services unchanged."), "{plan}");
    let _ = world.deploy().code(0);
    assert_eq!(world.id("app"), app);
    assert!(world.inspect("web", "{{json .NetworkSettings.Ports}}").contains(&new.to_string()));
}

#[test]
fn a_changed_value_reaches_container_and_mounted_file_and_is_never_shown() {
    let world = World::new(need!(testkit::docker()));
    world.repo.write(".env", "GREETING=bonjour\nAPI_TOKEN=tok-0123456789\n");
    world.domain("mon", "environment: {API_TOKEN: '{{ API_TOKEN }}'}", "");
    let _ = world.deploy().code(0);
    world.repo.write(".env", "GREETING=salut\nAPI_TOKEN=tok-9876543210\n");
    let plan = world.plan();
    assert!(plan.contains("environment GREETING (.env:1) changed"), "{plan}");
    assert!(plan.contains("environment API_TOKEN (.env:2) changed") && plan.contains("page.html"), "{plan}");
    let json = world.run(&["plan", "--all", "--json"]).code(0).stdout;
    let ran = world.deploy().code(0);
    for text in [&plan, &json, &ran.all()] {
        assert!(!text.contains("tok-"), "{text}");
    }
    let out = world.docker.out(&["exec", &world.container("web"), "cat", "/www/index.html"]);
    assert_eq!(out.trim(), "salut from web");
    let journal = std::process::Command::new("grep")
        .args(["-rl", "tok-"])
        .arg(world.repo.root().join(".foundry"))
        .output();
    assert!(journal.unwrap().stdout.is_empty(), "a secret is in the journal");
}

#[test]
fn a_killed_container_is_seen_and_started_again() {
    let world = World::new(need!(testkit::docker()));
    let _ = world.deploy().code(0);
    let id = world.id("app");
    world.docker.run(&["kill", &world.container("app")]);
    let status = world.run(&["status"]).code(0).stdout;
    let line = status.lines().find(|l| l.starts_with("app ")).unwrap_or_default();
    assert!(line.contains("failed") && line.contains("container exited (137)"), "{status}");
    let plan = world.plan();
    assert!(plan.contains("app/app  start  container exited (137)"), "{plan}");
    let _ = world.deploy().code(0);
    assert_eq!((world.id("app"), world.inspect("app", "{{.State.Status}}")), (id, "running".to_owned()));
}

#[test]
fn what_others_require_is_not_stopped_unasked() {
    let world = World::new(need!(testkit::docker()));
    let _ = world.deploy().code(0);
    let ran = world.run(&["down", "db", "--yes"]).code(1);
    assert!(ran.stderr.contains("2 running domains require db: app, web"), "{}", ran.stderr);
    assert_eq!(world.inspect("db", "{{.State.Status}}"), "running");
    let _ = world.run(&["down", "db", "--yes", "--with-dependents"]).code(0);
    for domain in ["db", "app", "web"] {
        assert_eq!(world.id(domain), "", "{domain}");
    }
    assert_ne!(world.id("mon"), "");
    let volume = format!("{}-db_data", world.docker.prefix());
    assert_eq!(world.docker.out(&["volume", "ls", "-q", "-f", &format!("name={volume}")]).trim(), volume);
    let _ = world.run(&["destroy", "db"]).code(1);
    let _ = world.run(&["destroy", "db", "--yes"]).code(0);
    assert_eq!(world.docker.out(&["volume", "ls", "-q", "-f", &format!("name={volume}")]).trim(), "");
}

#[test]
fn what_is_no_longer_declared_is_an_orphan_until_it_is_pruned() {
    let world = World::new(need!(testkit::docker()));
    let _ = world.deploy().code(0);
    let name = world.container("mon");
    world.repo.edit("config-registry/env/domains.yml", "  - {name: mon, standalone: true}\n", "");
    for ran in [world.run(&["plan", "--all"]), world.run(&["status"])] {
        assert!(ran.code(0).stdout.contains(&name));
    }
    let _ = world.deploy().code(0);
    assert_eq!(world.inspect("mon", "{{.State.Status}}"), "running");
    let _ = world.run(&["deploy", "--all", "--yes", "--prune"]).code(0);
    assert_eq!(world.id("mon"), "");
}

#[test]
fn a_domain_is_linked_to_the_network_of_another() {
    let world = World::new(need!(testkit::docker()));
    let _ = world.deploy().code(0);
    let _ = world.run(&["link", "mon", "db", "--yes"]).code(0);
    assert!(world.inspect("mon", "{{json .NetworkSettings.Networks}}").contains(&world.docker.name("net")));
    let again = world.run(&["link", "mon", "db", "--yes"]).code(0);
    assert!(again.stdout.contains("Nothing to do"), "{}", again.stdout);
}

#[test]
fn a_detached_network_is_attached_again_without_a_new_container() {
    let world = World::new(need!(testkit::docker()));
    let _ = world.deploy().code(0);
    let id = world.id("web");
    world.docker.run(&["network", "disconnect", &world.docker.name("net"), &world.container("web")]);
    assert!(world.plan().contains("detached from network"), "{}", world.plan());
    let _ = world.deploy().code(0);
    assert_eq!(world.id("web"), id);
    assert!(world.plan().contains("Nothing to do"));
}

#[test]
fn containers_of_plain_docker_compose_are_taken_over_untouched() {
    let world = World::new(need!(testkit::docker()));
    world.domain("mon", HEALTHY, "");
    let _ = world.run(&["render", "mon"]).code(0);
    let file = world.repo.root().join("generated/mon/compose.yml");
    world.docker.run(&["compose", "-f", &file.display().to_string(), "up", "-d", "--wait"]);
    let id = world.id("mon");
    let plan = world.run(&["plan", "mon"]).code(0).stdout;
    assert!(plan.contains("Nothing to do; 1 service unchanged."), "{plan}");
    assert_eq!(world.id("mon"), id);
}

#[test]
fn what_docker_compose_run_left_behind_stands_in_nobodys_way() {
    let world = World::new(need!(testkit::docker()));
    let _ = world.deploy().code(0);
    let file = world.repo.root().join("generated/mon/compose.yml");
    world.docker.run(&["compose", "-f", &file.display().to_string(), "run", "-d", "mon", "sleep", "60"]);
    assert!(world.plan().contains("Nothing to do"), "{}", world.plan());
    world.docker.run(&["kill", &world.container("mon")]);
    let _ = world.deploy().code(0);
    assert_eq!(world.inspect("mon", "{{.State.Status}}"), "running");
    let _ = world.run(&["down", "mon", "--yes"]).code(0);
}
