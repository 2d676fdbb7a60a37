//! Answers of restic, cut down to what is read.

use super::*;

const LIST: &str = r#"[
 {"time":"2026-11-20T23:30:00.099280231+02:00","paths":["/srv/a","/w/foundry-backup.json"],"tags":["foundry","registry:r","env:dev","domain:a","profile:full"],"id":"aa11"},
 {"time":"2026-11-20T21:00:00Z","paths":["/srv/a"],"tags":["foundry","domain:a","profile:full"],"id":"bb22","summary":{"total_bytes_processed":7}},
 {"time":"2026-11-20T22:00:00Z","paths":["/x"],"tags":["foundry","record","verifies:aa11"],"id":"cc33"},
 {"time":"2026-11-20T21:40:00Z","paths":["/x"],"tags":["foundry","record","verifies:aa11"],"id":"dd44"},
 {"time":"2026-11-20T20:00:00Z","paths":["/home"],"tags":null,"id":"ee55"}]"#;

#[test]
fn snapshots_come_oldest_first_with_what_the_records_say() {
    let all = snapshots(LIST, "repo").unwrap();
    let ids: Vec<_> = all.iter().map(|b| (b.id.as_str(), b.time.as_str(), b.size)).collect();
    assert_eq!(ids, [("bb22", "2026-11-20T21:00:00Z", Some(7)), ("aa11", "2026-11-20T21:30:00Z", None)]);
    assert_eq!(all[1].manifest, "/w/foundry-backup.json");
    assert_eq!(all[1].verified.as_deref(), Some("2026-11-20T22:00:00Z"));
    assert_eq!(all[1].records, ["cc33", "dd44"]);
    assert_eq!(all[0].verified, None);
    let known = Known { backups: all };
    assert_eq!(known.newest("a").unwrap().id, "aa11");
    assert_eq!(known.verified("a"), Some("2026-11-20T22:00:00Z"));
    assert_eq!(known.verified("b"), None);
}

#[test]
fn an_empty_repository_has_no_snapshot_and_nonsense_is_an_error() {
    assert_eq!(snapshots("null\n", "r"), Ok(Vec::new()));
    assert!(snapshots("Fatal: no", "r").is_err());
}

#[test]
fn times_with_zones_become_utc() {
    for (given, want) in [
        ("2026-01-01T00:10:00.5+01:00", "2025-12-31T23:10:00Z"),
        ("2024-02-28T23:30:09-05:30", "2024-02-29T05:00:09Z"),
        ("2026-12-31T20:00:00-05:00", "2027-01-01T01:00:00Z"),
        ("2026-11-20T21:00:00.123456Z", "2026-11-20T21:00:00Z"),
    ] {
        assert_eq!(utc(given), want);
    }
}

#[test]
fn the_other_answers_are_read() {
    let summary = "{\"message_type\":\"status\"}\n{\"message_type\":\"summary\",\"total_bytes_processed\":4,\"snapshot_id\":\"0051\"}\n";
    assert_eq!(saved_id(summary), Ok(("0051".to_owned(), 4)));
    assert!(saved_id("Fatal: x").is_err());
    let forget = "[{\"keep\":[{\"id\":\"k\"}],\"remove\":[{\"id\":\"x\"},{\"id\":\"y\"}]},{\"remove\":null}]\nWould have removed\n";
    assert_eq!(forgotten(forget), Ok(vec!["x".to_owned(), "y".to_owned()]));
    let ls = "{\"struct_type\":\"snapshot\"}\n{\"type\":\"dir\",\"path\":\"/s\"}\n{\"type\":\"file\",\"path\":\"/s/a\",\"size\":2}\n{\"type\":\"file\",\"path\":\"/s/empty\"}\n";
    let list = listing(ls).unwrap();
    assert_eq!(list["/s"], None);
    assert_eq!((list["/s/a"], list["/s/empty"]), (Some(2), Some(0)));
}

#[test]
fn what_could_not_be_read_is_told_from_what_went_away() {
    let text = "{\"message_type\":\"error\",\"error\":{\"Op\":\"open\",\"Path\":\"n/no\",\"Err\":13},\"during\":\"archival\",\"item\":\"/n/no\"}\n{\"message_type\":\"error\",\"error\":{\"Op\":\"lstat\",\"Err\":2},\"item\":\"/n/tmp\"}\n/srv/x does not exist, skipping\nWarning: at least one source file could not be read\n";
    assert_eq!(unread(text), ["/n/no", "/srv/x"]);
}
