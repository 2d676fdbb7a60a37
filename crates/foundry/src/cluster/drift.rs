//! `foundry drift` on a cluster: each field that is not as it is wanted, who set it and when, and the ways out.

use super::Place;
use crate::live::{or_cancelled, run};
use crate::ui::Outcome;
use foundry_core::plan::cluster::{Drift, Field, drift as drifted};
use foundry_runtime::engine::kubernetes::MANAGER;
use foundry_runtime::error::Result;
use serde_json::json;

/// Prints what differs.
pub fn drift(place: &Place<'_>, as_json: bool, exit_code: bool) -> Result<Outcome> {
    let direct = place.settings().gitops == "none";
    let (at, drift, unlisted) = run(async |cancel| {
        or_cancelled(&cancel, async {
            let cluster = place.connect(None).await?;
            let (mut desired, _) = place.desired(cluster.place(), false, false);
            let manager = place.manager();
            match direct {
                true => {
                    desired.own();
                    desired.seal(&cluster.seals(&desired).await?);
                }
                // Values of Secrets are put in by the reconciler; what they should be is not known here.
                false => desired.items.retain(|item| item.object["kind"] != "Secret"),
            }
            let observed = cluster.observe(&desired, manager).await?;
            Ok((cluster.place(), drifted(&desired, &observed), observed.unlisted))
        })
        .await
    })?;
    let ui = &place.session.ui;
    match as_json {
        true => ui.json(&json!({"environment": place.live.environment.name, "place": at, "drift": drift})),
        false => ui.print(text(place, &at, &drift)),
    }
    place.tell_unlisted(&unlisted);
    Ok(if exit_code && !drift.is_empty() { Outcome::PENDING } else { Outcome::DONE })
}

fn text(place: &Place<'_>, at: &str, drift: &[Drift]) -> String {
    let name = &place.live.environment.name;
    if drift.is_empty() {
        return format!("No drift in {name} ({at}).");
    }
    let mut out = format!("Drift in {name} ({at}):\n");
    for object in drift {
        out.push_str(&format!("  {}\n", object.object));
        for line in object.whole.iter().cloned().chain(object.fields.iter().map(line)) {
            out.push_str(&format!("    {line}\n"));
        }
    }
    let domains: std::collections::BTreeSet<&str> =
        drift.iter().filter_map(|d| d.domain.as_deref()).collect();
    let domains = domains.into_iter().collect::<Vec<_>>().join(" ");
    let back = match place.manager() == MANAGER {
        true => format!("foundry deploy {domains} --env {name}"),
        false => "let the reconciler apply what Git has, or commit the tree".to_owned(),
    };
    out.push_str("Two ways out: take it back, or write it into the domain's templates and deploy that.\n");
    out.push_str(&format!("  take it back: {back}\n"));
    out
}

fn line(field: &Field) -> String {
    match (&field.by, &field.since) {
        (Some(by), Some(since)) => format!("{}  (by {by}, since {since})", field.words),
        _ => field.words.clone(),
    }
}
