//! Rules that need an engine or an image registry: what they mean; the commands that ask those apply them.

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

pub(super) const TAKEN: &[Rule] = &[
    Rule {
        id: "OPS-003",
        severity: Severity::Error,
        phase: Phase::Live,
        title: "what a container needs is not held by another one",
        why: "A container name or a host port that a container outside the plan holds makes the start fail halfway. The \
          plan looks first and names the holder.",
        fix: "choose another name or port, or remove the container that holds it",
        bad: "",
        good: "",
    },
    Rule {
        id: "OPS-004",
        severity: Severity::Warning,
        phase: Phase::Live,
        title: "a shared network is as it is declared",
        why: "Docker cannot change a network's subnet or driver while it exists. Until it is made anew, what networks.yml \
          says about it is not true.",
        fix: "take down the domains on it, remove it, and deploy again",
        bad: "",
        good: "",
    },
];

pub(super) const IMAGE_EXISTS: &[Rule] = &[Rule {
    id: "IMG-003",
    severity: Severity::Error,
    phase: Phase::Online,
    title: "an image exists, for the architecture of the host",
    why: "A tag that was guessed, or an image without a build for the host's processor, is found out during \
          deployment otherwise, when the old container is already gone.",
    fix: "choose a tag that exists: look at the registry's list of tags",
    bad: "",
    good: "",
}];

pub(super) const IMAGE_THERE: &[Rule] = &[Rule {
    id: "IMG-005",
    severity: Severity::Error,
    phase: Phase::Live,
    title: "an image that may not be pulled is on the host",
    why: "`pull_policy: never` is for images that are built or loaded there. When such an image is missing, nothing can \
          be started from it.",
    fix: "build or load the image on the host, or remove `pull_policy: never`",
    bad: "",
    good: "",
}];
