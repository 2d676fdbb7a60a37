//! What somebody changes at the place itself.

use super::world::{HEALTHY, World};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use testkit::need;

/// `foundry drift --all --json` with further arguments.
pub fn drift(world: &World, more: &[&str]) -> Value {
    let arguments: Vec<&str> = ["drift", "--all", "--json"].iter().chain(more).copied().collect();
    world.run(&arguments).code(0).json()
}

/// `kind subject: causes` of every difference.
pub fn lines(report: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let causes =
        |item: &Value| item["causes"].as_array().unwrap().iter().map(text).collect::<Vec<_>>().join("; ");
    let line = |i: &Value| format!("{} {}: {}", text(&i["kind"]), text(&i["subject"]), causes(i));
    report["drift"].as_array().unwrap().iter().map(line).collect()
}

/// Plan, status and drift say alike whether there is something to do.
fn agree(world: &World, differs: bool) {
    let code = if differs { 3 } else { 0 };
    let _ = world.run(&["drift", "--all", "--exit-code"]).code(code);
    let _ = world.run(&["plan", "--all", "--exit-code"]).code(code);
    let status = world.run(&["status", "--json"]).code(0).json();
    let drifting = |d: &Value| !d["drift"].as_array().unwrap().is_empty();
    assert_eq!(status["domains"].as_array().unwrap().iter().any(drifting), differs, "{status:#}");
}

#[test]
fn what_is_changed_behind_the_registrys_back_is_told_apart_and_undone_by_a_deploy() {
    let world = World::new(need!(testkit::docker()));
    world.repo.write(".env", "API_TOKEN=tok-0123456789\n");
    world.domain("mon", "environment: {API_TOKEN: '{{ API_TOKEN }}'}\n    mem_limit: 64m\n    cpus: 0.1", "");
    let _ = world.run(&["metadata", "commit"]).code(0);
    assert_eq!(drift(&world, &[])["absent"].as_array().unwrap().len(), 4);
    let _ = world.deploy().code(0);
    assert_eq!(drift(&world, &["--explain"])["drift"], serde_json::json!([]));
    agree(&world, false);

    let docker = &world.docker;
    docker.run(&["update", "--memory", "48m", "--memory-swap", "96m", &world.container("mon")]);
    let other = docker.name("other");
    docker.run(&["network", "create", "--internal", &other]);
    docker.run(&["network", "connect", &other, &world.container("db")]);
    docker.run(&["pause", &world.container("app")]);
    world.repo.edit("generated/web/page.html", "hello", "mended by hand");
    let secret = world.repo.root().join("generated/mon/compose.yml");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
    world.repo.write("generated/db/notes.txt", "by hand");
    world.repo.edit("domains/web/metadata.yml", &format!("http: {}", world.port), "http: 1");

    let report = drift(&world, &["--explain"]);
    let wanted = [
        format!("metadata domains/web/metadata.yml: ports.http 1 → {}", world.port),
        "rendered generated/db/notes.txt: rendered from nothing".to_owned(),
        "rendered generated/mon/compose.yml: holds secrets and is readable by others (mode 644)".to_owned(),
        "rendered generated/web/page.html: edited by hand".to_owned(),
        "live app/app: container is paused".to_owned(),
        format!("live db/db: attached to network {other}, which it does not declare"),
        "live mon/mon: memory 48 MiB → 64 MiB".to_owned(),
    ];
    assert_eq!(lines(&report), wanted, "{report:#}");
    let items = report["drift"].as_array().unwrap();
    assert_eq!(items[0]["accept"][0], "foundry port set web.http 1");
    assert_eq!(items[6]["fields"][0]["found"], "48 MiB");
    let dated = |i: &&Value| i["since"]["time"].as_str().is_some_and(|time| time.starts_with("20"));
    assert_eq!(items.iter().filter(dated).count(), items.len(), "{report:#}");
    assert!(items.iter().all(|i| i["deploy"].as_str().is_some_and(|d| d.starts_with("foundry "))));
    agree(&world, true);
    let ran = world.run(&["drift", "web", "--explain"]).code(0);
    assert!(ran.stdout.contains("undo it: foundry deploy web --env dev"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("mon"), "{}", ran.stdout);

    let _ = world.deploy().code(0);
    let _ = world.run(&["metadata", "commit"]).code(0);
    assert_eq!(lines(&drift(&world, &[])), Vec::<String>::new());
    agree(&world, false);
    let page = docker.out(&["exec", &world.container("web"), "cat", "/www/index.html"]);
    assert_eq!(page.trim(), "hello from web", "the container still sees the edited file");
    docker.run(&["network", "rm", &other]);

    docker.run(&["stop", "--time", "0", &world.container("web")]);
    std::fs::remove_dir_all(world.repo.root().join("generated/web")).unwrap();
    let said = lines(&drift(&world, &[]));
    assert!(said.iter().any(|l| l.starts_with("rendered generated/web/compose.yml: missing")), "{said:#?}");
    assert!(said.iter().any(|l| l.starts_with("live web/web: container exited")), "{said:#?}");
}

#[test]
fn a_container_made_anew_by_hand_a_removed_network_and_another_image_are_seen() {
    let world = World::new(need!(testkit::docker()));
    let copy = world.docker.image_copy("app");
    world.domain(
        "mon",
        &format!("{HEALTHY}\n    environment: {{GREETING: '{{{{ GREETING }}}}', API_TOKEN: old-value-1}}"),
        "",
    );
    world.repo.edit("domains/app/templates/compose.yml.tmpl", "'{{ IMAGE }}'", &copy);
    let _ = world.deploy().code(0);
    // The same labels, other values: only looking at the container itself can tell.
    let made = world.repo.read("generated/mon/compose.yml");
    let changed = made.replace("{GREETING: 'hello'", "{DEBUG: 'yes', GREETING: salut");
    let changed = changed.replace("old-value-1", "new-value-2");
    assert!(changed.contains("salut") && changed.contains("new-value-2"), "{made}");
    let folder = world.repo.root().join("generated/mon");
    std::fs::write(folder.join("by-hand.yml"), changed).unwrap();
    let files = ["compose", "-f", "by-hand.yml", "-f", "compose.foundry.yml", "up", "-d", "--force-recreate"];
    let ran = world.docker.command().args(files).current_dir(&folder).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    std::fs::remove_file(folder.join("by-hand.yml")).unwrap();
    let net = world.docker.name("net");
    for domain in ["web", "app", "db"] {
        world.docker.run(&["network", "disconnect", &net, &world.container(domain)]);
    }
    world.docker.run(&["network", "rm", &net]);
    // Another image under the same tag: a layer more.
    world.docker.run(&["commit", &world.container("app"), &copy]);

    let report = drift(&world, &["--explain"]);
    let found = lines(&report);
    assert!(found.contains(&format!("live network {net}: no such network")), "{found:#?}");
    let app = found.iter().find(|l| l.starts_with("live app/app")).cloned().unwrap_or_default();
    assert!(app.contains("was pulled or built anew"), "{found:#?}");
    let mon = found.iter().find(|l| l.starts_with("live mon/mon")).cloned().unwrap_or_default();
    assert!(
        mon.contains("environment API_TOKEN, GREETING (base.env:3) changed, DEBUG removed"),
        "{found:#?}"
    );
    let item = report["drift"].as_array().unwrap().iter().find(|i| i["subject"] == "mon/mon").unwrap();
    let field = |name: &str| {
        let fields = item["fields"].as_array().unwrap();
        let field = fields.iter().find(|f| f["name"] == format!("environment.{name}")).unwrap();
        (field["found"].clone(), field["wanted"].clone())
    };
    assert_eq!(field("GREETING"), ("salut".into(), "hello".into()));
    assert_eq!(field("DEBUG"), ("yes".into(), Value::Null));
    assert_eq!(field("API_TOKEN"), ("[secret]".into(), "[secret]".into()));
    assert!(!report.to_string().contains("-value-"), "{report:#}");
    agree(&world, true);
    let _ = world.deploy().code(0);
    assert_eq!(lines(&drift(&world, &[])), Vec::<String>::new());
}
