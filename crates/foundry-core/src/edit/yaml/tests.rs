//! Changes in the shapes that registries have.

use super::*;
use serde_json::json;

const PORTS: &str = "# Ports

forgejo: {http: 3001, ssh: 2222}   # flow

postgres:
  # main
  db: \"127.0.0.1:5432\"   # local

web:
    http: 8080
    dns: 53/udp
";

const DOMAINS: &str = "# Domains
domains:
  - name: a
    description: A   # first
    requires: [b, c]
    networks:
      - x

  # second
  - name: b
    description: \"B: b\"

  - name: c
    description: >
      folded
      text
# trailer
";

fn path(dotted: &str) -> Vec<String> {
    dotted.split('.').filter(|p| !p.is_empty()).map(str::to_owned).collect()
}

/// Expects that `new` takes the place of `old` (once) and nothing else changes.
#[track_caller]
fn changes(text: &str, change: Change, old: &str, new: &str) {
    let changed = change_yaml("f.yml", text, std::slice::from_ref(&change))
        .unwrap_or_else(|e| panic!("{change:?}: {e:?}"));
    assert_eq!(text.matches(old).count(), 1, "the test's own fault: {old}");
    assert_eq!(changed, text.replacen(old, new, 1), "{change:?}\n{changed}");
    let crlf = change_yaml("f.yml", &text.replace('\n', "\r\n"), &[change]).expect("with CRLF too");
    assert_eq!(crlf, changed.replace('\n', "\r\n"));
}

#[test]
fn scalars_are_set_where_they_stand() {
    let set = |p: &str, value: Value| Change::Set(path(p), value);
    changes(PORTS, set("forgejo.http", json!(3100)), "3001", "3100");
    changes(PORTS, set("web.http", json!(1)), "8080", "1");
    changes(PORTS, set("postgres.db", json!("127.0.0.1:5433")), "5432", "5433");
    changes(PORTS, set("postgres.db", json!(5433)), "\"127.0.0.1:5432\"", "5433");
    changes(PORTS, set("web.dns", json!("127.0.0.1:53/udp")), "53/udp", "\"127.0.0.1:53/udp\"");
    changes(DOMAINS, set("domains.1.name", json!("bb")), "name: b\n", "name: bb\n");
    changes(DOMAINS, set("domains.0.requires.0", json!("bb")), "[b, c]", "[bb, c]");
}

#[test]
fn what_is_set_already_stays_as_it_is() {
    let same = change_yaml("f.yml", PORTS, &[Change::Set(path("web.http"), json!(8080))]);
    assert_eq!(same.as_deref(), Ok(PORTS));
}

#[test]
fn missing_keys_are_added_in_the_style_around_them() {
    let set = |p: &str, value: Value| Change::Set(path(p), value);
    changes(PORTS, set("forgejo.metrics", json!(9100)), "2222}", "2222, metrics: 9100}");
    changes(PORTS, set("postgres.metrics", json!("53/udp")), "# local\n", "# local\n  metrics: 53/udp\n");
    changes(PORTS, set("web.x", json!(1)), "53/udp\n", "53/udp\n    x: 1\n");
    let flow = "a: {http: 1}\nb: {http: 2}\n# end\n";
    changes(flow, set("c.http", json!(3)), "b: {http: 2}\n", "b: {http: 2}\nc: {http: 3}\n");
    let unended = change_yaml("f.yml", "a: 1", &[set("b", json!(2))]);
    assert_eq!(unended.as_deref(), Ok("a: 1\nb: 2\n"));
    changes("# only a comment\n", set("c.http", json!(3)), "comment\n", "comment\nc: {http: 3}\n");
    changes(
        "networks: {}   # none\n",
        set("networks.lan.internal", json!(true)),
        " {}   # none\n",
        "   # none\n  lan: {internal: true}\n",
    );
    changes(
        "networks:\n",
        set("networks.lan.internal", json!(true)),
        "networks:\n",
        "networks:\n  lan: {internal: true}\n",
    );
    changes(PORTS, set("new.http", json!(3)), "53/udp\n", "53/udp\n\nnew: {http: 3}\n");
}

#[test]
fn items_are_added_behind_the_last_one() {
    let new = json!({"name": "new", "description": "a, b: c", "requires": ["a"], "ingress": [{"host": "x", "port": 1}]});
    let lines = "  - name: new\n    description: 'a, b: c'\n    requires: [a]\n    ingress:\n      - host: x\n        port: 1\n";
    let append = |p: &str| Change::Append(path(p), new.clone());
    changes(DOMAINS, append("domains"), "      text\n", &format!("      text\n\n{lines}"));
    changes("domains: []\n", append("domains"), " []\n", &format!("\n{lines}"));
    changes("domains:\n", append("domains"), "domains:\n", &format!("domains:\n{lines}"));
    let flush = "domains:\n- name: a\n- name: b\n";
    changes(
        flush,
        append("domains"),
        "b\n",
        &format!("b\n{}", lines.replace("\n  ", "\n").trim_start_matches(' ')),
    );
    changes(DOMAINS, Change::Append(path("domains.0.requires"), json!("d")), "c]", "c, d]");
    changes(DOMAINS, Change::Append(path("domains.0.networks"), json!("z")), "- x\n", "- x\n      - z\n");
    changes(
        DOMAINS,
        Change::Append(path("domains.1.requires"), json!("z")),
        "\"B: b\"\n",
        "\"B: b\"\n    requires: [z]\n",
    );
}

#[test]
fn what_is_removed_takes_its_comment_and_a_blank_line_with_it() {
    let remove = |p: &str| Change::Remove(path(p));
    changes(PORTS, remove("forgejo.http"), "{http: 3001, ssh", "{ssh");
    changes(PORTS, remove("forgejo.ssh"), ", ssh: 2222", "");
    changes(PORTS, remove("postgres"), "postgres:\n  # main\n  db: \"127.0.0.1:5432\"   # local\n\n", "");
    changes(PORTS, remove("web"), "\nweb:\n    http: 8080\n    dns: 53/udp\n", "");
    changes(PORTS, remove("web.http"), "    http: 8080\n", "");
    changes(PORTS, remove("postgres.db"), "\n  # main\n  db: \"127.0.0.1:5432\"", " {}");
    changes(DOMAINS, remove("domains.1"), "  # second\n  - name: b\n    description: \"B: b\"\n\n", "");
    changes(DOMAINS, remove("domains.0.requires.1"), ", c", "");
    changes(DOMAINS, remove("domains.0.networks.0"), "\n      - x", " []");
    changes(DOMAINS, remove("domains.0.requires"), "    requires: [b, c]\n", "");
    changes("domains:\n  - name: a\n", remove("domains.0"), "\n  - name: a", " []");
}

#[test]
fn keys_are_renamed() {
    changes(PORTS, Change::Rename(path("postgres"), "pg".to_owned()), "postgres:", "pg:");
    changes(PORTS, Change::Rename(path("forgejo.ssh"), "git".to_owned()), "ssh", "git");
}

#[test]
fn what_cannot_be_changed_alone_is_refused() {
    let refused = |text: &str, change: Change| {
        let refused = change_yaml("f.yml", text, &[change]).expect_err("refused");
        assert!(refused.reason.contains("f.yml"), "{refused:?}");
    };
    let anchored = "a: &x {http: 1}\nb: *x\n";
    refused(anchored, Change::Set(path("b.http"), json!(2)));
    refused(anchored, Change::Set(path("a.http"), json!(2)));
    refused("a: &x {http: 1}\nb:\n  <<: *x\n", Change::Set(path("b.http"), json!(3)));
    refused(PORTS, Change::Remove(path("nothing")));
    refused(PORTS, Change::Rename(path("web"), "postgres".to_owned()));
    refused("a: [\n", Change::Set(path("b"), json!(1)));
    refused("a: 1\n---\nb: 1\n", Change::Set(path("b"), json!(1)));
    refused(DOMAINS, Change::Remove(path("domains.0.name")));
    refused("a: |\n  text\nb: 1\n", Change::Set(path("a.x"), json!(1)));
}

#[test]
fn several_changes_come_one_after_the_other() {
    let changes = [Change::Rename(path("web"), "page".into()), Change::Set(path("page.http"), json!(81))];
    let new = change_yaml("f.yml", PORTS, &changes).expect("changed");
    assert_eq!(new, PORTS.replace("web:", "page:").replace("8080", "81"));
}
