//! Locks between tasks and between processes.

use super::*;
use std::sync::Mutex;

fn quiet(_: &Holder) {}

fn wanted<'a>(registry: &'a Path, environment: &'a str, cancel: &'a Cancel) -> Wanted<'a> {
    Wanted {
        registry,
        environment,
        command: "foundry deploy",
        timeout: Duration::ZERO,
        cancel,
        on_busy: &quiet,
    }
}

#[tokio::test]
async fn a_held_lock_names_its_holder_and_other_environments_are_free() {
    let (folder, cancel) = (tempfile::tempdir().unwrap(), Cancel::new());
    let held = Lock::take(&wanted(folder.path(), "dev", &cancel)).await.unwrap();
    let error = Lock::take(&wanted(folder.path(), "dev", &cancel)).await.unwrap_err();
    assert_eq!(error.kind, Kind::Refused);
    let named = format!("another run works on dev: foundry deploy (process {}, since 20", std::process::id());
    assert!(error.message.starts_with(&named), "{}", error.message);
    Lock::take(&wanted(folder.path(), "../prod", &cancel)).await.unwrap();
    assert!(folder.path().join(".foundry/lock/%2e%2e%2fprod").is_file());
    drop(held);
    Lock::take(&wanted(folder.path(), "dev", &cancel)).await.unwrap();
    assert_eq!(std::fs::read_to_string(folder.path().join(".foundry/.gitignore")).unwrap(), "*\n");
}

#[tokio::test]
async fn a_busy_lock_is_waited_for_after_saying_so() {
    let (folder, cancel) = (tempfile::tempdir().unwrap(), Cancel::new());
    let held = Mutex::new(Some(Lock::take(&wanted(folder.path(), "dev", &cancel)).await.unwrap()));
    // The one who is told gives it back: no clock decides this test.
    let on_busy = |holder: &Holder| {
        assert_eq!(holder.pid, std::process::id());
        assert!(held.lock().unwrap().take().is_some(), "told twice");
    };
    let timeout = Duration::from_secs(60);
    let patient = Wanted { timeout, on_busy: &on_busy, ..wanted(folder.path(), "dev", &cancel) };
    Lock::take(&patient).await.unwrap();
}

#[tokio::test]
async fn waiting_ends_when_the_run_is_cancelled() {
    let (folder, cancel) = (tempfile::tempdir().unwrap(), Cancel::new());
    let _held = Lock::take(&wanted(folder.path(), "dev", &cancel)).await.unwrap();
    let on_busy = |_: &Holder| cancel.cancel();
    let timeout = Duration::from_secs(60);
    let patient = Wanted { timeout, on_busy: &on_busy, ..wanted(folder.path(), "dev", &cancel) };
    assert_eq!(Lock::take(&patient).await.unwrap_err().kind, Kind::Cancelled);
}
