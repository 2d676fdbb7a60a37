//! Commands that change the user's files: what they change, what they leave, what they refuse.

mod registry;

use registry::Registry;

const PORTS: &str = "config-registry/env/ports.yml";
const BASE: &str = "config-registry/env/base.env";

/// Two domains with ports and comments, one template that uses a port of the other.
fn two() -> Registry {
    let registry = Registry::small();
    let domains = "# What runs here\ndomains:\n  - name: web\n    description: A page  # public\n    requires: [db]\n\n  - name: db\n    description: \"Data: all of it\"\n";
    registry.write("config-registry/env/domains.yml", domains);
    registry.write(
        PORTS,
        "# Host ports\nweb: {http: 3000}   # the page\n\ndb:\n  sql: \"127.0.0.1:5432\"  # here only\n",
    );
    registry
        .write("domains/web/templates/app.conf.tmpl", "listen {{ PORT_WEB_HTTP }}\ndb {{ ports.db.sql }}\n");
    registry.write("domains/db/templates/db.conf.tmpl", "{{ DOMAIN }}\n");
    registry
}

#[test]
fn a_port_is_set_in_its_place_and_what_follows_is_named() {
    let registry = two();
    let before = registry.read(PORTS);
    let out = registry.ok(&["port", "set", "web.http", "3100"]);
    assert_eq!(registry.read(PORTS), before.replace("3000", "3100"));
    assert!(out.contains("-web: {http: 3000}   # the page\n+web: {http: 3100}   # the page"), "{out}");
    assert!(out.contains("downstream: domains/web/metadata.yml, generated/web/app.conf\n"), "{out}");
    let again = registry.run(&["port", "set", "web.http", "3100"]);
    assert_eq!((again.code, again.out.as_str()), (0, ""), "the second run does nothing: {}", again.err);
    registry.ok(&["port", "set", "db.sql", "5433"]);
    assert!(
        registry.read(PORTS).contains("sql: \"127.0.0.1:5433\"  # here only"),
        "{}",
        registry.read(PORTS)
    );
}

#[test]
fn assigned_ports_are_free_and_stay() {
    let registry = two();
    registry.ok(&["port", "assign", "db", "metrics"]);
    registry.ok(&["port", "assign", "db", "dns", "auto/udp"]);
    registry.ok(&["port", "assign", "web", "metrics", "9100"]);
    let ports = registry.read(PORTS);
    assert!(ports.contains("  metrics: 3001\n  dns: 3000/udp\n"), "{ports}");
    assert!(ports.contains("web: {http: 3000, metrics: 9100}   # the page"), "{ports}");
    registry.ok(&["port", "assign", "db", "metrics"]);
    assert_eq!(registry.read(PORTS), ports, "a second assignment keeps what is there");
    for (args, hint) in [
        (["port", "assign", "web", "x", "9100"], "taken by web.metrics"),
        (["port", "assign", "db", "metrics", "4000"], "foundry port set db.metrics 4000"),
        (["port", "assign", "dbx", "metrics", "4000"], "there is no domain `dbx`"),
        (["port", "assign", "db", "y", "70000"], "outside 1 to 65535"),
    ] {
        let run = registry.run(&args);
        assert!(run.code > 0 && run.err.contains(hint), "{args:?}: {}", run.err);
    }
    assert_eq!(registry.read(PORTS), ports);
    registry.ok(&["port", "free", "web.metrics"]);
    registry.ok(&["port", "free", "web.http"]);
    registry.ok(&["port", "free", "web.http"]);
    assert!(!registry.read(PORTS).contains("web"), "{}", registry.read(PORTS));
}

#[test]
fn a_dry_run_shows_the_change_and_writes_nothing() {
    let registry = two();
    let before = registry.read(PORTS);
    let out = registry.ok(&["port", "set", "web.http", "3100", "--dry-run", "--json"]);
    assert_eq!(registry.read(PORTS), before);
    assert!(out.contains("\"written\": false") && out.contains("+web: {http: 3100}"), "{out}");
    assert!(!out.contains('\u{1b}'), "no colours in JSON");
}

#[test]
fn env_values_go_into_the_layer_that_is_named() {
    let registry = two();
    registry.write(BASE, "# Site\nDOMAIN=\"example.org\"\n\n# Logs\nLOG=info\n");
    registry.ok(&["env", "set", "DOMAIN=home.example.org", "NEW=a b"]);
    assert_eq!(registry.read(BASE), "# Site\nDOMAIN=\"home.example.org\"\n\n# Logs\nLOG=info\nNEW=a b\n");
    registry.ok(&["env", "set", "LOG=debug", "--env", "dev"]);
    assert_eq!(registry.read("config-registry/env/overrides/dev.env"), "LOG=debug\n");
    assert!(registry.ok(&["env", "explain", "LOG", "--env", "dev"]).starts_with("LOG = debug"));
    let secret = registry.run(&["env", "set", "OK=1", "DB_PASSWORD=hush-hush"]);
    assert_eq!(secret.code, 1);
    assert!(
        secret.err.contains("foundry secret set DB_PASSWORD") && !secret.err.contains("hush"),
        "{}",
        secret.err
    );
    assert!(!registry.read(BASE).contains("OK"), "nothing of a refused command is written");
    assert_eq!(registry.run(&["env", "set", "A=1", "--env", "nowhere"]).code, 2);
}

#[test]
fn networks_are_declared_once() {
    let registry = two();
    let networks = "config-registry/env/networks.yml";
    registry.ok(&["network", "add", "lan", "--subnet", "10.20.1.0/24", "--owner", "db"]);
    registry.ok(&["network", "add", "inner", "--internal"]);
    let text = registry.read(networks);
    assert_eq!(text, "networks:\n  lan: {owner: db, subnet: 10.20.1.0/24}\n  inner: {internal: true}\n");
    registry.ok(&["network", "add", "inner", "--internal"]);
    assert_eq!(registry.read(networks), text);
    for args in [
        ["network", "add", "x", "--subnet", "10.20.0.0/16"],
        ["network", "add", "x", "--subnet", "10.20.2.1/24"],
        ["network", "add", "x", "--owner", "nobody"],
        ["network", "add", "inner", "--subnet", "10.99.0.0/24"],
    ] {
        assert!(registry.run(&args).code > 0, "{args:?}");
    }
    assert_eq!(registry.read(networks), text);
}
