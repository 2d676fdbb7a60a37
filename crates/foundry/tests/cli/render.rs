//! `foundry render`: memory first, atomic, stale files gone, secrets 0600, old output kept on failure.

use super::two_domains;
use std::os::unix::fs::PermissionsExt;

const OUT: &str = "generated/app/app.conf";

#[test]
fn templates_see_env_ports_and_their_domain() {
    let repo = two_domains();
    let _ = repo.run(&["render", "--all", "--env", "dev"]).code(0);
    assert_eq!(repo.read(OUT), "url https://example.org\nport 8080\nname app");
}

#[test]
fn the_second_run_touches_nothing_and_stale_files_go() {
    let repo = two_domains();
    let _ = repo.run(&["render", "--all"]).code(0);
    let modified = || std::fs::metadata(repo.root().join(OUT)).unwrap().modified().unwrap();
    let before = modified();
    repo.write("generated/app/old/stale.txt", "x");
    let json = repo.run(&["render", "--all", "--json"]).code(0).json();
    let app = json["domains"].as_array().unwrap().iter().find(|d| d["domain"] == "app").unwrap().clone();
    assert_eq!(
        app,
        serde_json::json!({"domain": "app", "written": [], "removed": ["old/stale.txt"], "unchanged": 1})
    );
    assert_eq!(modified(), before);
    assert!(!repo.root().join("generated/app/old").exists());
}

#[test]
fn an_undefined_variable_is_a_finding_and_the_old_output_stays() {
    let repo = two_domains();
    let _ = repo.run(&["render", "--all"]).code(0);
    repo.write("domains/app/templates/app.conf.tmpl", "url {{ URL }}\nkey {{ TUNNEL_TOKNE }}\n")
        .write("domains/db/templates/new.conf.tmpl", "new");
    let ran = repo.run(&["render", "--all"]).code(1);
    assert!(ran.stderr.contains("error[ENV-001]"), "{}", ran.all());
    assert!(ran.stderr.contains("domains/app/templates/app.conf.tmpl:2:8"), "{}", ran.all());
    assert_eq!(repo.read(OUT), "url https://example.org\nport 8080\nname app");
    assert!(!repo.root().join("generated/db/new.conf").exists(), "nothing is written when anything fails");
}

#[test]
fn a_file_that_holds_a_secret_is_private_and_its_diff_is_not_shown() {
    let repo = two_domains();
    repo.write(".env", "API_TOKEN=tok-s3cr3t-1\n")
        .write("domains/app/templates/key.txt.tmpl", "{{ API_TOKEN }}\n");
    let diff = repo.run(&["render", "app", "--diff"]).code(0);
    assert!(!diff.all().contains("tok-s3cr3t-1"), "{}", diff.all());
    assert!(!repo.root().join("generated").exists(), "--diff writes nothing");
    let _ = repo.run(&["render", "app"]).code(0);
    let mode = |path: &str| std::fs::metadata(repo.root().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("generated/app/key.txt"), 0o600);
    assert_eq!(mode(OUT), 0o644);
    repo.write(".env", "API_TOKEN=tok-s3cr3t-2\n");
    let diff = repo.run(&["render", "app", "--diff"]).code(0);
    assert!(diff.stdout.contains("key.txt") && !diff.all().contains("tok-s3cr3t"), "{}", diff.all());
}

#[test]
fn machine_templates_apply_to_all_and_a_domains_own_file_wins() {
    let repo = two_domains();
    repo.write("config-registry/templates/note.txt.tmpl.j2", "machine {{ domain.name }}")
        .write("domains/app/templates/note.txt.tmpl", "own");
    let _ = repo.run(&["render", "--all"]).code(0);
    assert_eq!(repo.read("generated/db/note.txt"), "machine db");
    assert_eq!(repo.read("generated/app/note.txt"), "own");
}

#[test]
fn the_context_is_listed_with_its_origin() {
    let ran = two_domains().run(&["render", "app", "--context"]).code(0);
    for (name, origin) in
        [("URL", "base.env:3:1"), ("PORT_APP_ADMIN", "ports.yml:2:26"), ("domain", "domains.yml:6")]
    {
        let line = ran
            .stdout
            .lines()
            .find(|l| l.starts_with(&format!("{name} ")))
            .unwrap_or_else(|| panic!("{}", ran.stdout));
        assert!(line.contains(origin), "{line}");
    }
}

#[test]
fn looking_takes_all_where_none_is_named_and_selecting_nothing_is_an_error() {
    let repo = two_domains();
    assert!(repo.run(&["render"]).code(0).stdout.contains("generated/app/app.conf  written"));
    assert!(repo.run(&["deploy"]).code(2).stderr.contains("name them, or say --all"));
    repo.write("config-registry/env/domains.yml", "domains: []\n").write("config-registry/env/ports.yml", "");
    assert!(repo.run(&["render", "--all"]).code(1).stderr.contains("--all selects nothing"));
}

#[test]
fn the_vault_opens_with_its_password_and_never_without() {
    use foundry_core::vault::encrypt;
    let repo = two_domains();
    let password = "correct horse".to_owned().into();
    repo.write(
        "config-registry/env/secrets.env.vault",
        encrypt(b"DB_PASSWORD=from-the-vault\n", &password, &[9; 32], None),
    )
    .write("domains/app/templates/key.txt.tmpl", "{{ DB_PASSWORD }}");
    let ran = repo.run(&["render", "app"]).code(1);
    assert!(ran.stderr.contains("secrets.env.vault is encrypted and there is no password"), "{}", ran.all());
    repo.write("wrong", "other\n").write("right", "correct horse\n");
    let ran = repo.run(&["render", "app", "--vault-password-file", "wrong"]).code(1);
    assert!(ran.stderr.contains("wrong password"), "{}", ran.all());
    assert!(!repo.root().join("generated").exists());
    let _ = repo.run(&["render", "app", "--vault-password-file", "right"]).code(0);
    assert_eq!(repo.read("generated/app/key.txt"), "from-the-vault");
    let show = repo.run(&["env", "show", "--vault-password-file", "right"]).code(0);
    assert!(!show.all().contains("from-the-vault"), "{}", show.all());
}

#[test]
fn a_plan_from_nothing_needs_no_engine() {
    let repo = two_domains();
    repo.write("domains/app/templates/compose.yml.tmpl", "services:\n  app: {image: 'app:1.2.3'}\n");
    let mut command = repo.command(&["plan", "app", "--from-nothing"]);
    let ran =
        testkit::Ran::from(command.env("DOCKER_HOST", "unix:///nowhere.sock").output().unwrap()).code(0);
    assert!(ran.stdout.contains("as if nothing were there"), "{}", ran.stdout);
    assert!(ran.stdout.contains("app/app") && ran.stdout.contains("no container"), "{}", ran.stdout);
}
