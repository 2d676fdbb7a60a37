//! `foundry pin update`: newer tags and their digests, written where the images are set.

use super::Which;
use super::images::{chosen, images, rendered, users};
use super::place::{Search, Wanted};
use crate::command::port::{How, finish};
use crate::live::{or_cancelled, run};
use crate::rewrite::Rewrite;
use crate::session::Session;
use crate::ui::Outcome;
use foundry_core::pin::{Reference, newer};
use foundry_runtime::error::{Kind, Result};
use foundry_runtime::registry::Registries;
use futures_util::StreamExt;
use serde::Serialize;
use serde_json::json;

/// How many questions are open at once.
pub const AT_ONCE: usize = 8;

/// What becomes of one image.
#[derive(Debug, Serialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
enum Fate {
    /// It says the newest already.
    Current,
    /// It is written anew.
    Updated { new: String },
    /// There is something newer, and it cannot be written.
    NotChanged { new: String, reason: String },
    /// There was no usable answer.
    NotChecked { reason: String },
}

/// One line of the report.
#[derive(Debug, Serialize)]
struct Line {
    image: String,
    used_by: Vec<String>,
    #[serde(flatten)]
    fate: Fate,
    /// A newer tag of another major version.
    #[serde(skip_serializing_if = "Option::is_none")]
    other_major: Option<String>,
}

/// What a registry has: the tag and digest to write, and a tag of another major.
struct Latest {
    tag: String,
    digest: String,
    other_major: Option<String>,
}

pub(super) fn update(session: &Session, which: &Which, major: bool, how: How) -> Result<Outcome> {
    let loaded = session.load_valid()?;
    let rendered = rendered(session, &loaded, &which.scope)?;
    let mut now = images(&rendered);
    let wanted = chosen(session, &now, which)?;
    let asked = run(async |cancel| {
        or_cancelled(&cancel, async {
            let registries = Registries::new(&|name| std::env::var(name).ok());
            let all = wanted.iter().map(|image| async { latest(&registries, image, major).await });
            Ok(futures_util::stream::iter(all).buffered(AT_ONCE).collect::<Vec<_>>().await)
        })
        .await
    })?;
    let values = rendered.into_iter().map(|(name, r)| (name, r.env)).collect();
    let search = Search { session, loaded: &loaded, scope: &which.scope, values };
    let mut rewrite = Rewrite::of(&loaded);
    let mut lines = Vec::new();
    for (image, answer) in wanted.iter().zip(asked) {
        let used_by = users(&now, &image.written);
        let (fate, other_major) = match answer {
            Err(error) => (Fate::NotChecked { reason: error.message }, None),
            Ok(latest) => {
                let new = image.with(&latest.tag, Some(&latest.digest));
                let is_new = image.tag.as_deref() != Some(&latest.tag)
                    || image.digest.as_deref() != Some(&latest.digest);
                let fate = match is_new {
                    false => Fate::Current,
                    true => {
                        let wanted = Wanted { image, tag: &latest.tag, digest: Some(&latest.digest) };
                        match search.change(&rewrite, &now, &wanted)? {
                            Ok((changed, after)) => {
                                (rewrite, now) = (changed, after);
                                Fate::Updated { new }
                            }
                            Err(reason) => Fate::NotChanged { new, reason },
                        }
                    }
                };
                (fate, latest.other_major)
            }
        };
        lines.push(Line { image: image.written.clone(), used_by, fate, other_major });
    }
    rewrite.follow_metadata();
    if !how.json {
        lines.iter().for_each(|line| session.ui.print(line.text()));
    }
    finish(session, &loaded, &rewrite, how, json!({"images": lines}))?;
    Ok(outcome(&lines))
}

async fn latest(registries: &Registries, image: &Reference, major: bool) -> Result<Latest> {
    let unusable = |message: String| foundry_runtime::Error::new(Kind::Unreachable, message);
    let Some(current) = &image.tag else {
        return Err(unusable(format!("{} has no tag that could be newer", image.written)));
    };
    let tags = registries.tags(image).await?;
    let found = newer(current, tags.iter().map(String::as_str));
    let (tag, other_major) = match (major, found.same_major, found.other_major) {
        (true, _, Some(other)) => (other, None),
        (_, same, other) => (same.unwrap_or_else(|| current.clone()), other),
    };
    let digest = registries.digest(image, &tag).await?;
    let digest =
        digest.ok_or_else(|| unusable(format!("{} has no {}:{tag}", image.host, image.repository)))?;
    Ok(Latest { tag, digest, other_major })
}

/// Refused where something cannot be written; partly done where only some registries answered.
fn outcome(lines: &[Line]) -> Outcome {
    let count = |chosen: fn(&Fate) -> bool| lines.iter().filter(|l| chosen(&l.fate)).count();
    let not_checked = count(|fate| matches!(fate, Fate::NotChecked { .. }));
    if count(|fate| matches!(fate, Fate::NotChanged { .. })) > 0 {
        return Outcome::FINDINGS;
    }
    match not_checked {
        0 => Outcome::DONE,
        n if n == lines.len() => Outcome::Code(Kind::Unreachable.exit_code()),
        _ => Outcome::Code(Kind::Partial.exit_code()),
    }
}

impl Line {
    fn text(&self) -> String {
        let Line { image, fate, .. } = self;
        let beyond = self.other_major.as_ref().map(|tag| format!("; {tag} with --major")).unwrap_or_default();
        match fate {
            Fate::Current => format!("{image} is the newest of its kind{beyond}."),
            Fate::Updated { new } => format!("{image} → {new}{beyond}"),
            Fate::NotChanged { new, reason } => {
                format!("{image} is not changed to {new}: {reason}. Write it by hand{beyond}.")
            }
            Fate::NotChecked { reason } => format!("{image} was not checked: {reason}."),
        }
    }
}
