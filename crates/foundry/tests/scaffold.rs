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

/// A new registry of `foundry init`.
fn new() -> Registry {
    let registry = Registry::empty();
    registry.ok(&["init", "."]);
    registry
}

/// Expects no error and no warning, in every environment.
#[track_caller]
fn is_valid(registry: &Registry) {
    let run = registry.run(&["validate", "--strict"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(!run.out.contains("rendered files of"), "not everything was rendered: {}{}", run.out, run.err);
}

#[test]
fn init_makes_a_registry_that_is_in_order() {
    let registry = new();
    is_valid(&registry);
    assert!(registry.path(".git").is_dir());
    let makefile = registry.read("Makefile");
    for target in [
        "generate-metadata",
        "commit-metadata",
        "diff-metadata",
        "validate",
        "render",
        "deploy",
        "down",
        "destroy",
    ] {
        assert!(makefile.contains(&format!("\n{target}: ## ")), "{target}");
    }
    let foundry = format!("FOUNDRY={}", env!("CARGO_BIN_EXE_foundry"));
    let mut make = std::process::Command::new("make");
    make.args(["validate", "ENV=prod", foundry.as_str()]).current_dir(registry.root());
    let run = registry::run(&mut make);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let before = registry.read("config-registry/env/domains.yml");
    registry.ok(&["init", "."]);
    assert_eq!(registry.read("config-registry/env/domains.yml"), before);
}

#[test]
fn init_leaves_folders_with_files_alone_unless_git_watches() {
    let registry = Registry::empty();
    registry.write("old/README.md", "mine\n");
    let refused = registry.run(&["init", "old"]);
    assert!(refused.code == 1 && refused.err.contains("git init"), "{}", refused.err);
    assert!(!registry.path("old/config-registry").exists());
    registry.write("old/.gitignore", "*.log");
    assert!(
        std::process::Command::new("git")
            .args(["init", "-q"])
            .current_dir(registry.path("old"))
            .status()
            .expect("git")
            .success()
    );
    registry.ok(&["init", "old"]);
    assert_eq!(registry.read("old/README.md"), "mine\n");
    let ignored = registry.read("old/.gitignore");
    assert!(ignored.starts_with("*.log\n") && ignored.contains("\n/.vault_pass\n"), "{ignored}");
}

#[test]
fn every_domain_of_the_catalogue_can_be_added_and_the_registry_stays_in_order() {
    let registry = new();
    for name in
        ["adblocker", "forgejo", "gitlab", "monitoring", "postgres", "registry", "tunnel", "woodpecker"]
    {
        let alone = new();
        alone.ok(&["domain", "add", name]);
        is_valid(&alone);
        registry.ok(&["domain", "add", name]);
        is_valid(&registry);
    }
    // The vault is closed for this: its password is not asked for.
    std::fs::rename(registry.path(".vault_pass"), registry.path("elsewhere")).expect("renamed");
    let port = registry.ok(&["port", "set", "monitoring.grafana", "3999", "--dry-run"]);
    let follow =
        "domains/monitoring/metadata.yml, generated/monitoring/compose.yml, generated/tunnel/config.yml";
    assert!(port.contains(&format!("downstream: {follow}\n")), "{port}");
    std::fs::rename(registry.path("elsewhere"), registry.path(".vault_pass")).expect("renamed");
    let listed = registry.ok(&["domain", "list", "--catalog", "--json"]);
    assert_eq!(listed.matches("\"summary\"").count(), 8, "a new one belongs into this test: {listed}");
    let again = registry.run(&["domain", "add", "gitlab"]);
    assert_eq!((again.code, again.out.as_str()), (0, ""), "the second run does nothing");
    registry.ok(&["metadata", "check"]);
}

#[test]
fn gitlab_can_be_added_to_one_environment() {
    let registry = new();
    registry.ok(&["domain", "add", "gitlab", "--env", "prod"]);
    let run = registry.run(&["validate", "--env", "prod", "--strict"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(registry.run(&["validate"]).code, 0, "no error in the others either");
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &str| registry.path(path).metadata().expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(".vault_pass"), 0o600);
    assert_eq!(mode("domains/gitlab/scripts/backup.sh") & 0o111, 0o111);
    assert!(
        registry.read("config-registry/env/secrets.env.vault").starts_with("$ANSIBLE_VAULT;1.1;AES256\n")
    );
}

#[test]
fn relations_do_not_depend_on_the_order_of_adding() {
    let facts = |names: [&str; 3]| {
        let registry = new();
        names.iter().for_each(|name| drop(registry.ok(&["domain", "add", name])));
        let sorted = |text: String| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        registry.ok(&["render", "--all", "--env", "prod"]);
        let file = |path: &str| sorted(registry.read(path));
        (
            file("generated/monitoring/prometheus.yml"),
            file("generated/tunnel/config.yml"),
            file("generated/gitlab/compose.yml").len(),
        )
    };
    let first = facts(["gitlab", "monitoring", "tunnel"]);
    assert!(first.0.iter().any(|l| l.contains("[\"gitlab:9168\"]")), "{:?}", first.0);
    assert!(first.0.iter().any(|l| l.contains("[\"tunnel:2000\"]")), "{:?}", first.0);
    assert!(first.1.iter().any(|l| l.contains("http://host.docker.internal:3000")), "{:?}", first.1);
    assert_eq!(first, facts(["tunnel", "monitoring", "gitlab"]));
}

#[test]
fn promtool_and_amtool_take_the_rendered_files() {
    for program in ["promtool", "amtool"] {
        if std::process::Command::new(program).arg("--version").output().is_err() {
            testkit::skip!(program, "not installed");
        }
    }
    let registry = new();
    for name in ["monitoring", "forgejo", "gitlab", "tunnel", "registry"] {
        registry.ok(&["domain", "add", name]);
    }
    let check = |program: &str, args: &[&str]| {
        let run = registry::run(
            std::process::Command::new(program).args(args).current_dir(registry.path("generated/monitoring")),
        );
        assert_eq!(run.code, 0, "{program} {args:?}\n{}{}", run.out, run.err);
    };
    for smtp in ["", "smtp.example.org"] {
        registry.ok(&["env", "set", &format!("SMTP_HOST={smtp}"), "SMTP_USER=me"]);
        let mut secret = registry.foundry(&["secret", "set", "SMTP_PASSWORD", "--random"]);
        assert_eq!(registry::run(&mut secret).code, 0);
        registry.ok(&["render", "--all", "--env", "prod"]);
        check("promtool", &["check", "config", "--syntax-only", "prometheus.yml"]);
        check("promtool", &["check", "rules", "prometheus-alerts.yml"]);
        check("amtool", &["check-config", "alertmanager.yml"]);
    }
}

#[test]
fn a_domain_is_removed_with_every_mention_of_it() {
    let registry = new();
    let files = ["domains", "ports", "networks"].map(|n| format!("config-registry/env/{n}.yml"));
    let texts = |registry: &Registry| files.each_ref().map(|f| registry.read(f));
    registry.ok(&["domain", "add", "monitoring"]);
    let before = texts(&registry);
    registry.ok(&["domain", "add", "forgejo"]);
    let refused = registry.run(&["domain", "remove", "postgres"]);
    assert!(refused.code == 1 && refused.err.contains("required by forgejo"), "{}", refused.err);
    registry.ok(&["domain", "remove", "forgejo"]);
    registry.ok(&["domain", "remove", "postgres"]);
    registry.ok(&["domain", "remove", "postgres"]);
    registry.ok(&["metadata", "check"]);
    assert_eq!(texts(&registry), before);
    assert_eq!(registry.run(&["validate"]).code, 0);
}

#[test]
fn a_renamed_domain_is_renamed_in_every_file() {
    let registry = two();
    registry.ok(&["network", "add", "db-network", "--owner", "db"]);
    registry.ok(&["metadata", "commit"]);
    let run = registry.run(&["domain", "rename", "db", "store"]);
    assert_eq!(run.code, 0, "{}", run.err);
    registry.ok(&["metadata", "check"]);
    assert!(
        run.err.contains("domains/web/templates/app.conf.tmpl:2"),
        "what still says it is named: {}",
        run.err
    );
    let domains = registry.read("config-registry/env/domains.yml");
    assert!(domains.contains("requires: [store]") && domains.contains("- name: store"), "{domains}");
    assert!(registry.read(PORTS).contains("store:\n  sql:"), "{}", registry.read(PORTS));
    assert!(registry.read("config-registry/env/networks.yml").contains("store-network: {owner: store}"));
    assert!(
        registry.path("domains/store/templates/db.conf.tmpl").exists()
            && !registry.path("domains/db").exists()
    );
    assert_eq!(registry.run(&["domain", "rename", "web", "store"]).code, 1);
}

#[test]
fn secrets_are_set_and_rotated_without_being_said() {
    let registry = two();
    registry.write(".vault_pass", "correct horse\n");
    registry.write("domains/db/templates/db.conf.tmpl", "{{ DB_URL }}\n");
    registry.write(BASE, "DB_URL=db://${DB_PASSWORD}\n");
    registry.write("value", "hush-hush-1\n");
    registry.ok(&["secret", "set", "DB_PASSWORD", "--from", "value"]);
    registry.ok(&["secret", "set", "DB_PASSWORD", "--from", "value"]);
    assert_eq!(registry.ok(&["vault", "view"]), "DB_PASSWORD=hush-hush-1\n");
    let out = registry.ok(&["secret", "rotate", "DB_PASSWORD"]);
    assert!(out.contains("used by db."), "{out}");
    let view = registry.ok(&["vault", "view"]);
    assert!(
        view.starts_with("DB_PASSWORD=")
            && !view.contains("hush")
            && view.trim().len() == "DB_PASSWORD=".len() + 32
    );
    assert!(!out.contains(view.trim().trim_start_matches("DB_PASSWORD=")));
    assert_eq!(registry.run(&["secret", "remove", "DB_PASSWORD"]).code, 1, "it is used");
    assert!(registry.run(&["secret", "rotate", "DB_PASSWRD"]).err.contains("DB_PASSWORD"));
    assert_eq!(registry.run(&["secret", "set", "EMPTY"]).code, 2, "standard input is empty");
}

#[test]
fn docker_compose_takes_every_domain_of_the_catalogue() {
    let docker = testkit::need!(testkit::docker());
    let registry = new();
    let names =
        ["adblocker", "forgejo", "gitlab", "monitoring", "postgres", "registry", "tunnel", "woodpecker"];
    names.iter().for_each(|name| drop(registry.ok(&["domain", "add", name])));
    registry.ok(&["env", "set", "GITLAB_RUNNER_ENABLED=yes"]);
    registry.ok(&["secret", "set", "GITLAB_RUNNER_TOKEN", "--random"]);
    registry.ok(&["render", "--all", "--env", "prod"]);
    for name in names {
        let file = registry.path(&format!("generated/{name}/compose.yml"));
        let run =
            registry::run(docker.command().args(["compose", "-f"]).arg(file).args(["config", "--quiet"]));
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{name}");
    }
}
