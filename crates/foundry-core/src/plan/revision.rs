//! Whether a plan rolls forward what was rolled back: read from the containers, which name their revision.

use super::{Action, Observed, Plan};
use crate::compose::REVISION_LABEL;

/// The older revision that containers were made from which the plan makes anew or stops.
pub fn rolled_back_to(plan: &Plan, observed: &Observed) -> Option<String> {
    let touched = plan.steps.iter().filter_map(|step| match &step.action {
        Action::Create { project, service, .. } | Action::Recreate { project, service, .. } => {
            Some((project, service))
        }
        _ => None,
    });
    let mut touched: Vec<_> = touched.collect();
    touched.sort();
    let made = observed.containers.iter().filter(|c| touched.contains(&(&c.project, &c.service)));
    made.filter_map(|c| c.labels.get(REVISION_LABEL)).min().cloned()
}
