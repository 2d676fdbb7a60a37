//! `foundry restart`, `down`, `destroy` and `teardown` on a cluster that Foundry itself applies to.

use super::Place;
use crate::carry_out::{CarryOut, Consent, carry_out_on_cluster};
use crate::ui::Outcome;
use foundry_core::plan::cluster::{restart as restarted, stop, teardown as torn_down};
use foundry_core::plan::{Plan, Refusal, Stop};
use foundry_runtime::engine::kubernetes::Cluster;
use foundry_runtime::error::{Error, Kind, Result};

/// Starts the pods of the chosen domains anew, what they require first.
pub fn restart(place: &Place<'_>, consent: &Consent) -> Result<Outcome> {
    carried_out(place, consent, "foundry restart", None, async |cluster| {
        let (desired, _) = place.desired(cluster.place(), false, false);
        Ok(restarted(&desired, &cluster.look(&desired).await?))
    })
}

/// Removes the workloads of the chosen domains, or with `destroy` everything of theirs.
pub fn take_away(place: &Place<'_>, consent: &Consent, how: Stop) -> Result<Outcome> {
    let command = if how.destroy { "foundry destroy" } else { "foundry down" };
    place.applies_itself(if how.destroy { "a removal" } else { "stopping" })?;
    let word = match place.chosen.as_slice() {
        [one] => one.clone(),
        _ => place.live.environment.name.clone(),
    };
    let question = format!("Claims and their data are removed. Type {word} to go on:");
    let question = how.destroy.then_some((question, word));
    carried_out(place, consent, command, question, async |cluster| {
        let (desired, _) = place.desired(cluster.place(), false, false);
        let observed = cluster.look(&desired).await?;
        place.tell_unlisted(&observed.unlisted);
        stop(&desired, &observed, how).map_err(|refusal| refused(&refusal))
    })
}

/// Removes everything of the environment.
pub fn teardown(place: &Place<'_>, consent: &Consent, data: bool) -> Result<Outcome> {
    place.applies_itself("a teardown")?;
    let word = place.live.environment.name.clone();
    let question = format!("Claims and their data are removed. Type {word} to go on:");
    carried_out(place, consent, "foundry teardown", data.then_some((question, word)), async |cluster| {
        let (desired, _) = place.desired(cluster.place(), true, false);
        let observed = cluster.look(&desired).await?;
        place.tell_unlisted(&observed.unlisted);
        let ours = observed.live.keys().filter(|(_, kind, ..)| kind == "Namespace");
        let namespaces: Vec<String> = ours.map(|(.., name)| name.clone()).collect();
        let others = cluster.others(&desired, &namespaces).await?;
        Ok(torn_down(&desired, &observed, &others, data))
    })
}

fn carried_out(
    place: &Place<'_>,
    consent: &Consent,
    command: &str,
    question: Option<(String, String)>,
    plan: impl AsyncFn(&Cluster) -> Result<Plan>,
) -> Result<Outcome> {
    let options = CarryOut { session: place.session, live: place.live, command, consent, question };
    carry_out_on_cluster(&options, async |timeout| place.connect(timeout).await, plan)
}

fn refused(refusal: &Refusal) -> Error {
    Error::new(Kind::Refused, refusal.to_string())
        .hint("stop them too with --with-dependents, or say --force")
}
