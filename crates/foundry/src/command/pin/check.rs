//! `foundry pin check`: is every image pinned, what does its tag mean now, is it made for the hosts.

use super::Which;
use super::images::{Images, chosen, images, rendered, users};
use super::update::AT_ONCE;
use crate::live::{connect, or_cancelled, run};
use crate::session::{Loaded, Session};
use crate::ui::{Outcome, Table};
use foundry_core::pin::{Reference, newer};
use foundry_runtime::error::{Kind, Result};
use foundry_runtime::registry::Registries;
use futures_util::StreamExt;
use serde::Serialize;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// What was learnt about one image.
#[derive(Debug, Default, Serialize)]
struct Line {
    image: String,
    used_by: Vec<String>,
    /// Whether a digest is written.
    pinned: bool,
    /// What the tag means now.
    digest: Option<String>,
    architectures: Vec<String>,
    /// A newer tag with the same first number.
    newer: Option<String>,
    /// A newer tag with another first number.
    other_major: Option<String>,
    findings: Vec<String>,
    /// Why nothing, or not all, could be told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_checked: Vec<String>,
}

/// Environment → the architectures that it needs, or why nobody can tell.
type Hosts = BTreeMap<String, std::result::Result<Vec<String>, String>>;

pub(super) fn check(
    session: &Session,
    which: &Which,
    platforms: &[String],
    newer_counts: bool,
    as_json: bool,
) -> Result<Outcome> {
    let loaded = session.load_valid()?;
    let rendered = rendered(session, &loaded, &which.scope)?;
    let now = images(&rendered);
    let wanted = chosen(session, &now, which)?;
    let platforms: Vec<String> =
        platforms.iter().map(|p| p.strip_prefix("linux/").unwrap_or(p).to_owned()).collect();
    let lines = run(async |cancel| {
        or_cancelled(&cancel, async {
            let mut hosts = Hosts::new();
            for (name, rendered) in &rendered {
                let needed = match platforms.is_empty() {
                    false => Ok(platforms.clone()),
                    true => architecture(&loaded, name, rendered).await,
                };
                hosts.insert(name.clone(), needed);
            }
            let registries = Registries::new(&|name| std::env::var(name).ok());
            let all = wanted.iter().map(|image| async {
                let mut line = one(&registries, image).await;
                line.used_by = users(&now, &image.written);
                fits(&mut line, &needed(&now, &image.written, &hosts));
                if let (true, Some(tag)) = (newer_counts, &line.newer) {
                    line.findings.push(format!("{tag} is newer"));
                }
                line
            });
            Ok(futures_util::stream::iter(all).buffered(AT_ONCE).collect::<Vec<_>>().await)
        })
        .await
    })?;
    match as_json {
        true => session.ui.json(&json!({"images": lines})),
        false => say(session, &lines),
    }
    let any = |chosen: fn(&Line) -> bool| lines.iter().any(chosen);
    Ok(match (any(|l| !l.findings.is_empty()), any(|l| !l.not_checked.is_empty())) {
        (true, _) => Outcome::FINDINGS,
        (false, true) => Outcome::Code(Kind::Unreachable.exit_code()),
        (false, false) => Outcome::DONE,
    })
}

async fn architecture(
    loaded: &Loaded,
    name: &str,
    rendered: &crate::pipeline::Rendered,
) -> std::result::Result<Vec<String>, String> {
    let asked = async {
        let environment = loaded.environment(Some(name))?;
        connect(loaded, environment, rendered, None).await?.architecture().await
    };
    asked.await.map(|architecture| vec![architecture]).map_err(|error| error.message)
}

/// What the registry says of an image.
async fn one(registries: &Registries, image: &Reference) -> Line {
    let mut line = Line { image: image.written.clone(), pinned: image.digest.is_some(), ..Line::default() };
    if let Err(error) = learn(registries, image, &mut line).await {
        line.not_checked.push(error.message);
    }
    if !line.pinned {
        line.findings.push("not pinned by a digest".to_owned());
    }
    line
}

async fn learn(registries: &Registries, image: &Reference, line: &mut Line) -> Result<()> {
    let named = image.digest.as_deref().or(image.tag.as_deref()).unwrap_or("latest");
    match registries.find(image, named).await? {
        None => line.findings.push("its registry does not have it".to_owned()),
        Some(found) => {
            line.architectures = found.architectures;
            line.digest = Some(found.digest);
        }
    }
    let Some(tag) = &image.tag else { return Ok(()) };
    if let Some(pinned) = &image.digest {
        line.digest = registries.digest(image, tag).await?;
        match &line.digest {
            None => line.findings.push(format!("the tag {tag} is gone")),
            Some(now) if now != pinned => {
                line.findings.push(format!("the tag {tag} means another image now"))
            }
            Some(_) => {}
        }
    }
    let tags = registries.tags(image).await?;
    let found = newer(tag, tags.iter().map(String::as_str));
    (line.newer, line.other_major) = (found.same_major, found.other_major);
    Ok(())
}

/// The architectures that the environments of an image need.
fn needed(images: &Images, image: &str, hosts: &Hosts) -> Hosts {
    let environments: BTreeSet<&String> =
        images.iter().filter(|(_, other)| *other == image).map(|(user, _)| &user.environment).collect();
    hosts
        .iter()
        .filter(|(name, _)| environments.contains(name))
        .map(|(n, h)| (n.clone(), h.clone()))
        .collect()
}

fn fits(line: &mut Line, hosts: &Hosts) {
    if line.architectures.is_empty() {
        return;
    }
    for (environment, needed) in hosts {
        match needed {
            Err(reason) => line.not_checked.push(format!("the architecture of {environment}: {reason}")),
            Ok(needed) => {
                for architecture in needed.iter().filter(|a| !line.architectures.contains(a)) {
                    let there = line.architectures.join(", ");
                    let finding = format!("not made for {architecture} (there is {there})");
                    if !line.findings.contains(&finding) {
                        line.findings.push(finding);
                    }
                }
            }
        }
    }
}

fn say(session: &Session, lines: &[Line]) {
    let mut table = Table::new(&["IMAGE", "PINNED", "NEWER", "FOUND"]);
    for line in lines {
        let newer: Vec<&str> = line.newer.iter().chain(&line.other_major).map(String::as_str).collect();
        let not_checked = line.not_checked.iter().map(|reason| format!("not checked: {reason}"));
        let found: Vec<String> = line.findings.iter().cloned().chain(not_checked).collect();
        let dash = |text: String| if text.is_empty() { "-".to_owned() } else { text };
        let pinned = if line.pinned { "yes" } else { "no" };
        let image = foundry_core::compose::shorten(&line.image);
        table.row([image, pinned.to_owned(), dash(newer.join(", ")), dash(found.join("; "))]);
    }
    session.ui.print(table.text());
    let count = |chosen: fn(&&Line) -> bool| lines.iter().filter(chosen).count();
    let (found, open) = (count(|l| !l.findings.is_empty()), count(|l| !l.not_checked.is_empty()));
    let open = if open > 0 { format!(", {open} not or not wholly checked") } else { String::new() };
    let s = if lines.len() == 1 { "" } else { "s" };
    session.ui.note(format!("{} image{s}, {found} with findings{open}.", lines.len()));
}
