//! Rules that need the engine: what they mean; the commands that touch the engine apply them.

use super::{Phase, Rule};
use crate::diag::Severity;

pub(super) const DEPENDENTS: &[Rule] = &[Rule {
    id: "OPS-001",
    severity: Severity::Error,
    phase: Phase::Live,
    title: "nothing is stopped while running domains require it",
    why: "Stopping a domain breaks every running domain that requires it, directly or through others. `foundry down` \
          and `foundry destroy` refuse and name them; `foundry impact` tells beforehand.",
    fix: "stop the dependents too (`--with-dependents`), or accept that they break (`--force`)",
    bad: "",
    good: "",
}];

pub(super) const TAKEN: &[Rule] = &[Rule {
    id: "OPS-003",
    severity: Severity::Error,
    phase: Phase::Live,
    title: "what a container needs is not held by another one",
    why: "A container name or a host port that a container outside the plan holds makes the start fail halfway. The \
          plan looks first and names the holder.",
    fix: "choose another name or port, or remove the container that holds it",
    bad: "",
    good: "",
}];
