//! Whether a plan rolls forward what was rolled back: read from the containers, which name their revision.

use super::{Action, Container, Desired, Observed, Plan};
use crate::compose::REVISION_LABEL;

/// The older revision that containers were made from which the plan makes anew, or which are declared no more.
pub fn rolled_back_to(desired: &Desired, plan: &Plan, observed: &Observed) -> Option<String> {
    let touched = plan.steps.iter().filter_map(|step| match &step.action {
        Action::Create { project, service, .. } | Action::Recreate { project, service, .. } => {
            Some((project, service))
        }
        _ => None,
    });
    let touched: Vec<_> = touched.collect();
    let orphan =
        |c: &Container| c.labels.get("foundry.domain").is_some_and(|domain| desired.domain(domain).is_none());
    let ours = observed.containers.iter().filter(|c| desired.ours(&c.labels) == Some(true));
    let left = ours.filter(|c| touched.contains(&(&c.project, &c.service)) || orphan(c));
    left.filter_map(|c| c.labels.get(REVISION_LABEL)).min().cloned()
}
