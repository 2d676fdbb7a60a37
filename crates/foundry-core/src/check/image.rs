//! IMG-003: needs an image registry; what it means.

use super::{Phase, Rule};
use crate::diag::Severity;

pub(super) const ONLINE: &[Rule] = &[Rule {
    id: "IMG-003",
    severity: Severity::Error,
    phase: Phase::Online,
    title: "an image exists, for the architecture of the host",
    why: "A tag that was guessed, or an image without a build for the host's processor, is found out during \
          deployment otherwise, when the old container is already gone.",
    fix: "choose a tag that exists: `foundry pin update` lists them",
    bad: "",
    good: "",
}];
