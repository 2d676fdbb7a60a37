//! `foundry graph` and `foundry impact`.

use super::PROGRAM;
use testkit::Repo;

fn chain() -> Repo {
    let repo = Repo::new(PROGRAM);
    repo.write(
        "config-registry/env/domains.yml",
        "domains:\n  - {name: db, standalone: true}\n  - {name: app, requires: [db]}\n  - {name: web, requires: [app]}\n  - {name: mon, standalone: true, consumes: [app]}\n",
    );
    repo
}

#[test]
fn impact_tells_direct_transitive_and_soft_apart() {
    let repo = chain();
    let text = repo.run(&["impact", "db"]).code(0).stdout;
    assert_eq!(
        text,
        "db down breaks: app (hard) → web (hard, through them)\n        degrades: mon (consumes)\n"
    );
    let json = repo.run(&["impact", "db", "--json"]).code(0).json();
    assert_eq!(
        json,
        serde_json::json!({"domain": "db", "direct": ["app"], "transitive": ["web"], "degraded": ["mon"]})
    );
    assert_eq!(repo.run(&["impact", "web"]).code(0).stdout, "web down breaks: nothing\n");
    assert!(repo.run(&["impact", "wbe"]).code(2).stderr.contains("write web"));
}

#[test]
fn what_is_wrong_elsewhere_keeps_nobody_from_asking_what_breaks() {
    let repo = chain();
    repo.write("config-registry/env/ports.yml", "web: {http: [not, a, port]}\n  : }\n");
    assert_eq!(repo.run(&["impact", "web"]).code(0).stdout, "web down breaks: nothing\n");
    assert!(repo.run(&["graph"]).code(0).stdout.contains("requires: app"));
    repo.write("config-registry/env/domains.yml", "domains:\n  - {name: web, requires: nothing}\n");
    assert!(repo.run(&["impact", "web"]).code(1).stderr.contains("REG-012"));
}

#[test]
fn the_graph_is_drawn_in_four_ways() {
    let repo = chain();
    let text = repo.run(&["graph"]).code(0).stdout;
    assert!(
        text.starts_with("level 0\n  db\n  mon  consumes: app\nlevel 1\n  app  requires: db\n"),
        "{text}"
    );
    assert!(
        repo.run(&["graph", "--format", "dot"]).code(0).stdout.contains("\"app\" -> \"db\" [style=solid];")
    );
    assert!(repo.run(&["graph", "--format", "mermaid"]).code(0).stdout.contains("n1 --> n0"));
    let json = repo.run(&["graph", "--json"]).code(0).json();
    assert_eq!(json["domains"][2], serde_json::json!({"name": "web", "level": 2}));
}

#[test]
fn a_circle_is_told_with_its_whole_path() {
    let repo = chain();
    repo.edit(
        "config-registry/env/domains.yml",
        "{name: db, standalone: true}",
        "{name: db, requires: [web]}",
    );
    let ran = repo.run(&["validate"]).code(1);
    assert!(ran.stdout.contains("error[REG-004]"), "{}", ran.stdout);
    assert!(ran.stdout.contains("db → web → app → db"), "{}", ran.stdout);
}

#[test]
fn where_nothing_is_declared_the_way_out_is_to_declare_it() {
    let repo = testkit::Repo::new(super::PROGRAM);
    repo.write("config-registry/env/domains.yml", "domains: []\n");
    let ran = repo.run(&["impact", "web"]).code(2);
    assert!(ran.stderr.contains("declare one with `foundry domain add NAME`"), "{}", ran.stderr);
}
