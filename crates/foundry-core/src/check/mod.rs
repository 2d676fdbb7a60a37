//! Checks: everything wrong in a registry, at once, each with a rule, a place and a way out.

mod backup;
mod backup_policy;
mod compose;
mod cycle;
mod drift;
mod env_collision;
mod env_empty;
mod env_override;
mod env_unused;
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
mod tunnel;
mod vault;
mod waiver;

pub use image_exists::{Answer, images_exist};
pub use rendered::{Rendered, rendered};
pub use rules::{Phase, RULES, Rule, explain, reference, rule};
pub use terraform::terraform;
pub use waiver::waive;

use crate::diag::Findings;
use crate::graph::Graph;
use crate::model::Registry;

/// Scope that [`registry`] notes as checked.
const REGISTRY: &str = "registry";

/// Everything that can be said without rendering: the registry, its relations and its Terraform files.
/// `environment` is the one that the run is about, if it is about one.
pub fn registry(registry: &Registry, graph: &Graph, environment: Option<&str>) -> Findings {
    let mut out = Findings::new();
    names::check(registry, &mut out);
    resolve::check(registry, &mut out);
    cycle::check(registry, graph, &mut out);
    exposure::check(registry, &mut out);
    external::check(registry, &mut out);
    myself::check(registry, &mut out);
    standalone::check(registry, &mut out);
    tunnel::check(registry, &mut out);
    orphan::check(registry, &mut out);
    nothing::check(registry, environment, &mut out);
    port_clash::check(registry, &mut out);
    port_name::check(registry, &mut out);
    port_reserved::check(registry, &mut out);
    env_collision::check(registry, &mut out);
    env_override::check(registry, &mut out);
    env_unused::check(registry, &mut out);
    secret_literal::check(registry, &mut out);
    vault::check(registry, &mut out);
    subnet::declared(registry, &mut out);
    drift::check(registry, &mut out);
    tracked::check(registry, &mut out);
    out.extend(terraform(registry));
    out.checked(REGISTRY);
    out.sort();
    out
}
