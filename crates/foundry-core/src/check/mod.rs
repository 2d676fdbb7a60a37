//! Checks: everything wrong in a registry, at once, each with a rule, a place and a way out.

mod backup;
mod backup_age;
mod by_hand;
mod compose;
mod cycle;
mod drift;
mod env_collision;
mod env_empty;
mod env_override;
mod env_unused;
mod every_service;
mod exposure;
mod external;
mod form;
mod ignore;
mod image_exists;
mod image_pin;
mod live;
mod myself;
mod names;
mod near;
mod network_rendered;
mod nothing;
mod orphan;
mod port_clash;
mod port_name;
mod port_published;
mod port_reserved;
mod rendered;
mod resolve;
mod rules;
mod secret_literal;
mod secret_rendered;
mod service_health;
mod standalone;
mod subnet;
mod templates;
mod terraform;
mod tracked;
mod translation;
mod tree;
mod tunnel;
mod vault;
mod waiver;
mod workload;

pub use backup_age::{Age, backups_in_time};
pub use image_exists::{Answer, images_exist};
pub use rendered::{Rendered, rendered};
pub use rules::{Phase, RULES, Rule, explain, reference, rule};
pub(crate) use secret_literal::is_literal;
pub(crate) use secret_rendered::{is_secret_option, option_with_literal};
pub use terraform::terraform;
pub use tree::tree;
pub use waiver::waive;

use crate::diag::Findings;
use crate::graph::Graph;
use crate::model::Registry;
use rayon::prelude::*;

/// Scope that [`registry`] notes as checked.
const REGISTRY: &str = "registry";

/// Everything that can be said without rendering: the registry, its relations and its Terraform files.
/// `environment` is the one that the run is about, if it is about one.
pub fn registry(registry: &Registry, graph: &Graph, environment: Option<&str>) -> Findings {
    let mut out = Findings::new();
    if let Some(reason) = unread(registry) {
        // Everything else would only repeat what this file does not say.
        out.not_checked("relations and rendered files", reason);
        return out;
    }
    cycle::check(registry, graph, &mut out);
    nothing::check(registry, environment, &mut out);
    out.extend(all(RULES_OF_THE_REGISTRY, registry));
    out.extend(terraform(registry));
    out.checked(REGISTRY);
    out.sort();
    out
}

/// Why nothing beyond the form of the files can be checked, if that is so.
pub fn unread(registry: &Registry) -> Option<String> {
    let names: Vec<&str> = registry.unread.iter().map(AsRef::as_ref).collect();
    (!names.is_empty()).then(|| format!("{} could not be read", names.join(", ")))
}

/// One rule, or a small family.
type Check<T> = fn(&T, &mut Findings);

const RULES_OF_THE_REGISTRY: &[Check<Registry>] = &[
    env_unused::check,
    drift::check,
    names::check,
    resolve::check,
    exposure::check,
    external::check,
    workload::check,
    myself::check,
    standalone::check,
    tunnel::check,
    orphan::check,
    port_clash::check,
    port_name::check,
    port_reserved::check,
    env_collision::check,
    env_override::check,
    secret_literal::check,
    vault::check,
    subnet::declared,
    tracked::check,
];

/// What `checks` find, in their order; they run side by side.
fn all<T: Sync>(checks: &[Check<T>], input: &T) -> Findings {
    let apply = |check: &Check<T>| {
        let mut out = Findings::new();
        check(input, &mut out);
        out
    };
    let found: Vec<Findings> = checks.par_iter().map(apply).collect();
    found.into_iter().fold(Findings::new(), |mut all, more| {
        all.extend(more);
        all
    })
}
