//! What runs after a deploy is what is declared, and a second one does nothing.

use super::world::World;
use testkit::need;

#[test]
fn everything_runs_in_relation_order_and_the_second_deploy_plans_nothing() {
    let world = World::new(need!(testkit::docker()));
    let ran = world.deploy().code(0);
    assert!(ran.stdout.contains("network "), "{}", ran.stdout);
    for domain in ["db", "app", "web"] {
        assert_eq!(world.inspect(domain, "{{.State.Health.Status}}"), "healthy", "{domain}");
    }
    let started = |domain: &str| world.inspect(domain, "{{.State.StartedAt}}");
    assert!(started("db") < started("app") && started("app") < started("web"));
    let page = std::process::Command::new("curl")
        .args(["-s", &format!("http://127.0.0.1:{}/", world.port)])
        .output();
    assert_eq!(String::from_utf8_lossy(&page.unwrap().stdout).trim(), "hello from web");
    let before = world.id("web");
    let again = world.deploy().code(0);
    assert!(again.stdout.contains("Nothing to do; 4 services unchanged."), "{}", again.stdout);
    assert_eq!(world.id("web"), before);
    let _ = world.run(&["plan", "--all", "--exit-code"]).code(0);
    let status = world.run(&["status", "--json"]).code(0).json();
    let states: Vec<_> = status["domains"].as_array().unwrap().iter().map(|d| d["state"].clone()).collect();
    assert_eq!(states, ["running", "running", "running", "running"]);
}

#[test]
fn two_deploys_at_once_end_in_one_state() {
    let world = World::new(need!(testkit::docker()));
    let arguments = ["deploy", "--all", "--yes", "--lock-timeout", "120"];
    let (one, two) = (world.repo.start(&arguments), world.repo.start(&arguments));
    for child in [one, two] {
        let ran = testkit::Ran::from(child.wait_with_output().unwrap());
        let _ = ran.code(0);
    }
    assert!(world.plan().contains("Nothing to do; 4 services unchanged."), "{}", world.plan());
    let busy = world.repo.start(&["restart", "--all", "--yes"]);
    let third = world.run(&["deploy", "--all", "--yes", "--lock-timeout", "60"]).code(0);
    let first = testkit::Ran::from(busy.wait_with_output().unwrap());
    assert!(first.code == 0 || first.stderr.contains("another run works on dev"), "{}", first.all());
    drop(third);
}

#[test]
fn one_domain_alone_needs_what_it_requires() {
    let world = World::new(need!(testkit::docker()));
    let ran = world.run(&["plan", "app"]);
    assert_eq!(ran.code, 1, "{}", ran.all());
    assert!(ran.stderr.contains("db"), "{}", ran.all());
    let _ = world.run(&["deploy", "db", "app", "--yes"]).code(0);
    assert!(!world.id("db").is_empty() && !world.id("app").is_empty() && world.id("web").is_empty());
}

#[test]
fn logs_and_ps_show_the_containers() {
    let world = World::new(need!(testkit::docker()));
    world.domain("mon", "command: [sh, -c, 'echo one line; exec sleep 1000']", "");
    let _ = world.run(&["deploy", "mon", "--yes"]).code(0);
    let logs = world.run(&["logs", "mon"]).code(0).stdout;
    assert_eq!(logs.trim(), format!("{} | one line", world.container("mon")));
    let ps = world.run(&["ps", "--json"]).code(0).json();
    assert_eq!(ps[0]["state"], "running");
    assert!(world.run(&["logs", "web"]).code(1).stderr.contains("no container of web"));
    // What another registry runs under the same project name is not ours to show.
    let mine = format!("registry: {}\n", world.docker.prefix());
    world.repo.edit("config-registry/env/environments.yml", &mine, "registry: somebody-else\n");
    assert_eq!(world.run(&["ps", "--json"]).code(0).json().as_array().map(Vec::len), Some(0));
    assert!(world.run(&["logs", "mon"]).code(1).stderr.contains("no container of mon"));
    world.repo.edit("config-registry/env/environments.yml", "registry: somebody-else\n", &mine);
}
