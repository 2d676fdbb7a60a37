//! What rules about rendered files look at: one environment, rendered in memory.

use super::waiver::rendered_scope;
use super::{
    Check, all, backup, env_empty, every_service, image_pin, network_rendered, port_published,
    secret_rendered, service_health, subnet, translation,
};
use crate::compose::Project;
use crate::diag::Findings;
use crate::load::env::ResolvedEnv;
use crate::model::Registry;
use crate::render::Artifacts;
use std::collections::BTreeMap;

/// One environment, rendered.
#[derive(Clone, Copy)]
pub struct Rendered<'a> {
    /// The registry it was rendered from.
    pub registry: &'a Registry,
    /// The environment's name.
    pub environment: &'a str,
    /// Its merged values.
    pub env: &'a ResolvedEnv,
    /// The rendered files.
    pub artifacts: &'a Artifacts,
    /// The Compose projects that were read from them, by domain.
    pub projects: &'a BTreeMap<String, Project>,
    /// Whether every domain of the environment was rendered without an error.
    pub complete: bool,
}

/// Everything that can be said about rendered files.
pub fn rendered<'r>(input: &Rendered<'r>) -> Findings {
    let mut out = Findings::new();
    let checks: &[Check<Rendered<'r>>] = &[
        |input, out| image_pin::check(input, out),
        |input, out| port_published::check(input, out),
        |input, out| env_empty::check(input, out),
        |input, out| secret_rendered::check(input, out),
        |input, out| subnet::rendered(input, out),
        |input, out| network_rendered::check(input, out),
        |input, out| service_health::check(input, out),
        |input, out| backup::check(input, out),
        |input, out| translation::check(input, out),
        |input, out| every_service::check(input, out),
    ];
    out.extend(all(checks, input));
    if input.complete {
        for domain in input.projects.keys() {
            out.checked(rendered_scope(input.environment, domain));
        }
    }
    out.sort();
    out
}
