//! What fails is told with its reason; what depends on it is not started, the rest is finished.

use super::world::World;
use testkit::need;

const SICK: &str = "command: [sh, -c, 'echo wrong ownership of /data; exec sleep 1000']\n    healthcheck: {test: [CMD, 'false'], interval: 100ms, timeout: 5s, retries: 2}";

#[test]
fn an_unhealthy_service_stops_its_dependents_and_nobody_else() {
    let world = World::new(need!(testkit::docker()));
    world.domain("app", SICK, "");
    let ran = world.deploy().code(5);
    let all = ran.all();
    assert!(all.contains("app/app") && all.contains("wrong ownership of /data"), "{all}");
    assert!(all.contains("web/web was not started: it needs app/app"), "{all}");
    assert_eq!(world.id("web"), "");
    assert_eq!(world.inspect("mon", "{{.State.Status}}"), "running");
    let again = world.plan();
    assert!(again.contains("unhealthy"), "a second run must not lie: {again}");
    world.domain("app", super::world::HEALTHY, "");
    let _ = world.deploy().code(0);
    assert_eq!(world.inspect("web", "{{.State.Health.Status}}"), "healthy");
}

#[test]
fn a_container_that_ends_at_once_is_a_failure_with_its_last_words() {
    let world = World::new(need!(testkit::docker()));
    world.domain(
        "mon",
        "command: [sh, -c, 'echo cannot open config; exit 7']\n    restart: unless-stopped",
        "",
    );
    let ran = world.run(&["deploy", "mon", "--yes"]);
    assert!(ran.code == 4 || ran.code == 5, "{}", ran.all());
    assert!(ran.all().contains("cannot open config"), "{}", ran.all());
}

#[test]
fn an_image_that_nobody_has_is_an_error_before_anything_stops() {
    let world = World::new(need!(testkit::docker()));
    let _ = world.run(&["deploy", "mon", "--yes"]).code(0);
    let id = world.id("mon");
    world.repo.edit("domains/mon/templates/compose.yml.tmpl", "'{{ IMAGE }}'", "127.0.0.1:9/nowhere:1.0.0");
    let ran = world.run(&["deploy", "mon", "--yes"]);
    assert!(ran.code == 4 || ran.code == 5, "{}", ran.all());
    assert_eq!((world.id("mon"), world.inspect("mon", "{{.State.Status}}")), (id, "running".to_owned()));
}

#[test]
fn a_network_that_nothing_declares_is_a_finding() {
    let world = World::new(need!(testkit::docker()));
    world.repo.write(
        "domains/mon/templates/compose.yml.tmpl",
        "name: '{{ PREFIX }}-mon'\nservices:\n  mon: {image: '{{ IMAGE }}', networks: [n]}\nnetworks:\n  n: {name: nobody-owns-this, external: true}\n",
    );
    let ran = world.run(&["plan", "mon"]).code(1);
    assert!(ran.stderr.contains("NET-002") && ran.stderr.contains("nobody-owns-this"), "{}", ran.stderr);
}

#[test]
fn an_engine_that_is_not_there_is_named() {
    let world = World::new(need!(testkit::docker()));
    let mut command = world.repo.command(&["plan", "--all"]);
    let ran = testkit::Ran::from(command.env("DOCKER_HOST", "unix:///nowhere/docker.sock").output().unwrap());
    let ran = ran.code(4);
    assert!(ran.stderr.contains("/nowhere/docker.sock") && ran.stderr.contains("help:"), "{}", ran.stderr);
}

#[test]
fn a_port_that_somebody_else_uses_is_a_conflict_with_a_name() {
    let world = World::new(need!(testkit::docker()));
    let other = world.docker.name("squatter");
    let port = format!("127.0.0.1:{}:80", world.port);
    world.docker.run(&[
        "run",
        "-d",
        "--name",
        &other,
        "-p",
        &port,
        "--label",
        "com.docker.compose.project=elsewhere",
        world.docker.image_busybox(),
        "sleep",
        "1000",
    ]);
    let ran = world.run(&["plan", "--all"]).code(1);
    assert!(ran.stderr.contains(&other) && ran.stderr.contains(&world.port.to_string()), "{}", ran.stderr);
}
