//! What is recorded, that it stays the same, and that a check finds what changed.

use super::world::World;
use super::{commit, git};
use testkit::need;

#[test]
fn a_manifest_says_what_runs_and_stays_the_same_until_something_changes() {
    let world = World::new(need!(testkit::docker()));
    git(&world.repo, &["init", "-q"]);
    world.repo.write(".env", "SMTP_PASSWORD=swordfish-77\n");
    world.domain("app", "environment: {PW: '{{ SMTP_PASSWORD }}'}", "");
    let first = commit(&world.repo, "first");
    let absent = world.run(&["manifest", "--json"]).code(0);
    assert!(absent.stderr.contains("not as declared: app/app (absent), db/db (absent)"), "{}", absent.stderr);
    assert_eq!(absent.json()["commit"], first);
    assert!(world.repo.read("MANIFEST.md").is_empty(), "--json writes nothing");
    let _ = world.run(&["manifest", "--check"]).code(1);

    let _ = world.deploy().code(0);
    let ran = world.run(&["manifest"]).code(0);
    assert!(ran.stderr.contains("Wrote MANIFEST.md: 4 services of dev."), "{}", ran.stderr);
    let text = world.repo.read("MANIFEST.md");
    let image = world.docker.out(&["image", "inspect", "-f", "{{.Id}}", world.docker.image_busybox()]);
    assert_eq!(text.matches(image.trim()).count(), 4, "{text}");
    assert!(text.contains("- uncommitted: none") && !text.contains("swordfish-77"), "{text}");
    // Neither time nor a restart nor the commit of the manifest itself makes a difference.
    let _ = world.run(&["restart", "mon", "--yes"]).code(0);
    commit(&world.repo, "manifest");
    assert!(world.run(&["manifest"]).code(0).stderr.contains("says this already"));
    assert_eq!(world.repo.read("MANIFEST.md"), text);
    let _ = world.run(&["manifest", "--check"]).code(0);

    // Another secret is no other configuration, but what runs is not what is declared.
    world.repo.write(".env", "SMTP_PASSWORD=halibut-88\n");
    let json = world.run(&["manifest", "--check", "--json"]).code(1).json();
    let fields: Vec<String> =
        json["differences"].as_array().expect("a list").iter().map(|d| d["field"].to_string()).collect();
    assert_eq!(fields, ["\"state\""], "{json:#}");
    world.repo.write(".env", "SMTP_PASSWORD=swordfish-77\n");

    world.repo.edit("config-registry/env/base.env", "GREETING=hello", "GREETING=welcome");
    let ran = world.run(&["manifest", "--check"]).code(1);
    for part in
        ["web/web config_hash\n  - ", "web/web state\n  - as declared\n  + differs", "web file page.html\n"]
    {
        assert!(ran.stdout.contains(part), "{part}:\n{}", ran.stdout);
    }
    assert!(!ran.stdout.contains("db/") && !ran.stdout.contains("commit"), "{}", ran.stdout);
    let _ = world.run(&["deploy", "web", "--yes"]).code(0);
    let json = world.run(&["manifest", "--json"]).code(0).json();
    assert_eq!(json["uncommitted"], serde_json::json!(["config-registry/env/base.env"]));
}

#[test]
fn each_environment_has_its_section_and_a_foreign_file_stays() {
    let world = World::new(need!(testkit::docker()));
    let registry = format!(
        "registry: {}\nenvironments: {{dev: {{engine: compose}}, prod: {{engine: compose}}}}\n",
        world.docker.prefix()
    );
    world.repo.write("config-registry/env/environments.yml", &registry);
    let _ = world.run(&["manifest", "--env", "prod"]).code(0);
    let one = world.repo.read("MANIFEST.md");
    let _ = world.run(&["manifest", "--env", "dev"]).code(0);
    let both = world.repo.read("MANIFEST.md");
    assert!(
        both.contains("## Environment dev") && both.ends_with(&one[one.find("## ").expect("a section")..]),
        "{both}"
    );
    assert!(both.contains("- commit: none"), "outside Git");
    let _ = world.run(&["manifest", "--env", "dev", "--check"]).code(0);
    world.repo.write("MANIFEST.md", "# Our things\n");
    let ran = world.run(&["manifest", "--env", "dev"]).code(1);
    assert!(ran.stderr.contains("MANIFEST.md:1: this is no manifest"), "{}", ran.stderr);
    assert_eq!(world.repo.read("MANIFEST.md"), "# Our things\n");
    let _ = world.run(&["manifest", "--env", "dev", "--json", "--output", "m.json"]).code(0);
    let _ = world.run(&["manifest", "--env", "dev", "--check", "--output", "m.json"]).code(0);
    world
        .repo
        .write("config-registry/env/environments.yml", registry.replace(", prod: {engine: compose}", ""));
}
