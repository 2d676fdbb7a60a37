//! What is said of an import: the diff, what was noticed, what cannot be carried.

use super::domain::Ready;
use super::gather::Gathered;
use crate::session::Session;
use foundry_core::import::Remark;
use serde_json::{Value, json};

/// The change and everything worth knowing about it.
pub fn show(session: &Session, gathered: &Gathered, ready: &Ready<'_>) {
    let ui = &session.ui;
    let folder = format!("domains/{}/", ready.name);
    ui.print(ready.rewrite.diff_where(|path| path.starts_with("config-registry/")));
    for path in ready.rewrite.changed().iter().filter(|path| path.starts_with(&folder)) {
        ui.print(format!("{path}  new"));
    }
    let secrets: Vec<&str> =
        ready.imported.values.iter().filter(|v| v.secret).map(|v| v.key.as_str()).collect();
    if !secrets.is_empty() {
        ui.print(format!("{}  +{}: {}", crate::command::vault::VAULT, secrets.len(), secrets.join(", ")));
    }
    if ready.merged {
        ui.note("The files were merged by Compose: their comments stay behind.");
    }
    if let Some(file) = &gathered.forgotten {
        ui.note(format!(
            "note: {} lies beside it and was not named: Compose would take it along.",
            file.display()
        ));
    }
    for note in &ready.imported.notes {
        ui.note(format!("note: {}: {}", note.span, note.message));
    }
    let stays = |note: &Remark| note.message.contains(" stays where it is");
    if let Some(host) = ready.environment.host.as_ref().filter(|_| ready.imported.notes.iter().any(stays)) {
        ui.note(format!(
            "note: {} runs on {host}: what stays where it is has to be there, too.",
            ready.environment.name
        ));
    }
    for finding in ready.imported.findings.iter() {
        let place = finding.span.as_ref().map(ToString::to_string).unwrap_or_default();
        ui.note(format!("note: {place}: {}", finding.message));
    }
    if !ready.accepted.is_empty() {
        ui.note(format!(
            "Waived until {}, for they were so before: {}. See foundry explain {}.",
            ready.until,
            ready.accepted.join(", "),
            ready.accepted[0]
        ));
    }
}

/// What cannot be carried, each with its place and its way out.
pub fn refused(session: &Session, refused: &[Remark]) {
    for remark in refused {
        session.ui.complain(format!("error: {}: {}", remark.span, remark.message));
        if let Some(help) = &remark.help {
            session.ui.complain(format!("  = help: {help}"));
        }
    }
}

/// The closing words.
pub fn done(session: &Session, ready: &Ready<'_>) {
    if let Some(fill) = &ready.fill {
        fill.say(session, "Secrets");
    }
    let (name, environment) = (ready.name, &ready.environment.name);
    session.ui.note(format!(
        "Imported {name}. Next: foundry plan {name} --env {environment}; a running project has nothing to do."
    ));
}

/// Everything for `--json`, no value.
pub fn json(session: &Session, gathered: &Gathered, ready: &Ready<'_>, written: bool) {
    let imported = &ready.imported;
    let remarks = |all: &[Remark]| -> Value {
        all.iter().map(|r| json!({"place": r.span.to_string(), "message": r.message})).collect()
    };
    let keys = |secret: bool| -> Vec<&str> {
        imported.values.iter().filter(|v| v.secret == secret).map(|v| v.key.as_str()).collect()
    };
    session.ui.json(&json!({
        "domain": ready.name,
        "project": gathered.project,
        "environment": ready.environment.name,
        "from": gathered.files,
        "merged": ready.merged,
        "files": ready.rewrite.json(),
        "ports": imported.ports.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        "values": keys(false),
        "secrets": keys(true),
        "notes": remarks(&imported.notes),
        "waived": ready.accepted,
        "written": written,
    }));
}

/// The first few of a list of places.
pub fn some(places: &[String]) -> String {
    let first: Vec<&str> = places.iter().take(5).map(String::as_str).collect();
    match places.len() {
        0..=5 => first.join(", "),
        n => format!("{} and {} more", first.join(", "), n - 5),
    }
}

/// `1 place`, `2 places`.
pub fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
