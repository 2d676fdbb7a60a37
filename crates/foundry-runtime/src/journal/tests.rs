//! A journal tells what happened, and is never in the way.

use super::*;
use crate::error::Kind;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

fn events() -> Vec<Event> {
    vec![
        Event::Started { step: 1 },
        Event::Progress { step: 1, text: "pulling".to_string() },
        Event::Done { step: 1, took: Duration::from_millis(12) },
        Event::Skipped { step: 2, because: vec![1] },
    ]
}

#[test]
fn every_event_but_progress_is_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan { environment: "dev".to_string(), ..Plan::default() };
    let journal = Journal::begin(folder.path(), "ana", "foundry deploy --all", &plan);
    events().iter().for_each(|event| journal.event(event));
    let path = journal.path();
    assert_eq!(journal.end(&Report::default()), None);
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let named: Vec<&str> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
    assert_eq!(named, ["begin", "started", "done", "skipped", "end"]);
    assert_eq!((&lines[0]["who"], &lines[0]["plan"]["environment"]), (&json!("ana"), &json!("dev")));
    assert_eq!(lines[2]["took_ms"], json!(12));
    assert!(lines.iter().all(|line| line["time"].as_str().unwrap().ends_with('Z')));
}

#[test]
fn what_cannot_be_written_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    // A file where the folder belongs stops also the superuser, whom permissions do not stop.
    std::fs::write(folder.path().join(".foundry"), "").unwrap();
    let journal = Journal::begin(folder.path(), "ana", "foundry deploy", &Plan::default());
    events().iter().for_each(|event| journal.event(event));
    let warning = journal.end(&Report::default()).unwrap();
    assert_eq!(warning.kind, Kind::Host);
    assert!(warning.message.starts_with("writing the journal "), "{warning}");
}

#[test]
fn a_full_disk_is_a_warning() {
    let journal =
        Journal::begin(tempfile::tempdir().unwrap().path(), "ana", "foundry deploy", &Plan::default());
    journal.with(|inner| inner.file = Some(OpenOptions::new().write(true).open("/dev/full").unwrap()));
    events().iter().for_each(|event| journal.event(event));
    assert!(journal.end(&Report::default()).unwrap().message.contains("no space left"));
}

#[test]
fn the_last_200_files_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let journals = own_folder::make(folder.path(), "journal").unwrap();
    for number in 0..230 {
        std::fs::write(journals.join(format!("20200101T000000Z-{number:03}.jsonl")), "").unwrap();
    }
    let journal = Journal::begin(folder.path(), "ana", "foundry deploy", &Plan::default());
    let mut names: Vec<_> = std::fs::read_dir(&journals).unwrap().map(|e| e.unwrap().path()).collect();
    names.sort();
    assert_eq!(names.len(), KEPT);
    assert!(names[0].ends_with("20200101T000000Z-031.jsonl"), "{:?}", names[0]);
    assert_eq!(names.last(), Some(&journal.path()));
}
