//! IMG-003: what image registries answered about the images of rendered files.

use crate::compose::Project;
use crate::diag::{Finding, Findings};
use std::collections::BTreeMap;

/// What was learnt about one image reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It exists, for these architectures in Go's words; none where the registry does not tell.
    Found {
        /// `amd64`, `arm64`, …
        architectures: Vec<String>,
    },
    /// The registry answers that it does not exist.
    Absent,
    /// There was no usable answer.
    Unknown {
        /// Why, as a lowercase fragment.
        reason: String,
    },
}

/// Findings about images that do not exist or not for `architecture`. What nobody could tell is not checked.
pub fn images_exist(
    projects: &BTreeMap<String, Project>,
    answers: &BTreeMap<String, Answer>,
    architecture: &str,
) -> Findings {
    let mut out = Findings::new();
    let services = projects.values().flat_map(|p| &p.services).filter(|s| s.build.is_none());
    for image in services.filter_map(|s| s.image.as_ref()) {
        match answers.get(&image.value) {
            Some(Answer::Found { architectures }) => {
                if !architectures.is_empty() && !architectures.iter().any(|a| a == architecture) {
                    let there = architectures.join(", ");
                    let message =
                        format!("{} is not made for {architecture} (there is {there})", image.value);
                    out.push(
                        Finding::error("IMG-003", &image.span, message)
                            .help("choose an image or a tag for the host's processor"),
                    );
                }
            }
            Some(Answer::Absent) => {
                let message = format!("{} does not exist in its registry", image.value);
                out.push(Finding::error("IMG-003", &image.span, message).help("choose a tag that exists"));
            }
            Some(Answer::Unknown { reason }) => out.not_checked("IMG-003", reason.clone()),
            None => out.not_checked("IMG-003", format!("{} was not asked for", image.value)),
        }
    }
    out
}
