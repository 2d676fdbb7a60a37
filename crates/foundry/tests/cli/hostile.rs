//! Files that nobody should have: each is a finding with a place, never a crash, a hang or much memory.

use super::two_domains;
use std::os::unix::fs::symlink;
use testkit::Repo;

const DOMAINS: &str = "config-registry/env/domains.yml";

/// Runs `validate` with at most 200 MB of address space for data and expects findings of `rule`.
#[track_caller]
fn finds(repo: &Repo, rule: &str) -> String {
    let mut command = std::process::Command::new("prlimit");
    let program = repo.command(&[]);
    command.args(["--data=209715200"]).arg(program.get_program()).args(["validate", "--format", "json"]);
    command.current_dir(repo.root()).env("HOME", repo.root()).stdin(std::process::Stdio::null());
    let ran = testkit::Ran::from(command.output().expect("prlimit runs")).code(1);
    let json = ran.json();
    let found = json["findings"].as_array().unwrap();
    let finding = found.iter().find(|f| f["rule"] == rule);
    finding.unwrap_or_else(|| panic!("no {rule} in {found:#?}"))["message"].as_str().unwrap().to_owned()
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut text = String::from("x-a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n");
    for i in 1..12 {
        let before = format!("*a{}", i - 1);
        text.push_str(&format!("x-a{i}: &a{i} [{}]\n", vec![before; 10].join(", ")));
    }
    let repo = two_domains();
    repo.write(DOMAINS, format!("{text}domains: []\n"));
    assert!(finds(&repo, "YML-003").contains("nodes after expanding aliases"));
}

#[test]
fn ten_thousand_levels_are_refused_in_every_style() {
    let repo = two_domains();
    for text in ["[".repeat(10_000), "- ".repeat(10_000), "? ".repeat(10_000), "{a: ".repeat(10_000)] {
        repo.write(DOMAINS, text);
        let _ = finds(&repo, "YML-003");
    }
    let blocks: String = (0..10_000).map(|i| format!("{}a:\n", " ".repeat(i))).collect();
    repo.write(DOMAINS, &blocks[..8 << 20]);
    let _ = finds(&repo, "YML-003");
}

#[test]
fn a_huge_file_is_refused_unread() {
    let repo = two_domains();
    repo.write(DOMAINS, "x".repeat(50 << 20));
    assert!(finds(&repo, "FIL-001").contains("50 MiB large"));
}

#[test]
fn tabs_bad_indentation_duplicates_and_open_quotes_have_a_place() {
    let repo = two_domains();
    for (text, rule) in [
        ("domains:\n\t- name: a\n", "YML-001"),
        ("domains:\n  - name: a\n   placement: local\n", "YML-001"),
        ("domains: [\"open\n", "YML-001"),
        ("domains: []\ndomains: []\n", "YML-002"),
        ("domains: []\n---\nmore: 1\n", "YML-001"),
    ] {
        repo.write(DOMAINS, text);
        let message = finds(&repo, rule);
        if text.contains('\t') {
            assert!(message.contains("tab"), "{message}");
        }
    }
}

#[test]
fn bytes_that_are_no_text_and_things_that_are_no_file() {
    let repo = two_domains();
    repo.write("config-registry/env/base.env", b"A=1\nB=\xff\xfe\n");
    assert!(finds(&repo, "FIL-001").contains("not valid UTF-8 (first wrong byte at 2:3)"));
    let repo = two_domains();
    std::fs::remove_file(repo.root().join("config-registry/env/ports.yml")).unwrap();
    std::fs::create_dir(repo.root().join("config-registry/env/ports.yml")).unwrap();
    assert!(finds(&repo, "FIL-001").contains("not a regular file"));
}

#[test]
fn links_that_loop_or_lead_out_are_not_followed() {
    let repo = two_domains();
    let ports = repo.root().join("config-registry/env/ports.yml");
    std::fs::remove_file(&ports).unwrap();
    symlink("ports.yml", &ports).unwrap();
    assert!(finds(&repo, "FIL-001").contains("leads to itself"));
    std::fs::remove_file(&ports).unwrap();
    symlink("/etc/passwd", &ports).unwrap();
    assert!(finds(&repo, "FIL-001").contains("out of the registry"));
    let repo = two_domains();
    symlink("..", repo.root().join("domains/app/templates/loop")).unwrap();
    assert!(finds(&repo, "FIL-001").contains("not a regular file"));
}

#[test]
fn anchors_and_merge_keys_work() {
    let repo = two_domains();
    repo.write(
        DOMAINS,
        "x-common: &common {placement: local, standalone: true}\ndomains:\n  - <<: *common\n    name: db\n  - <<: [*common]\n    name: app\n    standalone: false\n    requires: [db]\n",
    );
    let _ = repo.run(&["validate"]).code(0);
    assert!(repo.run(&["graph"]).code(0).stdout.contains("app  requires: db"));
}

#[test]
fn a_byte_order_mark_and_dos_line_ends_are_fine() {
    let repo = two_domains();
    let text = repo.read(DOMAINS).replace('\n', "\r\n");
    repo.write(DOMAINS, format!("\u{feff}{text}"));
    repo.write("config-registry/env/base.env", "\u{feff}DOMAIN=example.org\r\nURL=https://${DOMAIN}\r\n");
    let _ = repo.run(&["validate"]).code(0);
    assert!(repo.run(&["env", "show"]).code(0).stdout.contains("https://example.org"));
}
