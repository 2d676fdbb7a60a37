//! `foundry metadata`: a second run does nothing, a commit leaves no drift, one port marks one domain.

use super::two_domains;
use std::process::Command;

#[test]
fn committing_leaves_no_drift_and_touches_nothing_twice() {
    let repo = two_domains();
    let _ = repo.run(&["metadata", "check"]).code(1);
    let _ = repo.run(&["metadata", "commit"]).code(0);
    let git = |arguments: &[&str]| {
        let status = Command::new("git").args(arguments).current_dir(repo.root()).output().unwrap().status;
        assert!(status.success(), "git {arguments:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "-A"]);
    git(&["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "all"]);
    let _ = repo.run(&["metadata", "check"]).code(0);
    let before = repo.read("domains/app/metadata.yml");
    let json = repo.run(&["metadata", "commit", "--json"]).code(0).json();
    assert_eq!(json, serde_json::json!({"written": []}));
    assert_eq!(repo.read("domains/app/metadata.yml"), before);
}

#[test]
fn one_changed_port_marks_exactly_one_domain() {
    let repo = two_domains();
    let _ = repo.run(&["metadata", "commit"]).code(0);
    repo.edit("config-registry/env/ports.yml", "8080", "8081");
    let ran = repo.run(&["metadata", "check"]).code(1);
    assert!(ran.stdout.contains("--- domains/app/metadata.yml"), "{}", ran.stdout);
    assert!(ran.stdout.contains("-  http: 8080\n+  http: 8081\n"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("domains/db/"), "{}", ran.stdout);
    let json = repo.run(&["metadata", "commit", "--json"]).code(0).json();
    assert_eq!(json, serde_json::json!({"written": ["app"]}));
}

#[test]
fn a_file_says_where_it_comes_from_and_what_it_is_made_of() {
    let repo = two_domains();
    let _ = repo.run(&["metadata", "commit", "app"]).code(0);
    let text = repo.read("domains/app/metadata.yml");
    for part in [
        "_meta:\n  domain: app\n  source_hash: ",
        "  template_hash: ",
        "  generated_at: '2",
        "name: app\nrequires:\n- db\nnetworks:\n- app-network\nports:\n  http: 8080\n  admin: 127.0.0.1:9000\n",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
    assert!(repo.read("domains/db/metadata.yml").is_empty());
}

#[test]
fn stale_cache_files_go_and_unchanged_ones_stay() {
    let repo = two_domains();
    repo.write("config-registry/state/metadata-cache/gone.yml", "x\n");
    let json = repo.run(&["metadata", "generate", "--json"]).code(0).json();
    assert_eq!(json, serde_json::json!({"written": ["db", "app"], "removed": ["gone.yml"]}));
    let json = repo.run(&["metadata", "generate", "--json"]).code(0).json();
    assert_eq!(json, serde_json::json!({"written": [], "removed": []}));
}

#[test]
fn what_somebody_else_manages_is_left_alone() {
    let repo = two_domains();
    repo.edit(
        "config-registry/env/domains.yml",
        "description: Data\n",
        "description: Data\n    managed_externally: true\n",
    );
    let json = repo.run(&["metadata", "commit", "--json"]).code(0).json();
    assert_eq!(json, serde_json::json!({"written": ["app"]}));
    let _ = repo.run(&["metadata", "check"]).code(0);
}

#[test]
fn a_changed_template_and_a_moved_text_are_seen() {
    let repo = two_domains();
    repo.write("domains/app/templates/a.tmpl", "one\ntwo\n").write("domains/app/templates/b.tmpl", "three\n");
    let _ = repo.run(&["metadata", "commit"]).code(0);
    repo.write("domains/app/templates/a.tmpl", "one\n").write("domains/app/templates/b.tmpl", "two\nthree\n");
    let ran = repo.run(&["metadata", "check"]).code(1);
    assert!(ran.stdout.contains("template_hash"), "{}", ran.stdout);
}

#[test]
fn metadata_that_lags_behind_is_an_error_of_validate_and_stops_no_rendering() {
    let repo = two_domains();
    let _ = repo.run(&["metadata", "commit"]).code(0);
    repo.edit("config-registry/env/ports.yml", "8080", "8081");
    let ran = repo.run(&["validate"]).code(1);
    assert!(ran.stdout.contains("error[DRF-001]"), "{}", ran.stdout);
    let ran = repo.run(&["render", "--all"]).code(0);
    assert!(ran.stderr.contains("Committed metadata lags behind (1)"), "{}", ran.stderr);
    assert!(repo.read("generated/app/app.conf").contains("port 8081"));
}

#[test]
fn with_an_environment_it_also_says_what_is_rendered_and_without_one_that_is_left_alone() {
    let repo = two_domains();
    repo.write(
        "domains/app/templates/compose.yml.tmpl",
        "services:\n  web:\n    image: web:{{ TAG }}\n    ports: ['{{ PORT_APP_HTTP }}:80']\n    volumes: ['data:/data']\nvolumes: {data: {}}\n",
    )
    .write("config-registry/env/base.env", "TAG=1.2.3\nURL=http://app\n");
    let _ = repo.run(&["metadata", "commit", "--env", "dev"]).code(0);
    let text = repo.read("domains/app/metadata.yml");
    let facts = "images:\n  web: web:1.2.3\nvolumes:\n- app_data\nendpoints:\n  http: web:80\n";
    assert!(text.contains(facts) && text.contains("  environment: dev\n"), "{text}");
    let _ = repo.run(&["metadata", "check", "--env", "dev"]).code(0);
    let _ = repo.run(&["metadata", "check"]).code(0);
    repo.write("config-registry/env/base.env", "TAG=1.2.4\nURL=http://app\n");
    let _ = repo.run(&["metadata", "check"]).code(0);
    let ran = repo.run(&["metadata", "check", "--env", "dev"]).code(1);
    assert!(ran.stdout.contains("-  web: web:1.2.3\n+  web: web:1.2.4\n"), "{}", ran.stdout);
    repo.edit("config-registry/env/ports.yml", "8080", "8081");
    let _ = repo.run(&["metadata", "commit"]).code(0);
    assert!(repo.read("domains/app/metadata.yml").contains("web: web:1.2.3"), "what was rendered is kept");
}

#[test]
fn a_busy_lock_is_waited_for_and_then_refused_by_name() {
    let repo = two_domains();
    let _ = repo.run(&["metadata", "generate"]).code(0);
    let held = std::fs::File::options().write(true).open(repo.root().join(".foundry/lock/metadata"));
    let held = held.expect("the lock's file is there");
    held.lock().expect("nobody else has it");
    repo.edit("config-registry/env/ports.yml", "8080", "8081");
    let before = repo.read("config-registry/state/metadata-cache/app.yml");
    for verb in ["generate", "commit"] {
        let ran = repo.run(&["metadata", verb, "--lock-timeout", "0"]).code(1);
        assert!(ran.stderr.contains("another run works on metadata"), "{}", ran.stderr);
    }
    assert_eq!(repo.read("config-registry/state/metadata-cache/app.yml"), before);
    assert_eq!(repo.read("domains/app/metadata.yml"), "");
    let waiting = repo.start(&["metadata", "generate", "--lock-timeout", "60"]);
    std::thread::sleep(std::time::Duration::from_millis(300));
    drop(held);
    let output = waiting.wait_with_output().expect("it ends");
    assert!(output.status.success());
    assert!(repo.read("config-registry/state/metadata-cache/app.yml").contains("8081"));
}
