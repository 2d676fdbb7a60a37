//! `foundry deploy` on a cluster that Foundry itself applies to.

use super::Place;
use crate::carry_out::{CarryOut, Consent, carry_out_on_cluster};
use crate::ui::Outcome;
use foundry_runtime::error::Result;

/// Shows the plan, asks, and applies it in the order of the relations.
pub fn deploy(place: &Place<'_>, consent: &Consent, all: bool, prune: bool) -> Result<Outcome> {
    place.applies_itself("a deploy")?;
    let options = CarryOut {
        session: place.session,
        live: place.live,
        command: "foundry deploy",
        consent,
        question: None,
    };
    carry_out_on_cluster(
        &options,
        async |timeout| place.connect(timeout).await,
        async |cluster| {
            let (plan, obstacles, unlisted) = place.compare(cluster, all, prune).await?;
            place.refuse(&plan, &obstacles)?;
            place.tell_unlisted(&unlisted);
            Ok(plan)
        },
    )
}
