//! Pages say what the registry says, keep what people wrote, and records cannot be changed unnoticed.

use super::{Sealed, adr, merge, pages, sealed};
use crate::load::{FileContent, Files, load};
use std::sync::Arc;

const DOMAINS: &str = "\
domains:
  - name: postgres
    description: PostgreSQL | shared
    state: [{volume: data, size: 5Gi, backup: full}, {volume: tmp, backup: none, reason: a cache}]
    backup: {before: [scripts/dump.sh], schedule: \"0 3 * * *\"}
  - name: wiki
    requires: [postgres]
    networks: [front]
    ingress: [{host: \"wiki.${DOMAIN}\", port: http}]
  - name: board
    consumes: [wiki]
    networks: [front]
    stateless: true
";

fn registry() -> crate::model::Registry {
    let mut files = Files { folder: "home".into(), ..Files::default() };
    let mut add =
        |path: &str, text: &str| files.entries.insert(path.into(), FileContent::Text(Arc::from(text)));
    add("config-registry/env/domains.yml", DOMAINS);
    add("config-registry/env/ports.yml", "wiki: {http: 8080}\npostgres: {sql: \"127.0.0.1:5432\"}\n");
    add(
        "config-registry/env/environments.yml",
        "environments: {dev: {engine: compose}, home: {engine: kubernetes}}\n",
    );
    let (registry, findings) = load(&files);
    assert!(!findings.has_errors(), "{findings:?}");
    registry
}

#[test]
fn pages_say_what_the_registry_says() {
    let all = pages(&registry());
    let page = |path: &str| all.iter().find(|p| p.path == path).map(|p| p.body.clone()).unwrap_or_default();
    for (path, part) in [
        ("services.md", "| [postgres](runbooks/postgres.md) | PostgreSQL \\| shared | apps |"),
        ("services.md", "| home | kubernetes | 3 |"),
        (
            "ports.md",
            "| 5432 | tcp | 127.0.0.1 | postgres | sql |\n| 8080 | tcp | every address | wiki | http |",
        ),
        ("networks.md", "| front | chosen by the engine | yes | Foundry | board, wiki |"),
        ("backups.md", "| postgres | data | 5Gi | full | 0 3 * * * | scripts/dump.sh |"),
        ("backups.md", "not: a cache"),
        ("backups.md", "What these keep is not said: wiki."),
        ("graph.md", "1. postgres, board\n2. wiki\n"),
        (
            "runbooks/postgres.md",
            "- when it is down, these break: [wiki](wiki.md)\n- and these lose something: [board](board.md)",
        ),
        ("runbooks/postgres.md", "foundry backup restore postgres --env dev"),
        ("runbooks/wiki.md", "foundry logs wiki --env home"),
    ] {
        assert!(page(path).contains(part), "{part:?} is not in {path}:\n{}", page(path));
    }
    let svg = page("graph.svg");
    assert!(svg.contains(">postgres</text>") && svg.contains("stroke-dasharray"), "{svg}");
    assert_eq!(svg.matches("<path d=\"M").count(), 3, "two arrows and their tip:\n{svg}");
    assert_eq!(all, pages(&registry()), "the same again");
}

#[test]
fn what_people_wrote_is_kept_and_what_they_changed_is_noticed() {
    let all = pages(&registry());
    let page = all.iter().find(|p| p.open).expect("a runbook");
    let text = merge(page, "\nCall the plumber.\n");
    assert_eq!(sealed(&text), Sealed::Intact("\nCall the plumber.\n".to_owned()));
    let edited = text.replacen("## Relations", "## Friends", 1);
    assert_eq!(sealed(&edited), Sealed::Edited("\nCall the plumber.\n".to_owned()));
    assert_eq!(sealed("# Mine\n"), Sealed::Foreign);
    assert_eq!(sealed(""), Sealed::Foreign);
}

#[test]
fn an_accepted_record_cannot_be_changed_unnoticed() {
    let (file, text) = adr::new(7, "Use PostgreSQL, not SQLite!", "2026-01-02");
    assert_eq!(file, "0007-use-postgresql-not-sqlite.md");
    let read = |text: &str| adr::read(&file, text).expect("a record");
    let proposed = read(&text);
    assert_eq!(
        (proposed.title.as_str(), proposed.status.as_str()),
        ("Use PostgreSQL, not SQLite!", "proposed")
    );
    assert_eq!(proposed.wrong(), None);
    let accepted = proposed.accepted();
    assert_eq!(read(&accepted).wrong(), None);
    assert_eq!(read(&accepted.replace('\n', "\r\n")).wrong(), None, "other ends of lines are no change");
    let changed = accepted.replace("What is done", "What is undone");
    assert!(read(&changed).wrong().expect("noticed").0.contains("changed after"));
    let by_hand = text.replace("proposed", "accepted");
    assert!(read(&by_hand).wrong().expect("noticed").1.contains("adr accept 7"));
    let next = adr::read("0008-next.md", "# 8. Next\n\n- Status: proposed\n").expect("a record");
    let superseded = read(&read(&accepted).superseded_by(&next));
    assert!(superseded.is_superseded() && superseded.wrong().is_none(), "{superseded:?}");
    assert!(adr::read("README.md", "# Decisions\n").is_none());
}
